import { FormatError } from "../../../formats/format-error.ts";
import {
  formatRpmDependency,
  type RpmDependency,
  type RpmRelation,
} from "../../../formats/rpm/relation.ts";
import { haveSameColor } from "./architectures.ts";
import { choiceRules } from "./choice-rules.ts";
import { toClauses, type Clause } from "./clauses.ts";
import type { Pool, Solvable } from "./pool.ts";
import { makeRule, type Rule, type RuleReason } from "./sat.ts";

/** What was asked for: one of the packages has to be there. */
export interface Job {
  readonly name: string;
  readonly candidates: readonly Solvable[];
}

/** The rules in the order in which they are gone through, and those that say how it all begins. */
export interface RuleSet {
  readonly rules: readonly Rule[];
  readonly jobs: readonly Rule[];
  /** By number of the installed package. */
  readonly keeps: ReadonlyMap<number, Rule>;
}

/**
 * All that has to hold: the relations of every package that may come in, what was asked for, that installed packages stay.
 * Source: libsolv src/rules.c, src/solver.c (solver_solve).
 */
export function makeRules(pool: Pool, jobs: readonly Job[]): RuleSet {
  const maker = new RuleMaker(pool);
  const updates = new Map(pool.installed.map((one) => [one, findUpdates(pool, one)]));
  for (const [installed, newer] of updates) maker.add([installed, ...newer]);
  for (const { candidates } of jobs) maker.add(candidates);
  const packageRules = maker.finish();
  const keeps = new Map(
    [...updates].map(([{ id }, newer]) => {
      const literals = [id, ...newer.map((one) => one.id)];
      return [id, makeRule(literals, { kind: "keep", package: id })];
    }),
  );
  const asked = jobs.map(({ name, candidates }) =>
    makeRule(
      candidates.map(({ id }) => id),
      { kind: "asked", name },
    ),
  );
  const named = new Set(jobs.flatMap(({ candidates }) => candidates.map(({ name }) => name)));
  const others = [...maker.added].filter(({ name }) => !named.has(name));
  const architectures = architectureRules(pool, others);
  const choices = choiceRules(pool, packageRules, keeps);
  const rules = [...packageRules, ...keeps.values(), ...asked, ...architectures, ...choices];
  return { rules, jobs: asked, keeps };
}

/** What may take the place of an installed package: any version of it, downgrades as well, or what obsoletes it. */
function findUpdates(pool: Pool, installed: Solvable): readonly Solvable[] {
  const isUpdate = (other: Solvable): boolean =>
    !other.isInstalled &&
    (other.architecture === installed.architecture ||
      other.architecture === "noarch" ||
      installed.architecture === "noarch");
  const obsoleting = pool.obsoleting(installed).filter((other) => !other.isInstalled);
  const all = [...pool.named(installed.name).filter(isUpdate), ...obsoleting];
  return [...new Set(all)].sort((a, b) => a.id - b.id);
}

