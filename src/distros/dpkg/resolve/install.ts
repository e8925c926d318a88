import { excluded, type Exclusions } from "./exclusions.ts";
import type { PackageNode } from "./package-node.ts";
import type { Plan } from "./plan.ts";
import { findSolutions } from "./solutions.ts";
import type { Step } from "./steps.ts";
import type { Demand, VersionNode } from "./version-node.ts";

/** How a package is installed. */
export interface InstallOptions {
  /** Whether what it needs is installed too, and what it excludes is dealt with. */
  readonly withNeeds: boolean;
  /** By the one who asks, and not for another package. */
  readonly isAsked: boolean;
}

const forAnother: InstallOptions = { withNeeds: true, isAsked: false };

/**
 * Plans the candidate of a package and, depth first, of what it needs. False when that cannot be, unless it was asked for: then what
 * fails stays planned, for `repair` to look at. Source: apt-pkg/depcache.cc MarkInstall.
 */
export function* install(plan: Plan, node: PackageNode, options: InstallOptions): Step {
  const { withNeeds, isAsked } = options;
  const isFixed = node.isProtected && node.mode === "keep" && isUpToDate(node);
  if (!isFixed && !plan.mayChange(node, "install", isAsked)) return false;
  if (node.candidate === null) return false;
  if (!node.isProtected && !plan.isBroken(node)) {
    if (isUpToDate(node)) return node.planned === null ? plan.keep(node) : true;
    if (node.mode === "install") return true;
  }
  if (withNeeds && !hasHope(plan, node)) return false;
  const isFinal = node.isProtected || isAsked;
  if (isAsked) plan.take(node, true);
  if (!withNeeds) {
    if (!isAsked) plan.take(node, false);
    return true;
  }
  const demands = openDemands(plan, node.candidate, node.isProtected);
  const conflicts = demands.filter(({ kind }) => kind !== "depends");
  const exclusions = excluded(plan, node.candidate, { conflicts, isAsked });
  if (!exclusions.ok && !isFinal) return false;
  if (!isAsked) plan.take(node, false);
  const needs = demands.filter(({ kind }) => kind === "depends");
  return yield finish(plan, node, { exclusions, needs, isFinal, isAsked });
}

/** All that comes after the package itself is planned; it is protected while that happens. */
function* finish(
  plan: Plan,
  node: PackageNode,
  given: {
    readonly exclusions: Exclusions;
    readonly needs: readonly Demand[];
    readonly isFinal: boolean;
    readonly isAsked: boolean;
  },
): Step {
  const wasProtected = node.isProtected;
  const goesOn = wasProtected || given.isAsked;
  node.isProtected = true;
  const giveUp = (): boolean => {
    plan.discardInstall(node);
    node.isProtected = wasProtected;
    return false;
  };
  yield installSiblings(plan, node);
  let ok = given.exclusions.ok;
  if (!(yield upgradeOrRemove(plan, given.exclusions.upgrade, { wasProtected, goesOn }))) {
    if (!given.isFinal) return giveUp();
    ok = false;
  }
  if (!(yield installNeeds(plan, given.needs, { wasProtected, goesOn }))) {
    if (!given.isFinal) return giveUp();
    ok = false;
  }
  for (const other of given.exclusions.remove) {
    if (plan.remove(other)) continue;
    if (!given.isFinal) return giveUp();
    ok = false;
  }
  node.isProtected = wasProtected;
  return ok;
}

function isUpToDate({ candidate, current }: PackageNode): boolean {
  return candidate !== null && candidate === current;
}

/**
 * Whether every dependency could be met by what is planned or could be taken. If not, the candidate is not thought of any more.
 * Source: IsInstallOkDependenciesSatisfiableByCandidates.
 */
