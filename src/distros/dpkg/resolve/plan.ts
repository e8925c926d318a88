import { compareDebVersions } from "../../../formats/versions/deb.ts";
import type { AptRules } from "./apt-rules.ts";
import { Hopes } from "./hopes.ts";
import type { PackageNode } from "./package-node.ts";
import type { Universe } from "./universe.ts";
import type { Demand, Dependency, VersionNode } from "./version-node.ts";

/** Which version of a package counts: the installed one, the planned one, the one that could be taken as far as apt remembers. */
export type Which = "current" | "planned" | "hoped";

/**
 * What is to become of every package, and the steps that change it. The rules are those of apt's pkgDepCache.
 * Source: apt-pkg/depcache.cc of apt 2.6 and 3.0.
 */
export class Plan {
  readonly universe: Universe;
  readonly rules: AptRules;
  /** Which candidates count for "hoped". */
  readonly hopes: Hopes;
  /** Packages whose demands were not met before anything was done, and that nobody looks after. */
  readonly #tolerated: ReadonlySet<PackageNode>;

  constructor(
    universe: Universe,
    how: { readonly rules: AptRules; readonly toleratesBroken: boolean },
  ) {
    this.universe = universe;
    this.rules = how.rules;
    this.hopes = new Hopes(universe);
    this.#tolerated = new Set(
      how.toleratesBroken ? universe.installed.filter((one) => !this.isMetFor(one, "current")) : [],
    );
  }

  /** Whether one alternative is there (for a conflict: what it excludes). Source: CheckDep. */
  hits(demand: Demand, { name, condition }: Dependency, which: Which): boolean {
    const target = this.universe.node(name);
    const counts = (version: VersionNode): boolean =>
      which === "hoped" ? this.hopes.has(name, version) : version.package[which] === version;
    if (!ignores(demand, target)) {
      const isHit = target.versions.some(
        (version) => counts(version) && fits(version.facts.version, condition),
      );
      if (isHit) return true;
    }
    return this.universe
      .provisions(name)
      .some(
        ({ owner, version }) =>
          counts(owner) && !ignores(demand, owner.package) && fits(version, condition),
      );
  }

  isMet(demand: Demand, which: Which): boolean {
    const isHit = demand.alternatives.some((one) => this.hits(demand, one, which));
    return demand.kind === "depends" ? isHit : !isHit;
  }

  /** Whether the planned version finds what it asks for. What is not there is never broken. */
  isBroken(node: PackageNode): boolean {
    if (this.#tolerated.has(node) && node.planned === node.current) return false;
    return !this.isMetFor(node, "planned");
  }

  /** Whether all demands of that version of a package are met among those versions of all. */
  isMetFor(node: PackageNode, which: "current" | "planned"): boolean {
    return node[which]?.demands.every((demand) => this.isMet(demand, which)) ?? true;
  }

  broken(): readonly PackageNode[] {
    return [...this.universe.known].filter((node) => this.isBroken(node));
  }

  /** Versions that would satisfy (or be excluded by) one alternative, whether they could be taken or not. Source: AllTargets. */
  targets(demand: Demand, { name, condition }: Dependency): readonly VersionNode[] {
    const target = this.universe.node(name);
    const own = ignores(demand, target) ? [] : target.versions;
    return [
      ...own.filter(({ facts }) => fits(facts.version, condition)),
      ...this.universe
        .provisions(name)
        .filter(({ owner, version }) => !ignores(demand, owner.package) && fits(version, condition))
        .map(({ owner }) => owner),
    ];
  }

  /** Whether the mode may be changed. Source: IsModeChangeOk. */
  mayChange(node: PackageNode, mode: PackageNode["mode"], isAsked = false): boolean {
    if (node.versions.length === 0) return false;
    if (isAsked || node.mode === mode) return true;
    if (node.isProtected) return false;
    return mode !== "delete" || !(node.isEssential || node.isImportant);
  }

  /** Leaves the package as it is now. False when it may not be. */
  keep(node: PackageNode): boolean {
    if (!this.mayChange(node, "keep")) return false;
    if (node.mode === "keep") return true;
    node.mode = "keep";
    node.planned = node.current;
    this.hopes.notice(node);
    return true;
  }

  mayRemove(node: PackageNode): boolean {
    const isAsked = node.current === null && node.planned !== null && !node.isAutomatic;
    return this.mayChange(node, "delete") && !isAsked;
  }

  /** Has the package not be there afterwards. False when it may not be. */
  remove(node: PackageNode): boolean {
    if (!this.mayChange(node, "delete")) return false;
    if (node.mode === "delete" || node.planned === null) return true;
    if (!this.mayRemove(node)) return false;
    node.mode = node.current === null ? "keep" : "delete";
    node.planned = null;
    this.hopes.notice(node);
    return true;
  }

  /** Plans the candidate. Source: MarkInstall_StateChange. */
  take(node: PackageNode, isAsked: boolean): void {
    if (node.isProtected && node.planned === node.candidate) return;
    node.planned = node.candidate;
    this.hopes.notice(node);
    node.mode = node.candidate === node.current ? "keep" : "install";
    if (isAsked) node.isAutomatic = false;
    else if (node.current === null) node.isAutomatic = true;
  }

  /** No other version is thought of any more. */
  discardCandidate(node: PackageNode): void {
    node.candidate = node.planned;
  }

  /** Goes back to what is installed, for good. */
  discardInstall(node: PackageNode): void {
    const { mode, planned, candidate, current } = node;
    if (mode === "keep" && planned === candidate && candidate === current) return;
    node.planned = current;
    this.hopes.notice(node);
    node.mode = "keep";
    this.discardCandidate(node);
  }
}

/** A conflict with itself, or with a name that it provides itself, means all others. Source: debian-policy 7.4. */
export function ignores({ kind, owner }: Demand, target: PackageNode): boolean {
  return kind !== "depends" && owner.package === target;
}

/** Source: debian-policy 7.1, 7.5: what has no version meets no condition on it. */
export function fits(version: string | null, condition: Dependency["condition"]): boolean {
  if (condition === null) return true;
  if (version === null) return false;
  const order = compareDebVersions(version, condition.version);
  switch (condition.operator) {
    case "<<":
      return order < 0;
    case "<=":
      return order <= 0;
    case "=":
      return order === 0;
    case ">=":
      return order >= 0;
    case ">>":
      return order > 0;
  }
}
