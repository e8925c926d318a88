import { defaultBudgets, type Budgets } from "../../model/budgets.ts";
import { quoteStart } from "../path-budget.ts";
import { ProblemLog, type Records } from "../record-problem.ts";
import { keptLetters, makeApkRecord, type ApkRecord } from "./record.ts";

/**
 * Reads the text APKINDEX: records of `letter:value` lines, an empty line after each, in its order; several versions of one
 * package stand beside each other.
 *
 *     C:Q1jLqyvfJ8ILAVt7cOHWMKLF6F5Bw=
 *     P:libpq
 *     V:15.3-r0
 *     D:so:libc.musl-x86_64.so.1 so:libcrypto.so.3
 *     p:so:libpq.so.5=5.15
 *
 * A record without name or version loses only itself and is logged. Source: apk-package(5); apk-tools src/database.c,
 * apk_db_index_read.
 */
export function parseApkIndex(
  bytes: Uint8Array,
  limits: Pick<Budgets, "packages"> = defaultBudgets,
): Records<ApkRecord> {
  // One byte a character, whatever is in it: maintainers with accents would double the memory of an index of 50 MB.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const problems = new ProblemLog("apk");
  const records: ApkRecord[] = [];
  let fields = new Map<string, string>();
  let recordAt = 0;
  const finish = (): void => {
    if (fields.size === 0) return;
    const record = makeApkRecord(fields, problems, recordAt);
    if (record !== null) records.push(record);
    fields = new Map();
  };
  for (let start = 0; start < text.length;) {
    const found = text.indexOf("\n", start);
    const next = found === -1 ? text.length : found;
    const end = text[next - 1] === "\r" && next > start ? next - 1 : next;
    if (end === start) finish();
    else {
      if (fields.size === 0) {
        if (problems.isFull(records.length, limits.packages)) break;
        recordAt = start;
      }
      readLine(text, start, end, { fields, problems });
    }
    start = next + 1;
  }
  finish();
  return { records, problems: problems.toArray() };
}

function readLine(
  text: string,
  start: number,
  end: number,
  into: { readonly fields: Map<string, string>; readonly problems: ProblemLog },
): void {
  const letter = text.charAt(start);
  if (text[start + 1] !== ":" || !/[A-Za-z]/.test(letter)) {
    const line = quoteStart(text.slice(start, end));
    into.problems.malformed(`A line is no "letter:value": ${line}`, start);
  } else if (into.fields.has(letter)) {
    into.problems.malformed(`A record has two "${letter}:" lines`, start);
  } else if (keptLetters.has(letter)) into.fields.set(letter, toUtf8(text.slice(start + 2, end)));
}

function toUtf8(latin1: string): string {
  return /[^\0-\x7f]/.test(latin1) ? Buffer.from(latin1, "latin1").toString("utf8") : latin1;
}
