import { quoteStart } from "../path-budget.ts";
import type { ProblemLog } from "../record-problem.ts";

/** What the installed database and an index say of a package, in the same letters. */
export interface ApkRecord {
  readonly name: string;
  readonly version: string;
  readonly architecture: string | null;
  /** The package that it was built with, `o:`. */
  readonly origin: string | null;
  /** `C:` as it is written: `Q1` and the SHA-1 of the control part in base64; null when absent. */
  readonly checksum: string | null;
  /** Of the .apk, `S:`. */
  readonly downloadBytes: number | null;
  /** Of its files, `I:`. */
  readonly installedBytes: number | null;
  readonly relations: ApkRelations;
}

/** Relations in apk's own words, one blank between them; absent where the package has none. Source: apk-package(5). */
export interface ApkRelations {
  /** `D:` */
  readonly depends?: string;
  /** `p:` */
  readonly provides?: string;
  /** `i:` */
  readonly installIf?: string;
  /** `k:`, absent when 0. */
  readonly providerPriority?: number;
  /** `r:` and `q:`, only in the installed database: whose files it may overwrite. */
  readonly replaces?: string;
  readonly replacesPriority?: number;
  /** `s:`, only in the installed database: the tagged repository that it came from, without the `@`. */
  readonly tag?: string;
  /** `f:`, only in the installed database: `f` files, `s` script, `x` attributes could not be put in place. */
  readonly broken?: string;
}

/** The letters that are kept. Source: apk-tools src/package.c, apk_pkgtmpl_add_info; src/database.c, apk_db_fdb_read. */
export const keptLetters: ReadonlySet<string> = new Set("PVAoCSIDpikrqsf");

/** Fields of a record by letter. */
export type ApkFields = ReadonlyMap<string, string>;

/**
 * Puts a record together. Null, with a problem, when it has no name or no version; a number that is none is a problem too
 * and counts as absent. `offsetBytes` is where the record begins.
 */
export function makeApkRecord(
  fields: ApkFields,
  problems: ProblemLog,
  offsetBytes: number,
): ApkRecord | null {
  const name = fields.get("P") ?? "";
  const version = fields.get("V") ?? "";
  if (name === "" || version === "") {
    const fault = name === "" ? "A record has no name" : `${quoteStart(name)} has no version`;
    problems.malformed(fault, offsetBytes);
    return null;
  }
  const readNumber = (letter: string): number | null => {
    const text = fields.get(letter) ?? "";
    if (text === "") return null;
    if (/^\d{1,15}$/.test(text)) return Number(text);
    const fault = `${quoteStart(name)} has no number in "${letter}:": ${quoteStart(text)}`;
    problems.malformed(fault, offsetBytes);
    return null;
  };
  return {
    name,
    version,
    architecture: fields.get("A") || null,
    origin: fields.get("o") || null,
    checksum: fields.get("C") || null,
    downloadBytes: readNumber("S"),
    installedBytes: readNumber("I"),
    relations: makeRelations(fields, readNumber),
  };
}

function makeRelations(
  fields: ApkFields,
  readNumber: (letter: string) => number | null,
): ApkRelations {
  const depends = readWords(fields.get("D"));
  const provides = readWords(fields.get("p"));
  const installIf = readWords(fields.get("i"));
  const replaces = readWords(fields.get("r"));
  const providerPriority = readNumber("k") ?? 0;
  const replacesPriority = readNumber("q") ?? 0;
  const tag = fields.get("s")?.replace(/^@/, "") ?? "";
  const broken = fields.get("f") ?? "";
  return {
    ...(depends === "" ? {} : { depends }),
    ...(provides === "" ? {} : { provides }),
    ...(installIf === "" ? {} : { installIf }),
    ...(providerPriority === 0 ? {} : { providerPriority }),
    ...(replaces === "" ? {} : { replaces }),
    ...(replacesPriority === 0 ? {} : { replacesPriority }),
    ...(tag === "" ? {} : { tag }),
    ...(broken === "" ? {} : { broken }),
  };
}

/** apko writes `[]` where there is nothing. */
function readWords(text: string | undefined): string {
  return text === undefined || text === "[]" ? "" : text.trim();
}
