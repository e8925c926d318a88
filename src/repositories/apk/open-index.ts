import { readFileSync } from "node:fs";
import { FormatError } from "../../formats/format-error.ts";
import { parseApkIndexArchive, type ApkIndexArchive } from "../../formats/apk/index-archive.ts";
import { parseApkIndex } from "../../formats/apk/package-index.ts";
import type { ApkRecord } from "../../formats/apk/record.ts";
import { checkApkSignature, type SignatureCheck } from "../../formats/apk/signature.ts";
import { toFailure } from "../../formats/over-limit-error.ts";
import { systemFailure } from "../../image/system-failure.ts";
import type { DataSource } from "../../model/answer.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import type { FetchedFile, RepositoryAccess } from "../access.ts";
import type { ApkRepository } from "./read-system.ts";

/** The index of one repository, read and trusted. */
export interface OpenedIndex {
  readonly repository: ApkRepository;
  readonly records: readonly ApkRecord[];
  readonly data: DataSource;
  /** Broken records, an index that could not be confirmed. */
  readonly problems: readonly Failure[];
}

/** How old may what was said be before it is asked for again. Source: apk-tools, `--cache-max-age`, four hours. */
const maxAgeMs = 4 * 60 * 60 * 1000;
/** An index that was not confirmed for so long is one to talk about. */
const oldMs = 24 * 60 * 60 * 1000;
/** Wolfi's has some 10 MB. */
const maxIndexBytes = 256 * 1024 * 1024;

/**
 * Fetches the index of a repository and holds its signature against the keys of the base. Fails with what fetching it failed
 * with, with `denied` where it is not signed by a key of the base, with `malformed`, and with `unsupported` for apk 3's.
 */
export async function openIndex(
  repository: ApkRepository,
  keys: ReadonlyMap<string, string>,
  access: RepositoryAccess,
): Promise<Result<OpenedIndex>> {
  const url = repository.indexUrl;
  const fetched = await access.fetch({
    url,
    kind: { maxAgeMs },
    digest: null,
    maxBytes: maxIndexBytes,
  });
  if (!fetched.ok) return fetched;
  const subject = subjectOf(url);
  const archive = await readArchive(fetched.value, subject);
  if (!archive.ok) return archive;
  const { signatures, signed, index, description, madeAt } = archive.value;
  const refusal = refusalOf(checkApkSignature(signatures, signed, keys));
  if (refusal !== null) return failed({ kind: "denied", ...subject, reason: refusal });
  const { records, problems } = parseApkIndex(index);
  const told = problems.map((one): Failure => ({ ...one, ...subject }));
  const { confirmedAt } = fetched.value;
  const isOld = access.now().getTime() - Date.parse(confirmedAt) > oldMs;
  const name = [subject.what, description].filter((part) => part !== "").join(" ");
  return success({
    repository,
    records,
    data: { name, date: madeAt ?? confirmedAt },
    problems: isOld ? [...told, notConfirmed(subject, confirmedAt)] : told,
  });
}

async function readArchive(
  { file }: FetchedFile,
  subject: Subject,
): Promise<Result<ApkIndexArchive>> {
  try {
    const archive = await parseApkIndexArchive(readFileSync(file));
    if (archive !== null) return success(archive);
    const reason = "indexes of apk 3 (ADB) are not read yet";
    return failed({ kind: "unsupported", ...subject, reason });
  } catch (error) {
    const { what, where } = subject;
    return failed(
      error instanceof FormatError
        ? toFailure(error, what, where)
        : systemFailure(error, what, where),
    );
  }
}

/** Why an index is not used; null when it is. */
export function refusalOf(check: SignatureCheck): string | null {
  switch (check.kind) {
    case "good":
      return null;
    case "absent":
      return "it is not signed";
    case "unknown-key":
      return `it is signed by a key that the base does not have (${check.keys.join(", ")})`;
    case "wrong":
      return `its signature by ${check.key} does not hold`;
    case "broken-key":
      return `the key ${check.key} of the base is no public RSA key`;
  }
}

interface Subject {
  readonly what: string;
  readonly where: string | null;
}

/** For failures: an address of a file of the base may have a password. */
function subjectOf(url: string): Subject {
  const what = url.replace(/^([a-z]+:\/\/)[^/@]*@/i, "$1");
  return { what, where: URL.parse(url)?.host || null };
}

function notConfirmed(subject: Subject, confirmedAt: string): Failure {
  const reason = `it could not be asked again, what it said on ${confirmedAt.slice(0, 10)} is used`;
  return { kind: "unreachable", ...subject, reason };
}
