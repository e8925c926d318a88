import { isDigest, type Digest } from "../../model/digest.ts";
import { FormatError } from "../format-error.ts";
import { ProblemLog } from "../record-problem.ts";
import { parseStanzas } from "./control.ts";

/** What a Release file says of one suite. Absent fields are null, lists empty. */
export interface Release {
  /** `Debian`. */
  readonly origin: string | null;
  /** `stable`, `bookworm-updates`. */
  readonly suite: string | null;
  readonly codename: string | null;
  /** `12.15`. */
  readonly version: string | null;
  /** ISO 8601. */
  readonly date: string | null;
  readonly validUntil: string | null;
  readonly components: readonly string[];
  readonly architectures: readonly string[];
  /** Indexes lie under the name of their sum too, where they stay for a while after the next one came. */
  readonly hasByHash: boolean;
  /** Packages are taken from it only where they are asked for. */
  readonly isNotAutomatic: boolean;
  /** As above, but what was taken from it is kept up to date. */
  readonly hasAutomaticUpgrades: boolean;
  /** Packages for all architectures stand in the index of each one as well. */
  readonly repeatsAll: boolean;
  /** By path below the suite: `main/binary-amd64/Packages.xz`. */
  readonly files: ReadonlyMap<string, ReleaseFile>;
}

export interface ReleaseFile {
  readonly sizeBytes: number;
  /** sha256 where there is one, else sha512. */
  readonly digest: Digest;
}

const texts = ["origin", "suite", "codename", "version", "date", "valid-until"] as const;
const lists = ["components", "architectures", "no-support-for-architecture-all"] as const;
const switches = ["acquire-by-hash", "notautomatic", "butautomaticupgrades"] as const;
const wanted = new Set<string>([...texts, ...lists, ...switches, "sha256", "sha512"]);

/** Suites have some thousand; all of Debian's some ten thousand. */
const maxFiles = 200_000;

/**
 * Reads a Release file, or what is signed of an InRelease file:
 *
 *     Suite: oldstable
 *     Date: Sat, 11 Jul 2026 10:16:37 UTC
 *     SHA256:
 *      9e0b5aab…c5  8790396 main/binary-amd64/Packages.xz
 *
 * MD5 and SHA-1 sums count for nothing. A file whose line is broken is not listed. Throws FormatError where no file is.
 * Source: the Debian wiki's DebianRepository/Format, "Release" files; apt-pkg/deb/debmetaindex.cc.
 */
export function parseRelease(bytes: Uint8Array): Release {
  const problems = new ProblemLog("Release");
  const [stanza] = parseStanzas(bytes, wanted, problems);
  const fields = stanza?.fields ?? new Map<string, string>();
  const files = new Map<string, ReleaseFile>();
  for (const algorithm of ["sha512", "sha256"] as const) {
    addFiles(files, algorithm, fields.get(algorithm) ?? "");
  }
  if (files.size === 0) {
    throw new FormatError("Release", "It lists no file by a SHA-256 or SHA-512 sum");
  }
  const words = (name: string): readonly string[] =>
    (fields.get(name) ?? "").split(/\s+/).filter((word) => word !== "");
  const isYes = (name: string): boolean => fields.get(name)?.toLowerCase() === "yes";
  return {
    origin: fields.get("origin") || null,
    suite: fields.get("suite") || null,
    codename: fields.get("codename") || null,
    version: fields.get("version") || null,
    date: parseDate(fields.get("date")),
    validUntil: parseDate(fields.get("valid-until")),
    components: words("components"),
    architectures: words("architectures"),
    hasByHash: isYes("acquire-by-hash"),
    isNotAutomatic: isYes("notautomatic"),
    hasAutomaticUpgrades: isYes("butautomaticupgrades"),
    repeatsAll: words("no-support-for-architecture-all").includes("Packages"),
    files,
  };
}

/** One sum, one size and one path a line; paths below the suite only. */
function addFiles(
  files: Map<string, ReleaseFile>,
  algorithm: "sha256" | "sha512",
  list: string,
): void {
  for (const line of list.split("\n")) {
    const [, sum = "", size = "", path = ""] =
      /^(\S+)\s+(\d{1,15})\s+(\S+)$/.exec(line.trim()) ?? [];
    const digest = `${algorithm}:${sum.toLowerCase()}`;
    if (!isDigest(digest) || !isBelow(path) || files.size >= maxFiles) continue;
    files.set(path, { sizeBytes: Number(size), digest });
  }
}

/** It becomes part of an address. */
function isBelow(path: string): boolean {
  return (
    /^[\w.+~@%:=-]/.test(path) && !path.split("/").some((part) => part === "" || part === "..")
  );
}

/** `Sat, 11 Jul 2026 10:16:37 UTC`; null for anything else. Source: the same, "Date, Valid-Until". */
function parseDate(text: string | undefined): string | null {
  const pattern =
    /^(?:\w{3},\s+)?\d{1,2}\s+\w{3}\s+\d{4}\s+\d{1,2}:\d{2}:\d{2}\s+(?:UTC|GMT|Z|[+-]0000)$/;
  if (text === undefined || !pattern.test(text)) return null;
  const ms = Date.parse(text.replace(/ Z$/, " UTC"));
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}
