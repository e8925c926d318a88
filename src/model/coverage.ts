import type { Failure } from "./failure.ts";

/**
 * How much of a thing was looked at. `partial` always names at least one failure; it makes the exit code 4
 * when the part could change the answer.
 */
export type Coverage =
  | { readonly state: "complete" }
  | { readonly state: "partial"; readonly failures: readonly [Failure, ...Failure[]] }
  | { readonly state: "skipped"; readonly reason: string };
