import { defaultBudgets } from "../model/budgets.ts";
import type { FormatError } from "./format-error.ts";
import { OverLimitError } from "./over-limit-error.ts";

/**
 * One part of a file that was passed over while the rest was kept: a broken record, a form that is not read yet,
 * or what lies beyond a budget. The caller, who knows the path, makes a Failure of it.
 */
export type RecordProblem =
  /** `offsetBytes` counts from the start of the file; null when it is about the whole. */
  | {
      readonly kind: "malformed";
      readonly format: string;
      readonly reason: string;
      readonly offsetBytes: number | null;
    }
  | { readonly kind: "unsupported"; readonly reason: string }
  | {
      readonly kind: "over-limit";
      readonly budget: string;
      readonly limit: number;
      readonly unit: "bytes" | "entries";
    };

/** What a parser of many records made of a file: the sound records, and what it passed over. */
export interface Records<Item> {
  readonly records: readonly Item[];
  readonly problems: readonly RecordProblem[];
}

/** Problems of one file that are told one by one; the rest is counted. */
const maxTold = 50;

/** Gathers the problems of one file, so that a file of nothing but broken records stays a short answer. */
export class ProblemLog {
  readonly #format: string;
  readonly #told: RecordProblem[] = [];
  #untold = 0;

  constructor(format: string) {
    this.#format = format;
  }

  add(problem: RecordProblem): void {
    if (this.#told.length < maxTold) this.#told.push(problem);
    else this.#untold++;
  }

  malformed(reason: string, offsetBytes: number | null): void {
    this.add({ kind: "malformed", format: this.#format, reason, offsetBytes });
  }

  /** A FormatError of one part: `over-limit` where a budget was used up. */
  caught(error: FormatError, offsetBytes: number | null): void {
    const unit = error instanceof OverLimitError ? error.usedUp.unit : null;
    if (error instanceof OverLimitError && (unit === "bytes" || unit === "entries")) {
      const { budget, limit } = error.usedUp;
      this.add({ kind: "over-limit", budget, limit, unit });
    } else this.malformed(error.message, offsetBytes);
  }

  /** Whether this many records are all that is read; logs it. */
  isFull(recordCount: number, limit: number = defaultBudgets.packages): boolean {
    if (recordCount < limit) return false;
    const budget = "packages in one database";
    this.add({ kind: "over-limit", budget, limit, unit: "entries" });
    return true;
  }

  toArray(): readonly RecordProblem[] {
    if (this.#untold === 0) return this.#told;
    const reason = `${this.#untold} more records were passed over`;
    return [...this.#told, { kind: "malformed", format: this.#format, reason, offsetBytes: null }];
  }
}
