import type { ProblemLog } from "./record-problem.ts";

/** Longest path that is kept, in UTF-16 code units. Source: Linux PATH_MAX. */
const maxPathLength = 4096;
/** Paths of one database; a full desktop has about 400,000. */
export const maxPaths = 4_000_000;
/** Their length together. Directory and name are stored apart, so that a small database can spell out a huge one. */
const maxTotalLength = 256 * 1024 * 1024;

/**
 * Lets the paths of one package database through until the budget is used up; then, or for a single path that no
 * system could open, it logs a problem, once for the budget.
 */
export class PathBudget {
  readonly #problems: ProblemLog;
  #paths = 0;
  #totalLength = 0;
  #isSpent = false;

  constructor(problems: ProblemLog) {
    this.#problems = problems;
  }

  /** The path of `name` in `directory` (joined as they are), or null when it is not to be kept. */
  join(directory: string, name: string, offsetBytes: number | null): string | null {
    if (this.#isSpent) return null;
    const length = directory.length + name.length;
    if (length > maxPathLength) {
      const start = quoteStart(directory === "" ? name : directory);
      this.#problems.malformed(`A file name is ${length} long: ${start}`, offsetBytes);
      return null;
    }
    this.#paths++;
    this.#totalLength += length;
    if (this.#paths > maxPaths || this.#totalLength > maxTotalLength) {
      this.#isSpent = true;
      const [budget, limit] = ["file names in a package database", maxPaths];
      this.#problems.add({ kind: "over-limit", budget, limit, unit: "entries" });
      return null;
    }
    const path = directory + name;
    if (!path.includes("\0")) return path;
    this.#problems.malformed(`A file name holds a NUL: ${quoteStart(path)}`, offsetBytes);
    return null;
  }
}

/** The start of a text from a file, for a message. */
export function quoteStart(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
