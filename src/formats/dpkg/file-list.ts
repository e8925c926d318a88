import { defaultBudgets } from "../../model/budgets.ts";
import { PathBudget, quoteStart, type DatabaseBudgets } from "../path-budget.ts";
import { ProblemLog, type Records } from "../record-problem.ts";
import { textLines } from "../text-lines.ts";

/**
 * Reads `info/NAME.list`: one absolute path a line, directories and links among them, `/.` for the root.
 * Source: dpkg lib/dpkg/db-fsys-files.c.
 */
export function parseDpkgList(
  bytes: Uint8Array,
  limits: DatabaseBudgets = defaultBudgets,
): Records<string> {
  const problems = new ProblemLog("dpkg");
  const budget = new PathBudget(problems, limits);
  const records: string[] = [];
  for (const { text, offsetBytes } of textLines(bytes)) {
    if (!text.startsWith("/")) {
      problems.malformed(`A line is no absolute path: ${quoteStart(text)}`, offsetBytes);
      continue;
    }
    const path = budget.join("", text, offsetBytes);
    if (path !== null) records.push(path);
  }
  return { records, problems: problems.toArray() };
}

/** MD5 in hex, two blanks; a path from the root follows. Source: deb-md5sums(5). */
const sumPattern = /^[0-9a-fA-F]{32} [ *]/;
const sumLength = 34;

/**
 * Reads `NAME.md5sums`: regular files only, no links, no directories, usually no configuration files.
 *
 *     d1c1a1f0e8d5b0d0c0b8f7a6e5d4c3b2  usr/lib/x86_64-linux-gnu/libc.so.6
 *
 * Paths come back absolute.
 */
export function parseDpkgMd5sums(
  bytes: Uint8Array,
  limits: DatabaseBudgets = defaultBudgets,
): Records<string> {
  const problems = new ProblemLog("dpkg");
  const budget = new PathBudget(problems, limits);
  const records: string[] = [];
  for (const { text, offsetBytes } of textLines(bytes)) {
    if (text === "") continue;
    const written = sumPattern.test(text) ? withoutRoot(text, sumLength) : "";
    if (written === "") {
      problems.malformed(`A line is no "sum  path": ${quoteStart(text)}`, offsetBytes);
      continue;
    }
    const path = budget.join("/", written, offsetBytes);
    if (path !== null) records.push(path);
  }
  return { records, problems: problems.toArray() };
}

/** The text from `start` on, without any `/` or `./` at its front; no pattern, which would try a long row of them over and over. */
function withoutRoot(text: string, start: number): string {
  let at = start;
  for (;;) {
    if (text[at] === "/") at++;
    else if (text[at] === "." && text[at + 1] === "/") at += 2;
    else return text.slice(at);
  }
}
