import type { PackageNode } from "./package-node.ts";
import { fits, type Plan } from "./plan.ts";
import { findSolutions } from "./solutions.ts";
import type { Demand, VersionNode } from "./version-node.ts";

/** What has to happen to others so that a version can be there. */
export interface Exclusions {
  /** False when something that has to go may not. */
  readonly ok: boolean;
  /** Another version of them might do. */
  readonly upgrade: readonly PackageNode[];
  /** No other version would do. They go when all else came out well. */
  readonly remove: readonly PackageNode[];
}

/**
 * Goes through the conflicts of a version: a candidate that is excluded is not taken, an installed version that is excluded is
 * upgraded, or removed where its candidate is excluded too. Then come installed packages that need the version which it replaces.
 * Source: apt-pkg/depcache.cc MarkInstall_RemoveConflictsIfNotUpgradeable, MarkInstall_CollectReverseDepends.
 */
export function excluded(
  plan: Plan,
  version: VersionNode,
  request: { readonly conflicts: readonly Demand[]; readonly isAsked: boolean },
): Exclusions {
  const isProtected = version.package.isProtected;
  const found = new Excluder(plan, isProtected, isProtected || request.isAsked);
  for (const conflict of request.conflicts) if (!found.add(conflict)) break;
  if (found.ok || isProtected || request.isAsked) addDependents(plan, version, found);
  return found;
}

class Excluder implements Exclusions {
  readonly upgrade: PackageNode[] = [];
  readonly remove: PackageNode[] = [];
  ok = true;
  readonly #plan: Plan;
  readonly #isProtected: boolean;
  readonly #goesOn: boolean;
  readonly #badCandidates = new Set<PackageNode>();

  constructor(plan: Plan, isProtected: boolean, goesOn: boolean) {
    this.#plan = plan;
    this.#isProtected = isProtected;
    this.#goesOn = goesOn;
  }

  /** False when it cannot be and there is no sense in going on. */
  add(conflict: Demand): boolean {
    for (const hit of findSolutions(this.#plan, conflict, "candidate")) {
      if (hit.package.candidate !== hit) continue;
      const isDone =
        hit.package.current === hit ? this.#drop(hit.package) : this.#avoid(hit.package);
      if (!isDone) this.ok = false;
      if (!isDone && !this.#goesOn) return false;
    }
    for (const hit of findSolutions(this.#plan, conflict, "current")) {
      const node = hit.package;
      const { candidate } = node;
      if (candidate !== hit && candidate !== null && !this.#badCandidates.has(node)) {
        this.upgrade.push(node);
      } else if (candidate !== node.current && !this.#drop(node)) {
        this.ok = false;
        if (!this.#goesOn) return false;
      }
    }
    return true;
  }

  /** Its candidate is not taken. */
  #avoid(node: PackageNode): boolean {
    if (node.mode === "install" && !this.#plan.keep(node)) return false;
    if (!this.#isProtected) {
      this.#badCandidates.add(node);
      return true;
    }
    this.#plan.discardCandidate(node);
    if (node.current === null) node.isProtected = true;
    return true;
  }

  /** Source: MarkInstall_MarkDeleteForNotUpgradeable. */
  #drop(node: PackageNode): boolean {
    if (this.#isProtected) {
      if (node.mode !== "delete" && !this.#plan.remove(node)) return false;
      this.#plan.discardCandidate(node);
      node.isProtected = true;
      return true;
    }
    if (node.mode === "delete") return true;
    if (!this.#plan.mayRemove(node)) return false;
    this.remove.push(node);
    return true;
  }
}

/** Installed packages that the installed version satisfies and the new one does not are upgraded too. */
function addDependents(plan: Plan, version: VersionNode, found: Excluder): void {
  const { current, name } = version.package;
  if (current === null) return;
  for (const node of plan.universe.installed) {
    if (node.mode === "install" || found.upgrade.includes(node)) continue;
    const goes = node.mode === "delete" || found.remove.includes(node);
    if (goes && plan.rules.leavesWhatGoes) continue;
    const isLost = node.current?.demands.some(
      ({ kind, alternatives }) =>
        kind === "depends" &&
        alternatives.some(
          (one) =>
            one.name === name &&
            fits(current.facts.version, one.condition) &&
            !fits(version.facts.version, one.condition),
        ),
    );
    if (isLost === true) found.upgrade.push(node);
  }
}
