import { debPriorities } from "../../../formats/dpkg/packages-index.ts";
import { fits, ignores, type Plan } from "./plan.ts";
import type { Demand, Dependency, VersionNode } from "./version-node.ts";

/**
 * The versions that could meet a demand (or that a conflict excludes), best first: of what is there already, then of what would
 * be new; in each the alternatives in their order and, of one alternative, the providers as apt prefers them.
 * Source: apt-pkg/depcache.cc getAllPossibleSolutions.
 */
export function findSolutions(
  plan: Plan,
  demand: Demand,
  which: "current" | "candidate",
): readonly VersionNode[] {
  const sorted = demand.alternatives.flatMap((alternative) =>
    matches(plan, demand, { alternative, which }).sort(compareProviders(alternative.name)),
  );
  const there = sorted.filter((version) => version.package.current !== null);
  const fresh = sorted.filter((version) => version.package.current === null);
  const all = [...new Set([...there, ...fresh])];
  return demand.kind === "depends" ? all.filter((version) => !isRuledOut(version)) : all;
}

function matches(
  plan: Plan,
  demand: Demand,
  of: { readonly alternative: Dependency; readonly which: "current" | "candidate" },
): VersionNode[] {
  const { name, condition } = of.alternative;
  const target = plan.universe.node(name);
  const found = new Set<VersionNode>();
  const own = target[of.which];
  if (own !== null && !ignores(demand, target) && fits(own.facts.version, condition)) {
    found.add(own);
  }
  for (const { owner, version } of plan.universe.provisions(name)) {
    const isMatch = owner.package[of.which] === owner && fits(version, condition);
    if (isMatch && !ignores(demand, owner.package)) found.add(owner);
  }
  return [...found];
}

function isRuledOut({ package: { isProtected, mode, current } }: VersionNode): boolean {
  return isProtected && (mode === "delete" || (mode === "keep" && current === null));
}

/** Whom apt prefers of those that stand in for `name`. Source: apt-pkg/depcache.cc CompareProviders. */
function compareProviders(name: string): (a: VersionNode, b: VersionNode) => number {
  const rules: readonly ((version: VersionNode) => number)[] = [
    (version) => Number(!version.package.isProtected),
    (version) => Number(!isInstalledMultiArchSame(version)),
    (version) => Number(version.package.current === null),
    (version) => Number(version.package.name !== name),
    (version) => Number(!version.package.isEssential),
    (version) => Number(!version.package.isImportant),
    (version) => debPriorities.indexOf(version.facts.priority),
    (version) => -version.package.mention,
  ];
  return (a, b) => {
    for (const rule of rules) {
      const order = rule(a) - rule(b);
      if (order !== 0) return order;
    }
    return 0;
  };
}

function isInstalledMultiArchSame({ facts, package: owner }: VersionNode): boolean {
  return facts.relations.multiArch === "same" && owner.current !== null;
}
