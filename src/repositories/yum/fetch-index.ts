import { readFile } from "node:fs/promises";
import { FormatError } from "../../formats/format-error.ts";
import { toFailure } from "../../formats/over-limit-error.ts";
import { parseRepomd, type Repomd, type RepomdEntry } from "../../formats/rpm/repomd.ts";
import type { Rootfs } from "../../image/rootfs.ts";
import { isDigest, type Digest } from "../../model/digest.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import type { FetchedFile, RepositoryAccess } from "../access.ts";
import { readKeyring, type KeyText } from "../signatures/keyring.ts";
import { verifyDetached, type SignatureOutcome } from "../signatures/verify-openpgp.ts";
import { addressBelow, findMirrors } from "./mirrors.ts";
import { readText, type YumRepository } from "./read-config.ts";

/** The indexes of one repository on this machine; their digests were verified. */
export interface FetchedIndex {
  readonly repository: YumRepository;
  /** Address that the places of packages are relative to, with a slash at its end. */
  readonly url: string;
  /** When its repomd.xml was last confirmed, ISO 8601. */
  readonly confirmedAt: string;
  /** When it was made, ISO 8601; null where it does not say it. */
  readonly madeAt: string | null;
  readonly primary: IndexFile;
  /** Null where the repository has none: then only the files that are in primary.xml are known. */
  readonly filelists: IndexFile | null;
  /** Null where it has no modules. */
  readonly modules: IndexFile | null;
  /** What is worth saying though it can be used. */
  readonly problems: readonly Failure[];
}

export interface IndexFile extends FetchedFile {
  readonly digest: Digest;
}

/** How old a list of indexes or mirrors may be before it is asked for again. */
const maxAgeMs = 6 * 3600 * 1000;
const maxRepomdBytes = 4 * 1024 * 1024;
/** Of one compressed index. Fedora's filelists have 60 MB. */
const maxIndexBytes = 1024 * 1024 * 1024;
const maxSignatureBytes = 1024 * 1024;

/**
 * Fetches repomd.xml of the first mirror that answers, checks its signature where the base asks for it, then the indexes that it
 * names, each against its checksum. Failures: those of `access`, `denied` for a signature that is not good, `unsupported`.
 */
export async function fetchIndex(
  repository: YumRepository,
  rootfs: Rootfs,
  access: RepositoryAccess,
): Promise<Result<FetchedIndex>> {
  const mirrors = await findMirrors(repository, access, maxAgeMs);
  if (!mirrors.ok) return mirrors;
  let failure: Failure | null = null;
  for (const url of mirrors.value) {
    const fetched = await fetchFrom(url, { repository, rootfs, access });
    if (fetched.ok || fetched.failure.kind === "cancelled") return fetched;
    failure ??= fetched.failure;
  }
  const [what, reason] = [repository.id, "it has no mirror"];
  return failed(failure ?? { kind: "unsupported", what, where: null, reason });
}

interface Fetching {
  readonly repository: YumRepository;
  readonly rootfs: Rootfs;
  readonly access: RepositoryAccess;
}

async function fetchFrom(url: string, fetching: Fetching): Promise<Result<FetchedIndex>> {
  const { repository, access } = fetching;
  const listUrl = new URL("repodata/repomd.xml", url).href;
  const moving = { kind: { maxAgeMs }, digest: null } as const;
  const list = await access.fetch({ url: listUrl, ...moving, maxBytes: maxRepomdBytes });
  if (!list.ok) return list;
  const bytes = await readFile(list.value.file);
  const signed = repository.checksIndex ? await checkSignature(bytes, listUrl, fetching) : null;
  if (signed !== null && !signed.ok) return signed;
  const repomd = parse(bytes, listUrl);
  if (!repomd.ok) return repomd;
  const indexes = await fetchFiles(repomd.value, url, fetching);
  if (!indexes.ok) return indexes;
  const seconds = repomd.value.timestampSeconds;
  return success({
    repository,
    url,
    confirmedAt: list.value.confirmedAt,
    madeAt: seconds === null ? null : new Date(Math.min(seconds, 8e12) * 1000).toISOString(),
    ...indexes.value,
    problems: [...(signed?.value ?? []), ...staleness(list.value.confirmedAt, listUrl, access)],
  });
}

/** A list that could not be confirmed is used as it was kept, and that is said. */
function staleness(confirmedAt: string, what: string, access: RepositoryAccess): Failure[] {
  const ageMs = access.now().getTime() - Date.parse(confirmedAt);
  // What was confirmed within this run is a few seconds old.
  if (ageMs <= maxAgeMs + 3600 * 1000) return [];
  const reason = `the index was last confirmed at ${confirmedAt}`;
  return [{ kind: "unreachable", what, where: null, reason }];
}

