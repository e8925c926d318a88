import type { RpmRelation } from "../../../formats/rpm/relation.ts";
import { compareRpmVersions } from "../../../formats/versions/rpm.ts";
import type { Pool, Solvable } from "./pool.ts";
import { isSuggested, keepRecommended } from "./weak.ts";

/**
 * The packages that are worth taking of several that serve: of the best repository, of the best architecture, the newest of
 * each name, none that another one obsoletes, rather recommended ones. Source: libsolv src/policy.c, policy_filter_unwanted.
 */
export function pruneCandidates(
  pool: Pool,
  candidates: readonly Solvable[],
  decided: readonly number[],
): readonly Solvable[] {
  const steps = [keepBestRepository, keepBestArchitecture, keepNewest];
  let left = candidates;
  for (const step of steps) if (left.length > 1) left = step(pool, left);
  return left.length > 1 ? keepRecommended(pool, left, decided) : left;
}

/** The same in the order in which they are tried. */
export function orderCandidates(
  pool: Pool,
  candidates: readonly Solvable[],
  decided: readonly number[],
): readonly Solvable[] {
  const pruned = pruneCandidates(pool, candidates, decided);
  if (pruned.length < 2) return pruned;
  const preferred = installedFirst(pool, byCommonProvides(oldVersionsLast(pool, pruned)));
  const suggested = isSuggested(pool, decided);
  return partition(preferred, (solvable) => solvable.isInstalled || suggested(solvable));
}

function keepBestRepository(_: Pool, candidates: readonly Solvable[]): readonly Solvable[] {
  const best = Math.min(...candidates.filter((one) => !one.isInstalled).map((one) => one.priority));
  return candidates.filter((one) => one.isInstalled || one.priority === best);
}

function keepBestArchitecture(pool: Pool, candidates: readonly Solvable[]): readonly Solvable[] {
  const ranks = candidates.map(({ architecture }) => pool.rank(architecture));
  const best = Math.min(...ranks.filter((rank) => rank > 1));
  if (best === Infinity) return candidates;
  return candidates.filter((_, index) => ranks[index] === 1 || ranks[index] === best);
}

/** By name, the installed ones before others, then by number. */
function byName(a: Solvable, b: Solvable): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return Number(b.isInstalled) - Number(a.isInstalled) || a.id - b.id;
}

function keepNewest(pool: Pool, candidates: readonly Solvable[]): readonly Solvable[] {
  const ranked = candidates.toSorted((a, b) => {
    if (a.name !== b.name || a.architecture === b.architecture) return byName(a, b);
    const [left, right] = [pool.rank(a.architecture), pool.rank(b.architecture)];
    return left > 1 && right > 1 ? left - right : byName(a, b);
  });
  const best: Solvable[] = [];
  for (const candidate of ranked) {
    const last = best.at(-1);
    if (last === undefined || last.name !== candidate.name) best.push(candidate);
    else if (compareRpmVersions(last.version, candidate.version) < 0) {
      best[best.length - 1] = candidate;
    }
  }
  return best.length > 1 ? dropObsoleted(pool, best) : best;
}

/** Packages that obsolete each other stay, as nobody can say which is the newer one. */
function dropObsoleted(pool: Pool, candidates: readonly Solvable[]): readonly Solvable[] {
  const obsoleted = new Map(
    candidates.map((one) => [one.id, new Set(pool.obsoletedBy(one).map((o) => o.solvable.id))]),
  );
  const isAbove = (a: Solvable, b: Solvable): boolean => reaches(obsoleted, a.id, b.id);
  return candidates.filter(
    (one) => !candidates.some((other) => isAbove(other, one) && !isAbove(one, other)),
  );
}

function reaches(
  edges: ReadonlyMap<number, ReadonlySet<number>>,
  from: number,
  to: number,
): boolean {
  const seen = new Set([from]);
  const waiting = [from];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const next of edges.get(at) ?? []) {
      if (next === to) return true;
      if (seen.has(next) || !edges.has(next)) continue;
      seen.add(next);
      waiting.push(next);
    }
  }
  return false;
}

/** Those for which the filter holds first, the order otherwise kept. */
function partition(
  candidates: readonly Solvable[],
  isFirst: (solvable: Solvable) => boolean,
): readonly Solvable[] {
  const first = candidates.filter(isFirst);
  return [...first, ...candidates.filter((one) => !first.includes(one))];
}

function installedFirst(pool: Pool, candidates: readonly Solvable[]): readonly Solvable[] {
  const names = new Set(pool.installed.map(({ name }) => name));
  return partition(candidates, ({ name }) => names.has(name));
}

/**
 * One of which there is a better version elsewhere is tried late, also where that one must not be taken. Source: policy.c,
 * dislike_old_versions; libdnf, which sets POOL_FLAG_WHATPROVIDESWITHDISABLED.
 */
function oldVersionsLast(pool: Pool, candidates: readonly Solvable[]): readonly Solvable[] {
  const isOld = (one: Solvable): boolean =>
    !one.isInstalled &&
    pool.namedAtAll(one.name).some((other) => {
      if (other.architecture !== one.architecture) return false;
      if (!other.isInstalled && other.priority !== one.priority) {
        return other.priority < one.priority;
      }
      return compareRpmVersions(other.version, one.version) > 0;
    });
  return partition(candidates, (one) => !isOld(one));
}

/** Digests in provides say nothing of age. */
const looksLikeHash = /^(?=.{4})[a-f]*[0-9]*[0-9a-f]*$/;

/**
 * Of packages that provide the same name in several versions, the newer come first: `java-21` before `java-17`, which both
 * provide `java`. Source: policy.c, sort_by_common_dep.
 */
function byCommonProvides(candidates: readonly Solvable[]): readonly Solvable[] {
  const entries = candidates.flatMap((candidate, index) =>
    candidate.provides.filter(hasAge).map((relation) => ({ index, relation })),
  );
  const names = Map.groupBy(entries, ({ relation }) => relation.name);
  const badness = candidates.map(() => 0);
  for (const group of names.values()) addBadness(group, badness);
  const score = (index: number): number =>
    candidates[index]?.isInstalled === true ? 0 : (badness[index] ?? 0);
  const order = candidates.map((_, index) => index).toSorted((a, b) => score(a) - score(b));
  return order.flatMap((index) => candidates[index] ?? []);
}

interface Entry {
  readonly index: number;
  readonly relation: RpmRelation;
}

function addBadness(group: readonly Entry[], badness: number[]): void {
  const sorted = group.toSorted((a, b) => byAge(a.relation, b.relation));
  let bad = 0;
  sorted.forEach((entry, at) => {
    const before = sorted[at - 1];
    if (before === undefined) return;
    if (before.index !== entry.index && byAge(before.relation, entry.relation) < 0) bad++;
    badness[entry.index] = (badness[entry.index] ?? 0) + bad;
  });
}

function hasAge({ comparison, version }: RpmRelation): boolean {
  if (comparison === "=") return !looksLikeHash.test(version);
  return comparison === "<" || comparison === "<=";
}

/** Newest first; what is below a version is older than the version. */
function byAge(a: RpmRelation, b: RpmRelation): number {
  const order = compareLoosely(b.version, a.version);
  return order || Number(a.comparison === "<") - Number(b.comparison === "<");
}

/** Where only one has a release, it says nothing. */
function compareLoosely(a: string, b: string): number {
  const [left, right] = [a.includes("-"), b.includes("-")];
  if (left === right) return compareRpmVersions(a, b);
  const cut = (text: string): string => text.replace(/-[^-]*$/, "");
  return compareRpmVersions(left ? cut(a) : a, right ? cut(b) : b);
}
