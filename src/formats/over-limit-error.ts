import type { Failure } from "../model/failure.ts";
import { FormatError } from "./format-error.ts";

/** Which budget was used up, as an `over-limit` failure says it. */
export type UsedUp = Pick<
  Extract<Failure, { readonly kind: "over-limit" }>,
  "budget" | "limit" | "unit"
>;

/**
 * A parser stopped because the input costs more than its budget allows. A FormatError, so that whoever takes those takes
 * this too; `toFailure` makes an `over-limit` failure of it.
 */
export class OverLimitError extends FormatError {
  readonly usedUp: UsedUp;

  constructor(format: string, usedUp: UsedUp, reason?: string) {
    super(format, reason ?? `more than ${usedUp.limit} ${usedUp.unit} (${usedUp.budget})`);
    this.usedUp = usedUp;
  }
}

/** What a parser threw as the failure of what it read: `over-limit` where a budget was used up, else `malformed`. */
export function toFailure(error: FormatError, what: string, where: string | null): Failure {
  if (error instanceof OverLimitError) return { kind: "over-limit", what, where, ...error.usedUp };
  const { format, message: reason, offsetBytes } = error;
  return { kind: "malformed", what, where, format, reason, offsetBytes };
}
