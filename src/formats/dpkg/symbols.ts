import { FormatError } from "../format-error.ts";
import { quoteStart } from "../path-budget.ts";
import { ProblemLog, type Records } from "../record-problem.ts";
import { textLines } from "../text-lines.ts";

/** One symbol of a library: who uses it needs the package in this version. */
export interface SymbolVersion {
  /** `GLIBC_2.2.5` where the line stands for all of that version node: name `*@GLIBC_2.2.5` in the file's own words. */
  readonly name: string;
  /** The version node of the library, `Base` where it has none. */
  readonly node: string;
  /** Of the package, without a revision as a rule. */
  readonly minVersion: string;
  /** Which of the dependency templates it needs; 0 is the main one. */
  readonly template: number;
}

/** The symbols of one library. */
export interface LibrarySymbols {
  readonly soname: string;
  /** Dependencies, the main one first; `#MINVER#` stands for `(>= version)`, or for nothing. */
  readonly templates: readonly string[];
  readonly symbols: readonly SymbolVersion[];
}

/** Most symbols of one file; libicu and Qt have some 10,000. */
const maxSymbols = 500_000;

/**
 * Reads the `symbols` file of a package:
 *
 *     libpq.so.5 libpq5 #MINVER#
 *     | libpq5-alternative #MINVER#
 *     * Build-Depends-Package: libpq-dev
 *      PQbackendPID@Base 8.4~
 *      PQclear@Base 8.4~ 1
 *
 * Libraries in order. Tags (`(c++|optional)"…"`) are those of source packages and are not there. A broken line loses only itself.
 * Source: deb-symbols(5).
 */
export function parseSymbols(bytes: Uint8Array): Records<LibrarySymbols> {
  const problems = new ProblemLog("symbols");
  const records: Open[] = [];
  let count = 0;
  for (const { text, offsetBytes } of textLines(bytes)) {
    if (text.trim() === "" || text.startsWith("#") || text.startsWith("*")) continue;
    const current = records.at(-1);
    try {
      if (text.startsWith("|")) libraryOf(current).templates.push(text.slice(1).trim());
      else if (text.startsWith(" ")) libraryOf(current).symbols.push(parseSymbol(text.trim()));
      else records.push(parseHead(text));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      problems.malformed(error.message, offsetBytes);
      continue;
    }
    if (++count === maxSymbols) {
      const budget = "symbols of one package";
      problems.add({ kind: "over-limit", budget, limit: maxSymbols, unit: "entries" });
      break;
    }
  }
  return { records, problems: problems.toArray() };
}

interface Open extends LibrarySymbols {
  readonly templates: string[];
  readonly symbols: SymbolVersion[];
}

function libraryOf(current: Open | undefined): Open {
  if (current === undefined) throw new FormatError("symbols", "A line comes before any library");
  return current;
}

function parseHead(text: string): Open {
  const [, soname, template] = /^(\S+)\s+(\S.*)$/.exec(text) ?? [];
  if (soname === undefined || template === undefined) {
    throw new FormatError("symbols", `A line is no "library dependency": ${quoteStart(text)}`);
  }
  return { soname, templates: [template.trimEnd()], symbols: [] };
}

function parseSymbol(text: string): SymbolVersion {
  // Names of C++ have blanks where they were demangled; the node has none.
  const [, name, node, minVersion, template = "0"] =
    /^(\S[^@]*)@(\S+) +(\S+)(?: +(\d{1,3}))?$/.exec(text) ?? [];
  if (name === undefined || node === undefined || minVersion === undefined) {
    throw new FormatError("symbols", `A line is no "symbol@node version": ${quoteStart(text)}`);
  }
  return { name, node, minVersion, template: Number(template) };
}
