import { defaultBudgets, type Budgets } from "../model/budgets.ts";
import type { ProblemLog } from "./record-problem.ts";

/** Longest path that is kept, in UTF-16 code units. Source: Linux PATH_MAX. */
const maxPathLength = 4096;
/** The part of the budgets that a package database has. */
export type DatabaseBudgets = Pick<Budgets, "packages" | "packagePaths" | "packagePathBytes">;

/**
 * Lets the paths of one package database through until the budget is used up; then, or for a single path that no
 * system could open, it logs a problem, once for the budget.
 */
export class PathBudget {
  readonly #problems: ProblemLog;
  readonly #limits: DatabaseBudgets;
  #paths = 0;
  #totalLength = 0;
  #isSpent = false;

  constructor(problems: ProblemLog, limits: DatabaseBudgets = defaultBudgets) {
    this.#problems = problems;
    this.#limits = limits;
  }

  /** Whether it is used up: what comes now is not worth reading. */
  get isSpent(): boolean {
    return this.#isSpent;
  }

  /** How many paths may still come. */
  get leftPaths(): number {
    return Math.max(0, this.#limits.packagePaths - this.#paths);
  }

  /** That more paths would come than may. */
  spend(): void {
    if (this.#isSpent) return;
    this.#isSpent = true;
    const [budget, limit] = ["file names in a package database", this.#limits.packagePaths];
    this.#problems.add({ kind: "over-limit", budget, limit, unit: "entries" });
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
    if (this.#paths > this.#limits.packagePaths) {
      this.spend();
      return null;
    }
    const limit = this.#limits.packagePathBytes;
    if (this.#totalLength > limit) {
      this.#isSpent = true;
      const budget = "length of all file names in a package database";
      this.#problems.add({ kind: "over-limit", budget, limit, unit: "bytes" });
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
