import type { RpmDependency } from "../../../formats/rpm/relation.ts";
import { FormatError } from "../../../formats/format-error.ts";
import type { Pool } from "./pool.ts";

/** One of these has to be so: `id` there, `-id` not there. */
export type Clause = readonly number[];

/** Clauses that one relation may come to. */
const maxClauses = 4096;

/**
 * All of the clauses hold exactly when the dependency is satisfied (`isWanted`) or is not. No clause at all: it always is.
 * An empty clause: it never is. Throws FormatError where a rich relation comes to too many.
 */
export function toClauses(pool: Pool, dependency: RpmDependency, isWanted = true): Clause[] {
  const all = (parts: readonly RpmDependency[], wanted: boolean): Clause[] =>
    parts.flatMap((part) => toClauses(pool, part, wanted));
  const any = (parts: readonly RpmDependency[], wanted: boolean): Clause[] =>
    parts.map((part) => toClauses(pool, part, wanted)).reduce(either);
  switch (dependency.kind) {
    case "relation":
    case "with":
    case "without": {
      const ids = satisfying(pool, dependency);
      return isWanted ? [ids] : ids.map((id) => [-id]);
    }
    case "and":
      return isWanted ? all(dependency.parts, true) : any(dependency.parts, false);
    case "or":
      return isWanted ? any(dependency.parts, true) : all(dependency.parts, false);
    case "if":
    case "unless":
      return conditional(pool, dependency, isWanted);
  }
}

type Conditional = Extract<RpmDependency, { readonly kind: "if" | "unless" }>;

/** `a if c` is: a or not c; `a unless c`: a and not c; both with another part for the other case. */
function conditional(
  pool: Pool,
  { kind, then, condition, otherwise }: Conditional,
  isWanted: boolean,
): Clause[] {
  const is = (part: RpmDependency, wanted = isWanted): Clause[] => toClauses(pool, part, wanted);
  const [holds, holdsNot] = [toClauses(pool, condition), toClauses(pool, condition, false)];
  if (otherwise === null) {
    // "a unless c" asks for a and the absence of c, "not (a if c)" for c and the absence of a.
    if (kind === "if") return isWanted ? either(is(then), holdsNot) : [...is(then), ...holds];
    return isWanted ? [...is(then), ...holdsNot] : either(is(then), holds);
  }
  const [whenHeld, whenNot] = kind === "if" ? [then, otherwise] : [otherwise, then];
  return [...either(is(whenHeld), holdsNot), ...either(is(whenNot), holds)];
}

/** The packages each of which satisfies the relation alone. */
function satisfying(pool: Pool, dependency: RpmDependency): number[] {
  switch (dependency.kind) {
    case "relation":
      return pool.providers(dependency).map(({ id }) => id);
    case "with":
    case "without": {
      const [first = [], ...others] = dependency.parts.map((part) => satisfying(pool, part));
      const isWith = dependency.kind === "with";
      return first.filter((id) => others.every((ids) => ids.includes(id) === isWith));
    }
    case "or": {
      const ids = dependency.parts.flatMap((part) => satisfying(pool, part));
      return [...new Set(ids)].sort((a, b) => a - b);
    }
    case "and":
    case "if":
    case "unless":
      throw new FormatError("rpm", `"${dependency.kind}" stands inside of "with" or "without"`);
  }
}

/** Clauses that hold when all of `a` or all of `b` hold. */
function either(a: readonly Clause[], b: readonly Clause[]): Clause[] {
  if (a.length * b.length > maxClauses) {
    throw new FormatError("rpm", "A relation has too many alternatives");
  }
  const both = a.flatMap((one) => b.map((other) => [...new Set([...one, ...other])]));
  return both
    .filter((clause) => !clause.some((literal) => clause.includes(-literal)))
    .map((clause) => clause.sort((left, right) => left - right));
}
