import { FormatError } from "../../../formats/format-error.ts";
import {
  formatRpmDependency,
  parseRpmDependency,
  type RpmDependency,
} from "../../../formats/rpm/relation.ts";
import type { InstalledPackage } from "../../../image/layer-facts.ts";
import type { PackageProblem } from "../../../model/answer.ts";
import { toInstalledCandidate } from "./installed-candidate.ts";
import type { Job } from "./make-rules.ts";
import { pruneCandidates } from "./policy.ts";
import { Pool, type Solvable } from "./pool.ts";
import { toProblems } from "./problems.ts";
import { solve } from "./solve.ts";
import type { RpmUniverse } from "./universe.ts";

export interface RpmRequest {
  /** Of packages; else what one provides, or an absolute path. */
  readonly names: readonly string[];
  readonly installed: readonly InstalledPackage[];
  /** Architectures of packages that the machine takes, best first. */
  readonly accepted: readonly string[];
  /** Only the best of what was asked for will do. Source: dnf.conf(5), `best`. */
  readonly isBestWanted: boolean;
}

/** One package that comes in. */
export interface RpmAddition {
  /** Its `place` in the universe. */
  readonly place: number;
  readonly name: string;
  readonly because:
    | { readonly kind: "asked" }
    | { readonly kind: "needed"; readonly by: string; readonly relation: string };
}

/** What dnf would do for a request, without weak dependencies. Sorted by name. */
export interface RpmResolution {
  readonly added: readonly RpmAddition[];
  /** `from` is the version that was there. */
  readonly changed: readonly { readonly from: string; readonly to: RpmAddition }[];
  readonly removed: readonly string[];
  /** Empty when it can be done. */
  readonly problems: readonly PackageProblem[];
}

const nothing = { added: [], changed: [], removed: [] };

/**
 * What `dnf install --setopt=install_weak_deps=False NAME …` does: libsolv's rules and choices on the packages of the universe.
 * Pure apart from what the universe reads.
 */
export function resolveRpm(universe: RpmUniverse, request: RpmRequest): RpmResolution {
  // libsolv reads the database by its index of names. Source: libsolv ext/repo_rpmdb.c.
  const installed = request.installed
    .toSorted((a, b) => compareText(a.name, b.name))
    .map((one) => toInstalledCandidate(one, universe));
  const pool = new Pool(universe, installed, request.accepted);
  const names = [...new Set(request.names)];
  const jobs = names.map((name) => toJob(pool, name, request.isBestWanted));
  const unknown = jobs.filter(({ candidates }) => candidates.length === 0);
  if (unknown.length > 0) {
    const problems = unknown.map(({ name }) => ({ kind: "no-such-package" as const, name }));
    return { ...nothing, problems };
  }
  const solution = solve(pool, jobs);
  switch (solution.kind) {
    case "solved":
      return describe(pool, jobs, solution.there);
    case "unsolvable":
      return { ...nothing, problems: toProblems(pool, solution.rules) };
    case "too-hard":
      return {
        ...nothing,
        problems: names.map((name) => ({
          kind: "not-read" as const,
          package: name,
          failure: {
            kind: "over-limit" as const,
            what: name,
            where: null,
            budget: "choices between packages",
            limit: solution.decisions,
            unit: "entries" as const,
          },
        })),
      };
  }
}

/** Source: dnf Subject.get_best_solution: a name, what is provided, a file; with what obsoletes it. */
function toJob(pool: Pool, name: string, isBestWanted: boolean): Job {
  const named = pool.named(name);
  const found = named.length > 0 ? named : findProviders(pool, name);
  const obsoleting = named.flatMap((one) => pool.obsoleting(one));
  const all = [...new Set([...found, ...obsoleting])].sort((a, b) => a.id - b.id);
  return { name, candidates: isBestWanted ? pruneCandidates(pool, all, []) : all };
}