function parse(bytes: Uint8Array, what: string): Result<Repomd> {
  try {
    return success(parseRepomd(bytes));
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return failed(toFailure(error, what, null));
  }
}

type Files = Pick<FetchedIndex, "primary" | "filelists" | "modules">;

async function fetchFiles(
  repomd: Repomd,
  url: string,
  { repository, access }: Fetching,
): Promise<Result<Files>> {
  const find = (type: string): RepomdEntry | undefined =>
    repomd.entries.find((entry) => entry.type === type);
  const entry = find("primary");
  if (entry === undefined) {
    const [what, format, reason] = [repository.id, "repomd.xml", "It names no primary index"];
    return failed({ kind: "malformed", what, where: null, format, reason, offsetBytes: null });
  }
  const primary = await fetchFile(entry, url, access);
  if (!primary.ok) return primary;
  const [filelists, modules] = await Promise.all(
    ["filelists", "modules"].map(async (type) => {
      const found = find(type);
      return found === undefined ? null : fetchFile(found, url, access);
    }),
  );
  if (filelists?.ok === false) return filelists;
  if (modules?.ok === false) return modules;
  return success({
    primary: primary.value,
    filelists: filelists?.value ?? null,
    modules: modules?.value ?? null,
  });
}

async function fetchFile(
  { type, href, base, checksum }: RepomdEntry,
  url: string,
  access: RepositoryAccess,
): Promise<Result<IndexFile>> {
  const address = addressBelow(url, href, base);
  if (address === null) {
    const reason = "its place is not in the repository";
    return failed({ kind: "unsupported", what: href, where: url, reason });
  }
  const digest = toDigest(checksum);
  if (digest === null) {
    const reason = `the ${type} index has no sha256 or sha512 sum`;
    return failed({ kind: "unsupported", what: href, where: url, reason });
  }
  const maxBytes = maxIndexBytes;
  const fetched = await access.fetch({ url: address, kind: "fixed", digest, maxBytes });
  return fetched.ok ? success({ ...fetched.value, digest }) : fetched;
}

/** Null for the sums that no longer prove anything. */
export function toDigest(
  checksum: { readonly type: string; readonly value: string } | null,
): Digest | null {
  const digest = `${checksum?.type ?? ""}:${checksum?.value.toLowerCase() ?? ""}`;
  return isDigest(digest) ? digest : null;
}

/** What is worth saying of a signature that is good. */
async function checkSignature(
  bytes: Uint8Array,
  listUrl: string,
  { repository, rootfs, access }: Fetching,
): Promise<Result<readonly Failure[]>> {
  const url = `${listUrl}.asc`;
  const moving = { kind: { maxAgeMs }, digest: null } as const;
  const fetched = await access.fetch({ url, ...moving, maxBytes: maxSignatureBytes });
  if (!fetched.ok) return fetched;
  const { texts, problems } = findKeys(repository, rootfs);
  const keyring = await readKeyring(texts);
  const signature = await readFile(fetched.value.file);
  const { outcome } = await verifyDetached({ bytes, signature }, keyring.keys, access.now());
  const reason = whyNotGood(outcome);
  if (reason !== null) return failed({ kind: "denied", what: listUrl, where: null, reason });
  return success([...problems, ...keyring.problems]);
}

function whyNotGood(outcome: SignatureOutcome): string | null {
  switch (outcome.kind) {
    case "good":
      return outcome.isKeyExpired ? "the key of its signature has expired" : null;
    case "unknown-key":
      return `it is signed by keys that the base does not have: ${outcome.keyIds.join(", ")}`;
    case "bad":
      return `its signature is not good: ${outcome.reason}`;
    case "not-signed":
      return "it is not signed";
  }
}

/** Only keys of the base itself: one that comes from where the packages come from proves nothing. */
function findKeys(
  { keyUrls }: YumRepository,
  rootfs: Rootfs,
): { readonly texts: readonly KeyText[]; readonly problems: readonly Failure[] } {
  const texts: KeyText[] = [];
  const problems: Failure[] = [];
  for (const url of keyUrls) {
    const path = /^file:\/\/(\/[^?#]*)$/.exec(url)?.[1];
    const text = path === undefined ? null : readText(rootfs, path);
    if (path !== undefined && text !== null) texts.push({ from: path, text });
    else if (path === undefined) {
      const reason = "a key from elsewhere is not taken, only one that the base has";
      problems.push({ kind: "unsupported", what: url, where: null, reason });
    } else problems.push({ kind: "not-found", what: path, where: null, near: [] });
  }
  return { texts, problems };
}
