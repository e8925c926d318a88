import type { Failure } from "../../../model/failure.ts";

/** A value out of a text, and all that is wrong with the text. What is wrong counts for nothing; the rest does. */
export interface Parsed<Value> {
  readonly value: Value;
  readonly problems: readonly TextProblem[];
}

export interface TextProblem {
  /** What was found and what was expected, without a final stop and without secrets. */
  readonly reason: string;
  /** 1-based; null when the place is not known, the reason then names the table. */
  readonly line: number | null;
  readonly column: number | null;
}

export const problem = (reason: string): TextProblem => ({ reason, line: null, column: null });

/** A problem of a file as a failure. */
export function toFailure(
  { reason, line, column }: TextProblem,
  what: string,
  format = "registry settings",
): Failure {
  const place = line === null || column === null ? "" : `line ${line}, column ${column}: `;
  const words = `${place}${reason}`;
  return { kind: "malformed", what, where: null, format, reason: words, offsetBytes: null };
}
