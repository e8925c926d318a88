import type { PackageNode } from "./package-node.ts";
import { fits, type Plan } from "./plan.ts";
import type { DebResolution, PassedOver, ResolvedDeb } from "./resolution.ts";
import type { Demand, VersionNode } from "./version-node.ts";

/** The plan as data. */
export function describePlan(plan: Plan, asked: readonly PackageNode[]): DebResolution {
  const reasons = findReasons(plan, asked);
  const added: ResolvedDeb[] = [];
  const changed: DebResolution["changed"][number][] = [];
  const removed: string[] = [];
  const passedOver: PassedOver[] = [];
  const known = [...plan.universe.known].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const node of known) {
    const { current, planned } = node;
    if (planned === current) continue;
    for (const one of planned?.problems ?? []) passedOver.push({ package: node.name, ...one });
    if (planned === null) removed.push(node.name);
    else if (planned.facts.deb !== null) {
      const because = reasons.get(node) ?? { kind: "asked" };
      const resolved: ResolvedDeb = { deb: planned.facts.deb, because };
      if (current === null) added.push(resolved);
      else changed.push({ from: current.facts.version, to: resolved });
    }
  }
  return { added, changed, removed, problems: [], passedOver };
}

/**
 * The first demand for each package, from those that were asked for on, nearest first. What is changed without being needed goes
 * with another package of its source.
 */
function findReasons(
  plan: Plan,
  asked: readonly PackageNode[],
): ReadonlyMap<PackageNode, ResolvedDeb["because"]> {
  const reasons = new Map<PackageNode, ResolvedDeb["because"]>();
  const open: VersionNode[] = [];
  const add = (version: VersionNode | null, because: ResolvedDeb["because"]): void => {
    if (version === null || reasons.has(version.package)) return;
    reasons.set(version.package, because);
    open.push(version);
  };
  for (const node of asked) add(node.planned, { kind: "asked" });
  for (let at = 0; at < open.length; at++) {
    const version = open[at];
    for (const demand of version?.demands ?? []) {
      if (demand.kind !== "depends") continue;
      const because = {
        kind: "needed",
        by: demand.owner.package.name,
        relation: demand.text,
      } as const;
      for (const met of meeting(plan, demand)) add(met, because);
    }
  }
  return reasons;
}

function meeting(plan: Plan, { alternatives }: Demand): readonly VersionNode[] {
  return alternatives.flatMap(({ name, condition }) => {
    const itself = plan.universe.node(name).planned;
    const own = itself !== null && fits(itself.facts.version, condition) ? [itself] : [];
    const others = plan.universe
      .provisions(name)
      .filter(({ owner, version }) => owner.package.planned === owner && fits(version, condition));
    return [...own, ...others.map(({ owner }) => owner)];
  });
}
