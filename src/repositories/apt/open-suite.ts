import { readFileSync } from "node:fs";
import type { PublicKey } from "openpgp";
import { FormatError } from "../../formats/format-error.ts";
import { parseRelease, type Release } from "../../formats/dpkg/release.ts";
import type { Rootfs } from "../../image/rootfs.ts";
import type { DataSource } from "../../model/answer.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import type { FetchedFile, RepositoryAccess } from "../access.ts";
import { fingerprintsOf, readKeyring } from "../signatures/keyring.ts";
import {
  verifyClearSigned,
  verifyDetached,
  type VerifiedText,
} from "../signatures/verify-openpgp.ts";
import { keysFor, type NamedSuite } from "./read-system.ts";
import { refusalOf, stalenessOf } from "./suite-problems.ts";

/** A suite whose Release was read and may be relied on. */
export interface OpenedSuite {
  readonly suite: NamedSuite;
  readonly release: Release;
  /** Address that paths of `release` are below, without a slash at its end. */
  readonly root: string;
  readonly data: DataSource;
  /** Stale, not confirmed, a keyring that could not be read. */
  readonly problems: readonly Failure[];
}

/** How old may what was said be before it is asked for again. */
const maxAgeMs = 60 * 60 * 1000;

/** Ubuntu's has 256 kB. */
const maxReleaseBytes = 32 * 1024 * 1024;
const maxSignatureBytes = 1024 * 1024;

/**
 * Fetches what a suite says of itself and holds it against the keys of the base. Fails with what fetching it failed with, with
 * `denied` where its signature does not hold, and with `malformed`.
 */
export async function openSuite(
  rootfs: Rootfs,
  suite: NamedSuite,
  access: RepositoryAccess,
): Promise<Result<OpenedSuite>> {
  const isFlat = suite.suite.endsWith("/");
  const root = isFlat
    ? `${suite.uri}/${suite.suite.replace(/\/+$/, "")}`
    : `${suite.uri}/dists/${suite.suite}`;
  const keyring = await suiteKeys(rootfs, suite);
  const read = await readSigned(root, access, keyring.keys);
  if (!read.ok) return read;
  const { file, name, text, verified } = read.value;
  const what = `${withoutLogin(root)}/${name}`;
  const where = URL.parse(root)?.host ?? null;
  const { outcome } = verified;
  const isTaken =
    suite.isTrusted === true || (outcome.kind === "good" && suite.isTrusted !== false);
  if (!isTaken) return failed({ kind: "denied", what, where, reason: refusalOf(outcome) });
  let release: Release;
  try {
    release = parseRelease(verified.signed ?? text);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const { format, message: reason, offsetBytes } = error;
    return failed({ kind: "malformed", what, where, format, reason, offsetBytes });
  }
  const now = access.now();
  const problems = [
    ...keyring.problems,
    ...stalenessOf({ suite: suite.suite, release, file, outcome, now, what, where }),
  ];
  const version = release.version === null ? "" : ` ${release.version}`;
  const date = release.date ?? file.confirmedAt;
  const data = { name: `${withoutLogin(suite.uri)} ${suite.suite}${version}`, date };
  return success({ suite, release, root, data, problems });
}

interface SuiteKeys {
  readonly keys: readonly PublicKey[];
  readonly problems: readonly Failure[];
}

async function suiteKeys(rootfs: Rootfs, suite: NamedSuite): Promise<SuiteKeys> {
  if (suite.isTrusted === true) return { keys: [], problems: [] };
  const found = keysFor(rootfs, suite);
  const { keys, problems } = await readKeyring(found.keys);
  const wanted = suite.signedBy?.kind === "named" ? suite.signedBy.fingerprints : [];
  const isWanted = (key: PublicKey): boolean =>
    wanted.length === 0 ||
    fingerprintsOf(key).some((own) => wanted.some((one) => own.endsWith(one.replace("!", ""))));
  return { keys: keys.filter(isWanted), problems: [...found.problems, ...problems] };
}

interface SignedRelease {
  readonly file: FetchedFile;
  /** `InRelease` or `Release`. */
  readonly name: string;
  /** As it stands there, for what nobody has to sign. */
  readonly text: Uint8Array;
  readonly verified: VerifiedText;
}

async function readSigned(
  root: string,
  access: RepositoryAccess,
  keys: readonly PublicKey[],
): Promise<Result<SignedRelease>> {
  const fetch = (name: string, maxBytes: number): Promise<Result<FetchedFile>> =>
    access.fetch({ url: `${root}/${name}`, kind: { maxAgeMs }, digest: null, maxBytes });
  const inline = await fetch("InRelease", maxReleaseBytes);
  if (inline.ok) {
    const text = readFileSync(inline.value.file);
    const verified = await verifyClearSigned(text, keys, access.now());
    return success({ file: inline.value, name: "InRelease", text: withoutArmour(text), verified });
  }
  if (inline.failure.kind !== "not-found") return inline;
  const plain = await fetch("Release", maxReleaseBytes);
  // The first is the one that a repository of today should have.
  if (!plain.ok) return plain.failure.kind === "not-found" ? inline : plain;
  const text = readFileSync(plain.value.file);
  const apart = await fetch("Release.gpg", maxSignatureBytes);
  if (!apart.ok && apart.failure.kind !== "not-found") return apart;
  const verified: VerifiedText = apart.ok
    ? await verifyDetached(
        { bytes: text, signature: readFileSync(apart.value.file) },
        keys,
        access.now(),
      )
    : { outcome: { kind: "not-signed" }, signed: null };
  return success({ file: plain.value, name: "Release", text, verified });
}

/** What stands between the headers and the signature, for `trusted=yes` alone. */
function withoutArmour(bytes: Buffer): Uint8Array {
  const text = bytes.toString("latin1");
  const start = text.startsWith("-----BEGIN PGP SIGNED MESSAGE-----")
    ? text.indexOf("\n\n") + 2
    : 0;
  const end = text.indexOf("\n-----BEGIN PGP SIGNATURE-----");
  return bytes.subarray(start, end < 0 ? bytes.length : end + 1);
}

/** For people: an address of a file of the base may have a password. */
export function withoutLogin(address: string): string {
  return address.replace(/^([a-z]+:\/\/)[^/@]*@/i, "$1");
}
