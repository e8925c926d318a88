import type { Evidence } from "./evidence.ts";

/** `certain`: the loader demands it. `likely`: read in code or config. `possible`: a string. `observed`: seen in a trial. */
export type Certainty = "certain" | "likely" | "possible" | "observed";

/** One thing that must be there at run time. Sorted by `kind`, then by its own name. */
export type Need = NeedSubject & {
  readonly certainty: Certainty;
  readonly evidence: readonly Evidence[];
};

export type NeedSubject =
  | { readonly kind: "loader"; readonly path: string; readonly machine: string }
  /** `versions` are the symbol versions asked of it, sorted; `symbols` counts the symbols that carry one of them. */
  | { readonly kind: "library"; readonly soname: string; readonly versions: readonly string[] }
  /** A program named in a shebang or looked up in PATH. */
  | { readonly kind: "command"; readonly name: string }
  /** A whole system call interface or processor level: `x86-64-v3`. */
  | { readonly kind: "cpu"; readonly level: string }
  /** A file that is opened by its path, or a place that must exist. */
  | { readonly kind: "file"; readonly path: string }
  /** A library that is opened by name while it runs. */
  | { readonly kind: "dlopen"; readonly name: string };
