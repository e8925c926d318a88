/**
 * `runs`: every certain and likely need proved. `unproven`: one of them cannot be decided without running
 * or without data that is missing. `fails`: one of them is not met.
 */
export type Verdict = "runs" | "unproven" | "fails";
