import { defaultBudgets } from "../../model/budgets.ts";
import { PathBudget, quoteStart, type DatabaseBudgets } from "../path-budget.ts";
import { ProblemLog, type Records } from "../record-problem.ts";
import { textLines, type TextLine } from "../text-lines.ts";

/** One installed package of an apk database. */
export interface ApkPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string | null;
  /** The package that it was built with, `o:`. */
  readonly origin: string | null;
  /** Absolute paths of files and links, not of directories, in file order. */
  readonly files: readonly string[];
}

/**
 * Reads lib/apk/db/installed (apk 2 and 3 write the same text): records of `letter:value` lines, an empty line after
 * each. `F:` names a directory from the root, each `R:` after it a file in that directory.
 *
 *     P:musl
 *     V:1.2.5-r0
 *     F:lib
 *     R:ld-musl-x86_64.so.1
 *
 * Letters that are not needed are passed over. A record without name or version loses only itself and is logged; of
 * one with another broken line the rest is kept. Source: apk-tools src/database.c, apk_db_fdb_read.
 */
export function parseApkInstalled(
  bytes: Uint8Array,
  limits: DatabaseBudgets = defaultBudgets,
): Records<ApkPackage> {
  const problems = new ProblemLog("apk");
  const budget = new PathBudget(problems, limits);
  const records: ApkPackage[] = [];
  let record: ApkRecord | null = null;
  const finish = (): void => {
    const found = record?.toPackage() ?? null;
    if (found !== null) records.push(found);
    record = null;
  };
  for (const line of textLines(bytes)) {
    if (line.text === "") {
      finish();
    } else if (record === null && problems.isFull(records.length, limits.packages)) {
      break;
    } else {
      record ??= new ApkRecord(line.offsetBytes, problems, budget);
      record.add(line);
    }
  }
  finish();
  return { records, problems: problems.toArray() };
}

/** A record while its lines come in. */
class ApkRecord {
  readonly #offsetBytes: number;
  readonly #problems: ProblemLog;
  readonly #budget: PathBudget;
  readonly #fields = new Map<string, string>();
  readonly #files: string[] = [];
  #directory: string | null = null;

  constructor(offsetBytes: number, problems: ProblemLog, budget: PathBudget) {
    this.#offsetBytes = offsetBytes;
    this.#problems = problems;
    this.#budget = budget;
  }

  add({ text, offsetBytes }: TextLine): void {
    if (!/^[A-Za-z]:/.test(text)) {
      this.#problems.malformed(`A line is no "letter:value": ${quoteStart(text)}`, offsetBytes);
      return;
    }
    const letter = text.charAt(0);
    const value = text.slice(2);
    if (letter === "F") this.#directory = value === "" ? "/" : `/${value}/`;
    else if (letter === "R") this.#addFile(value, offsetBytes);
    else if ("PVAo".includes(letter)) this.#set(letter, value, offsetBytes);
  }

  #set(letter: string, value: string, offsetBytes: number): void {
    if (this.#fields.has(letter)) {
      this.#problems.malformed(`A record has two "${letter}:" lines`, offsetBytes);
    } else this.#fields.set(letter, value);
  }

  #addFile(name: string, offsetBytes: number): void {
    if (this.#directory === null || name === "") {
      const fault = name === "" ? "without a name" : "before any directory";
      this.#problems.malformed(`A file ${fault}: ${quoteStart(name)}`, offsetBytes);
      return;
    }
    const path = this.#budget.join(this.#directory, name, offsetBytes);
    if (path !== null) this.#files.push(path);
  }

  toPackage(): ApkPackage | null {
    const name = this.#fields.get("P") ?? "";
    const version = this.#fields.get("V") ?? "";
    if (name === "" || version === "") {
      const fault = name === "" ? "A record has no name" : `${quoteStart(name)} has no version`;
      this.#problems.malformed(fault, this.#offsetBytes);
      return null;
    }
    return {
      name,
      version,
      architecture: this.#fields.get("A") || null,
      origin: this.#fields.get("o") || null,
      files: this.#files,
    };
  }
}
