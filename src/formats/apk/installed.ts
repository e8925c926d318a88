import { defaultBudgets } from "../../model/budgets.ts";
import { PathBudget, quoteStart, type DatabaseBudgets } from "../path-budget.ts";
import { ProblemLog, type Records } from "../record-problem.ts";
import { textLines, type TextLine } from "../text-lines.ts";
import { keptLetters, makeApkRecord, type ApkRecord } from "./record.ts";

/** One installed package of an apk database. */
export interface ApkPackage extends ApkRecord {
  /** Absolute paths of files and links, not of directories, in file order. */
  readonly files: readonly string[];
}

/**
 * Reads lib/apk/db/installed (apk 2 and 3 write the same text): records of `letter:value` lines, an empty line after
 * each. `F:` names a directory from the root, each `R:` after it a file in that directory.
 *
 *     P:musl
 *     V:1.2.5-r0
 *     p:so:libc.musl-x86_64.so.1=1
 *     F:lib
 *     R:ld-musl-x86_64.so.1
 *
 * Letters that are not needed are passed over. A record without name or version, or with the name of one before it, loses
 * only itself and is logged; of one with another broken line the rest is kept.
 * Source: apk-tools src/database.c, apk_db_fdb_read.
 */
export function parseApkInstalled(
  bytes: Uint8Array,
  limits: DatabaseBudgets = defaultBudgets,
): Records<ApkPackage> {
  const problems = new ProblemLog("apk");
  const budget = new PathBudget(problems, limits);
  const found = new Map<string, ApkPackage>();
  let lines: RecordLines | null = null;
  const finish = (): void => {
    const record = lines?.toPackage() ?? null;
    if (record !== null && found.has(record.name)) {
      const fault = `A second record of ${quoteStart(record.name)}`;
      problems.malformed(fault, lines?.offsetBytes ?? null);
    } else if (record !== null) found.set(record.name, record);
    lines = null;
  };
  for (const line of textLines(bytes)) {
    if (line.text === "") {
      finish();
    } else if (lines === null && problems.isFull(found.size, limits.packages)) {
      break;
    } else {
      lines ??= new RecordLines(line.offsetBytes, problems, budget);
      lines.add(line);
    }
  }
  finish();
  return { records: [...found.values()], problems: problems.toArray() };
}

/** A record while its lines come in. */
class RecordLines {
  readonly offsetBytes: number;
  readonly #problems: ProblemLog;
  readonly #budget: PathBudget;
  readonly #fields = new Map<string, string>();
  readonly #files: string[] = [];
  #directory: string | null = null;

  constructor(offsetBytes: number, problems: ProblemLog, budget: PathBudget) {
    this.offsetBytes = offsetBytes;
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
    else if (keptLetters.has(letter)) this.#set(letter, value, offsetBytes);
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
    const record = makeApkRecord(this.#fields, this.#problems, this.offsetBytes);
    return record === null ? null : { ...record, files: this.#files };
  }
}