function hasHope(plan: Plan, node: PackageNode): boolean {
  const { candidate, current } = node;
  if (candidate === null || candidate === current) return true;
  const isHopeless = candidate.demands.some(
    (demand) =>
      demand.kind === "depends" && !plan.isMet(demand, "planned") && !plan.isMet(demand, "hoped"),
  );
  if (!isHopeless) return true;
  if (node.isProtected) return false;
  if (node.mode === "install" && node.planned === candidate) node.planned = current;
  node.candidate = current;
  node.isOutdated = false;
  if (current !== null) plan.hopes.notice(node);
  if (node.mode !== "delete") node.mode = "keep";
  return false;
}

/** What is not met yet; all of it for a protected package, whose needs are protected too. */
function openDemands(plan: Plan, version: VersionNode, isProtected: boolean): readonly Demand[] {
  return version.demands.filter((demand) => isProtected || !plan.isMet(demand, "planned"));
}

/** Other installed packages of the same source go to the same version. Source: MarkInstall_UpgradeOtherBinaries. */
function* installSiblings(plan: Plan, node: PackageNode): Step {
  if (node.candidate === null) return true;
  const [source, version] = sourceOf(node.candidate);
  const siblings = plan.universe.installed.filter((other) => {
    const { candidate, current } = other;
    if (other === node || current === null || candidate === null || candidate === current) {
      return false;
    }
    if (other.mode === "install" && other.planned === candidate) return false;
    const [otherSource, otherVersion] = sourceOf(candidate);
    return otherSource === source && otherVersion === version;
  });
  siblings.sort((a, b) => a.mention - b.mention);
  for (const other of siblings) yield install(plan, other, { ...forAnother, withNeeds: false });
  for (const other of siblings) yield install(plan, other, forAnother);
  return true;
}

function sourceOf({ facts, package: owner }: VersionNode): readonly [string, string] {
  return [facts.source ?? owner.name, facts.sourceVersion ?? facts.version];
}

/** Whether the package that has the need was protected, and whether to go on when something failed. */
interface Manner {
  readonly wasProtected: boolean;
  readonly goesOn: boolean;
}

/** Source: MarkInstall_UpgradeOrRemoveConflicts. */
function* upgradeOrRemove(plan: Plan, nodes: readonly PackageNode[], manner: Manner): Step {
  let ok = true;
  for (const node of nodes) {
    if (node.mode === "install" || (yield install(plan, node, forAnother))) continue;
    if (plan.remove(node)) {
      if (manner.wasProtected) node.isProtected = true;
      continue;
    }
    ok = false;
    if (!manner.goesOn) break;
  }
  return ok;
}

/** Source: MarkInstall_InstallDependencies. */
function* installNeeds(plan: Plan, demands: readonly Demand[], manner: Manner): Step {
  let ok = true;
  for (const demand of demands) {
    const isMet = plan.isMet(demand, "planned");
    if (isMet && !manner.wasProtected) continue;
    const isDone: boolean = isMet
      ? yield protectOnlySolution(plan, demand)
      : yield installSolution(plan, demand, manner.wasProtected);
    if (isDone) continue;
    ok = false;
    if (!manner.goesOn && !isMet) break;
  }
  return ok;
}

/** What alone meets the demand of a protected package is protected too. */
function* protectOnlySolution(plan: Plan, demand: Demand): Step {
  const solutions = new Set([
    ...findSolutions(plan, demand, "candidate"),
    ...findSolutions(plan, demand, "current"),
  ]);
  const [only] = solutions;
  if (only === undefined || solutions.size > 1 || only.package.isProtected) return true;
  only.package.isProtected = true;
  return yield install(plan, only.package, forAnother);
}

function* installSolution(plan: Plan, demand: Demand, isProtected: boolean): Step {
  const solutions = findSolutions(plan, demand, "candidate");
  for (const solution of solutions) {
    const node = solution.package;
    if (node.candidate !== solution) continue;
    if (isProtected && solutions.length === 1) {
      if (!(yield install(plan, node, { ...forAnother, withNeeds: false }))) continue;
      node.isProtected = true;
    }
    if (yield install(plan, node, forAnother)) return true;
  }
  return false;
}
