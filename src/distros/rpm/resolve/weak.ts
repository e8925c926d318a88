import type { RpmDependency } from "../../../formats/rpm/relation.ts";
import type { Pool, Solvable } from "./pool.ts";

/**
 * The candidates that something decided recommends, or that supplement it; all where there are none. Installed ones stay.
 * Recommendations bring nothing in here, but they do say which of several is meant. Source: libsolv src/policy.c,
 * prune_to_recommended, which looks at them also when none is to be installed.
 */
export function keepRecommended(
  pool: Pool,
  candidates: readonly Solvable[],
  decided: readonly number[],
): readonly Solvable[] {
  if (candidates.filter((one) => !one.isInstalled).length < 2) return candidates;
  const recommended = named(pool, decided, "recommends");
  const isThere = thereAmong(decided);
  const isGood = (one: Solvable): boolean =>
    recommended.has(one.id) || meets(pool, one.weak.supplements, isThere);
  if (!candidates.some((one) => !one.isInstalled && isGood(one))) return candidates;
  return candidates.filter((one) => one.isInstalled || isGood(one));
}

/** Whether something decided suggests a package, or it enhances it. Source: policy.c, prefer_suggested. */
export function isSuggested(
  pool: Pool,
  decided: readonly number[],
): (solvable: Solvable) => boolean {
  const suggested = named(pool, decided, "suggests");
  const isThere = thereAmong(decided);
  return (one) => suggested.has(one.id) || meets(pool, one.weak.enhances, isThere);
}

/** Whether a decided package recommends it, or it supplements one. */
export function isRecommended(
  pool: Pool,
  decided: readonly number[],
): (solvable: Solvable) => boolean {
  const recommended = named(pool, decided, "recommends");
  const isThere = thereAmong(decided);
  return (one) => recommended.has(one.id) || meets(pool, one.weak.supplements, isThere);
}

type IsThere = (id: number) => boolean;

function thereAmong(decided: readonly number[]): IsThere {
  const there = new Set(decided.filter((literal) => literal > 0));
  return (id) => there.has(id);
}

function named(
  pool: Pool,
  decided: readonly number[],
  kind: "recommends" | "suggests",
): ReadonlySet<number> {
  const isThere = thereAmong(decided);
  const ids = decided
    .filter((literal) => literal > 0)
    .flatMap((id) => pool.get(id).weak[kind])
    .flatMap((dependency) => [...meant(pool, dependency, isThere)]);
  return new Set(ids);
}

/** The packages that a weak relation speaks for as things stand. */
function meant(pool: Pool, dependency: RpmDependency, isThere: IsThere): readonly number[] {
  switch (dependency.kind) {
    case "relation":
      return pool.providers(dependency).map(({ id }) => id);
    case "and":
    case "or":
      return dependency.parts.flatMap((part) => meant(pool, part, isThere));
    case "with":
    case "without": {
      const [first = [], ...others] = dependency.parts.map((part) => meant(pool, part, isThere));
      const isWith = dependency.kind === "with";
      return first.filter((id) => others.every((ids) => ids.includes(id) === isWith));
    }
    case "if":
    case "unless": {
      const holds = isMet(pool, dependency.condition, isThere) === (dependency.kind === "if");
      const part = holds ? dependency.then : dependency.otherwise;
      return part === null ? [] : meant(pool, part, isThere);
    }
  }
}

function meets(pool: Pool, all: readonly RpmDependency[], isThere: IsThere): boolean {
  return all.some((dependency) => isMet(pool, dependency, isThere));
}

function isMet(pool: Pool, dependency: RpmDependency, isThere: IsThere): boolean {
  const is = (part: RpmDependency): boolean => isMet(pool, part, isThere);
  switch (dependency.kind) {
    case "relation":
    case "with":
    case "without":
      return meant(pool, dependency, isThere).some(isThere);
    case "and":
      return dependency.parts.every(is);
    case "or":
      return dependency.parts.some(is);
    case "if":
    case "unless": {
      if (is(dependency.condition) === (dependency.kind === "if")) return is(dependency.then);
      if (dependency.otherwise !== null) return is(dependency.otherwise);
      return dependency.kind === "if";
    }
  }
}
