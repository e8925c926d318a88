import { ProblemLog, type RecordProblem } from "../record-problem.ts";
import { textLines } from "../text-lines.ts";
import { makeApkRecord, type ApkRecord } from "./record.ts";

/** What `.PKGINFO` says. */
export interface ApkPackageInfo {
  /** Null when it has no name or no version. `checksum` and `downloadBytes` are not in it. */
  readonly record: ApkRecord | null;
  /** SHA-256 in hex of the data part as it is stored; null when absent or of another form. */
  readonly dataSha256: string | null;
  readonly problems: readonly RecordProblem[];
}

/** Keys and the letters under which an index and the installed database have them. Source: apk-tools src/package.c, read_info_line. */
const letters: ReadonlyMap<string, string> = new Map([
  ["pkgname", "P"],
  ["pkgver", "V"],
  ["arch", "A"],
  ["origin", "o"],
  ["size", "I"],
  ["depend", "D"],
  ["provides", "p"],
  ["install_if", "i"],
  ["provider_priority", "k"],
  ["replaces", "r"],
  ["replaces_priority", "q"],
]);
/** One relation a line. */
const repeated = new Set(["D", "p", "i", "r"]);

/**
 * Reads `.PKGINFO` of a package: `key = value` lines, comments with `#`.
 *
 *     pkgname = libpq
 *     pkgver = 15.3-r0
 *     depend = so:libc.musl-x86_64.so.1
 *     datahash = 5e7c…
 *
 * Source: abuild; apk-tools src/package.c.
 */
export function parsePackageInfo(bytes: Uint8Array): ApkPackageInfo {
  const fields = new Map<string, string>();
  const problems = new ProblemLog("apk");
  let dataHash = "";
  for (const { text, offsetBytes } of textLines(bytes)) {
    const [, key = "", value = ""] = /^([^#=\s][^=]*?) = (.*)$/.exec(text) ?? [];
    if (key === "datahash") dataHash = value.trim().toLowerCase();
    const letter = letters.get(key);
    if (letter === undefined) continue;
    const known = fields.get(letter);
    if (known !== undefined && !repeated.has(letter)) {
      problems.malformed(`.PKGINFO has two lines of "${key}"`, offsetBytes);
    } else fields.set(letter, known === undefined ? value : `${known} ${value}`);
  }
  const record = makeApkRecord(fields, problems, 0);
  const dataSha256 = /^[0-9a-f]{64}$/.test(dataHash) ? dataHash : null;
  return { record, dataSha256, problems: problems.toArray() };
}