function findProviders(pool: Pool, name: string): readonly Solvable[] {
  try {
    const dependency = parseRpmDependency(name);
    return dependency.kind === "relation" ? pool.providers(dependency) : [];
  } catch (error) {
    if (error instanceof FormatError) return [];
    throw error;
  }
}

function describe(pool: Pool, jobs: readonly Job[], there: readonly Solvable[]): RpmResolution {
  const isThere = new Set(there.map(identityOf));
  const wasThere = new Set(pool.installed.map(identityOf));
  // The same package out of a repository takes the place of the installed one: nothing happens.
  const fresh = there.filter((one) => !one.isInstalled && !wasThere.has(identityOf(one)));
  const reasons = findReasons(pool, jobs, fresh);
  const gone = pool.installed.filter((one) => !isThere.has(identityOf(one)));
  const toAddition = (one: Solvable): RpmAddition => ({
    place: one.id - pool.installed.length - 1,
    name: one.name,
    because: reasons.get(one) ?? replacing(pool, one),
  });
  const before = new Map(gone.map((one) => [`${one.name} ${colorOf(one)}`, one]));
  const isChange = (one: Solvable): boolean => before.has(`${one.name} ${colorOf(one)}`);
  const sorted = fresh.toSorted((a, b) => compareText(a.name, b.name) || a.id - b.id);
  const changed = sorted.filter(isChange).map((one) => ({
    from: before.get(`${one.name} ${colorOf(one)}`)?.version ?? "",
    to: toAddition(one),
  }));
  const kept = new Set(sorted.filter(isChange).map((one) => `${one.name} ${colorOf(one)}`));
  const removed = gone.filter((one) => !kept.has(`${one.name} ${colorOf(one)}`));
  return {
    added: sorted.filter((one) => !isChange(one)).map(toAddition),
    changed,
    removed: removed.map(({ name }) => name).sort(compareText),
    problems: [],
  };
}

function identityOf({ name, version, architecture }: Solvable): string {
  return `${name} ${version} ${architecture}`;
}

/** A package of 32 bits is not the next version of one of 64. */
function colorOf({ architecture }: Solvable): string {
  return /^(?:i\d86|athlon|armv\d\w*|ppc|s390)$/.test(architecture) ? "32" : "64";
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

type Because = RpmAddition["because"];

/** From what was asked for, along what each asks for in turn. */
function findReasons(
  pool: Pool,
  jobs: readonly Job[],
  fresh: readonly Solvable[],
): ReadonlyMap<Solvable, Because> {
  const reasons = new Map<Solvable, Because>();
  const left = new Set(fresh);
  const waiting: Solvable[] = [];
  const reach = (one: Solvable, because: Because): void => {
    if (!left.delete(one)) return;
    reasons.set(one, because);
    waiting.push(one);
  };
  for (const { candidates } of jobs) {
    for (const one of candidates) reach(one, { kind: "asked" });
  }
  for (let at = 0; at < waiting.length; at++) {
    const by = waiting[at];
    for (const dependency of by?.requires ?? []) {
      for (const one of mentioned(pool, dependency)) {
        const relation = formatRpmDependency(dependency);
        reach(one, { kind: "needed", by: by?.name ?? "", relation });
      }
    }
  }
  return reasons;
}

function mentioned(pool: Pool, dependency: RpmDependency): readonly Solvable[] {
  switch (dependency.kind) {
    case "relation":
      return pool.providers(dependency);
    case "and":
    case "or":
    case "with":
    case "without":
      return dependency.parts.flatMap((part) => mentioned(pool, part));
    case "if":
    case "unless": {
      const parts = [dependency.then, dependency.otherwise].filter((part) => part !== null);
      return parts.flatMap((part) => mentioned(pool, part));
    }
  }
}

/** It came because what is installed could not stay as it was. */
function replacing(pool: Pool, one: Solvable): Because {
  const replaced = pool.replaced(one);
  const { name } = replaced ?? one;
  return { kind: "needed", by: name, relation: name };
}
