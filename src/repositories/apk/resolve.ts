import { parseApkDependency, type ApkDependency } from "../../formats/apk/dependency.ts";
import { compareApkVersions } from "../../formats/versions/apk.ts";
import type { InstalledPackage } from "../../image/layer-facts.ts";
import type { PackageProblem } from "../../model/answer.ts";
import type { AddedPackage, RepositoryPackage, Resolution } from "../package-source.ts";
import { IndexedPackage, type IndexPool } from "./index-pool.ts";
import { collectOutcome, type Cause, type Outcome } from "./solver/outcome.ts";
import { findProblems } from "./solver/problems.ts";
import type { ApkGeneration } from "./solver/pool.ts";
import { solve, sortWorld } from "./solver/solve.ts";
import { maxSteps, StepsUsedUp } from "./solver/state.ts";
import { SystemPool } from "./system-pool.ts";

/** What `apk add` is asked to do, and where. */
export interface ApkRequest {
  readonly index: IndexPool;
  /** As on apk's command line: `curl`, `curl>8`, `cmd:convert`, `curl@edge`, `!curl`. */
  readonly names: readonly string[];
  readonly installed: readonly InstalledPackage[];
  /** Lines of /etc/apk/world; null when there is none: then everything that is installed is wanted. */
  readonly world: readonly string[] | null;
  /** That of the apk which is installed, when absent. */
  readonly generation?: ApkGeneration;
  readonly describe: (found: IndexedPackage) => RepositoryPackage;
}

/** What `apk add` would do. With problems nothing is added, as apk does nothing then. */
export function resolveApk(request: ApkRequest): Resolution {
  const asked = readNames(request.names);
  if (asked.problems.length > 0) return refused(asked.problems);
  const pool = new SystemPool(request.index, request.installed);
  const world = mergeWorld(request, asked.dependencies);
  const generation = request.generation ?? findGeneration(request.installed);
  const names = new Set(asked.dependencies.map(({ name }) => name));
  try {
    const state = solve(pool, { world, asked: names, generation });
    const outcome = collectOutcome(state, sortWorld(world), pool.installed);
    const problems = findProblems(state, outcome);
    return problems.length > 0
      ? refused(problems)
      : describeChanges(outcome, { request, pool, names });
  } catch (error) {
    if (!(error instanceof StepsUsedUp)) throw error;
    return refused([tooMuchWork(request.names)]);
  }
}

/** apk before 3 decides in another order. Without apk the newest is taken: an installation from outside has it. */
export function findGeneration(installed: readonly InstalledPackage[]): ApkGeneration {
  const found = installed.find(({ name }) => name === "apk-tools");
  return found !== undefined && compareApkVersions(found.version, "2.99") < 0 ? 2 : 3;
}

function readNames(names: readonly string[]): {
  readonly dependencies: readonly ApkDependency[];
  readonly problems: readonly PackageProblem[];
} {
  const dependencies: ApkDependency[] = [];
  const problems: PackageProblem[] = [];
  for (const name of names) {
    const dependency = parseApkDependency(name);
    if (dependency === null) problems.push({ kind: "no-such-package", name });
    else dependencies.push(dependency);
  }
  return { dependencies, problems };
}

/** One line for a name: what is asked for takes the place of what the world said of it. */
function mergeWorld(
  { world, installed }: ApkRequest,
  asked: readonly ApkDependency[],
): readonly ApkDependency[] {
  const lines = world ?? installed.map(({ name }) => name);
  const read = lines.map((line) => parseApkDependency(line)).filter((one) => one !== null);
  return [...new Map([...read, ...asked].map((one) => [one.name, one])).values()];
}

function describeChanges(
  { packages }: Outcome,
  context: {
    readonly request: ApkRequest;
    readonly pool: SystemPool;
    readonly names: ReadonlySet<string>;
  },
): Resolution {
  const { request, pool, names } = context;
  const before = new Map(pool.installed.map((found) => [found.name, found]));
  const added: AddedPackage[] = [];
  const changed: Resolution["changed"][number][] = [];
  const after = new Set<string>();
  for (const [{ found, isInstalled }, cause] of packages) {
    after.add(found.name);
    if (isInstalled || !(found instanceof IndexedPackage)) continue;
    const to = { ...request.describe(found), because: becauseOf(cause, names) };
    const old = before.get(found.name);
    if (old === undefined) added.push(to);
    else changed.push({ from: old.version, to });
  }
  const removed = [...before.keys()].filter((name) => !after.has(name));
  return {
    added: added.toSorted((a, b) => compareTexts(a.name, b.name)),
    changed: changed.toSorted((a, b) => compareTexts(a.to.name, b.to.name)),
    removed: removed.toSorted(compareTexts),
    problems: [],
  };
}

function becauseOf(cause: Cause | null, asked: ReadonlySet<string>): AddedPackage["because"] {
  if (cause === null) return { kind: "asked" };
  const { by, dependency } = cause;
  if (by !== null) return { kind: "needed", by: by.found.name, relation: dependency.text };
  return asked.has(dependency.name)
    ? { kind: "asked" }
    : { kind: "needed", by: "world", relation: dependency.text };
}

function refused(problems: readonly PackageProblem[]): Resolution {
  return { added: [], changed: [], removed: [], problems };
}

function tooMuchWork(names: readonly string[]): PackageProblem {
  const what = names.join(" ");
  const budget = "steps of the choice of packages";
  return {
    kind: "not-read",
    package: what,
    failure: { kind: "over-limit", what, where: null, budget, limit: maxSteps, unit: "entries" },
  };
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