class RuleMaker {
  readonly added = new Set<Solvable>();
  readonly #pool: Pool;
  readonly #waiting: Solvable[] = [];
  readonly #rules = new Map<string, Rule>();

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Makes the rules of these packages and of all that could satisfy what they ask for. */
  add(solvables: readonly Solvable[]): void {
    this.#waiting.push(...solvables);
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      if (this.added.has(next)) continue;
      this.added.add(next);
      this.#addRulesOf(next);
    }
  }

  /** In libsolv's order, by which choices come up. Source: src/rules.c, unifyrules_sortcmp. */
  finish(): readonly Rule[] {
    return [...this.#rules.values()].sort((a, b) => compareClauses(a.literals, b.literals));
  }

  #addRulesOf(solvable: Solvable): void {
    const { id, isInstalled } = solvable;
    if (solvable.isBroken && !isInstalled) this.#rule([-id], { kind: "broken", package: id });
    for (const dependency of solvable.requires) this.#addRequirement(solvable, dependency);
    for (const dependency of solvable.conflicts) this.#addConflict(solvable, dependency);
    for (const { solvable: other, relation } of this.#pool.obsoletedBy(solvable)) {
      if (isInstalled && other.isInstalled) continue;
      const reason = { kind: "obsoletes", package: id, relation: spell(relation) } as const;
      this.#rule([-id, -other.id], reason);
    }
    if (isInstalled) return;
    for (const other of this.#pool.named(solvable.name)) {
      if (other.id === id || !haveSameColor(solvable.architecture, other.architecture)) continue;
      this.#rule([-id, -other.id], { kind: "same-name", package: id, with: other.id });
    }
    this.#addLockStep(solvable);
  }

  /** The better architectures of the same version: `architectureRules` may ask for them. */
  #addLockStep({ name, version, architecture }: Solvable): void {
    const rank = this.#pool.rank(architecture);
    if (rank < 2) return;
    const better = this.#pool.named(name).filter((other) => {
      const otherRank = this.#pool.rank(other.architecture);
      return other.version === version && otherRank > 1 && otherRank < rank;
    });
    this.#waiting.push(...better);
  }

  #addRequirement(solvable: Solvable, dependency: RpmDependency): void {
    const reason = { kind: "requires", relation: spell(dependency) } as const;
    for (const clause of this.#clausesOf(solvable, dependency, true)) {
      if (clause.includes(solvable.id) || this.#isLeftBroken(solvable, clause)) continue;
      this.#rule([-solvable.id, ...clause], { ...reason, package: solvable.id });
      this.#waiting.push(...clause.filter((id) => id > 0).map((id) => this.#pool.get(id)));
    }
  }

  #addConflict(solvable: Solvable, dependency: RpmDependency): void {
    const reason = { kind: "conflicts", relation: spell(dependency) } as const;
    for (const clause of this.#clausesOf(solvable, dependency, false)) {
      // A package may conflict with what it provides itself: with all others of its kind.
      if (clause.includes(solvable.id) || clause.every((id) => id === -solvable.id)) continue;
      if (this.#isLeftBroken(solvable, clause)) continue;
      this.#rule([-solvable.id, ...clause], { ...reason, package: solvable.id });
      this.#waiting.push(...clause.filter((id) => id > 0).map((id) => this.#pool.get(id)));
    }
  }

  #clausesOf(solvable: Solvable, dependency: RpmDependency, isWanted: boolean): readonly Clause[] {
    try {
      return toClauses(this.#pool, dependency, isWanted);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      if (!solvable.isInstalled) {
        this.#rule([-solvable.id], { kind: "broken", package: solvable.id });
      }
      return [];
    }
  }

  /** What does not hold on the system as it is need not hold afterwards. */
  #isLeftBroken(solvable: Solvable, clause: Clause): boolean {
    if (!solvable.isInstalled) return false;
    return !clause.some((id) => this.#pool.get(Math.abs(id)).isInstalled === id > 0);
  }

  #rule(literals: Clause, reason: RuleReason): void {
    const sorted = [...new Set(literals)].sort((a, b) => a - b);
    const key = sorted.join(" ");
    if (!this.#rules.has(key)) this.#rules.set(key, makeRule(sorted, reason));
  }
}

const spell = (dependency: RpmDependency | RpmRelation): string => formatRpmDependency(dependency);

function compareClauses(a: Clause, b: Clause): number {
  for (const [index, literal] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    if (literal !== other) return literal - other;
  }
  return a.length - b.length;
}

/**
 * A worse architecture comes only beside the better one of the same version, unless it is installed already. Not so for what
 * was asked for by name: dnf names all architectures of it. Source: libsolv src/rules.c, solver_addinfarchrules, jobtodisablelist.
 */
function architectureRules(pool: Pool, added: readonly Solvable[]): readonly Rule[] {
  const groups = Map.groupBy(
    added.toSorted((a, b) => a.id - b.id),
    ({ name }) => name,
  );
  return [...groups.values()].flatMap((group) => {
    const ranks = group.filter((one) => !one.isInstalled).map((one) => pool.rank(one.architecture));
    const best = Math.min(...ranks.filter((rank) => rank > 1));
    if (best === Infinity) return [];
    const installed = new Set(group.filter((one) => one.isInstalled).map((o) => o.architecture));
    const worse = group.filter((one) => {
      const rank = pool.rank(one.architecture);
      return !one.isInstalled && rank > 1 && rank !== best && !installed.has(one.architecture);
    });
    return worse.map((one) => {
      const beside = pool.named(one.name).filter((other) => {
        const rank = pool.rank(other.architecture);
        return other.version === one.version && (rank === 1 || rank === best);
      });
      const literals = [-one.id, ...beside.map(({ id }) => id)];
      return makeRule(literals, { kind: "architecture", package: one.id });
    });
  });
}
