import type { PackageNode } from "./package-node.ts";
import type { Plan } from "./plan.ts";
import type { DebProblem } from "./resolution.ts";
import type { Demand, VersionNode } from "./version-node.ts";

/** How many packages are gone through for the cause of one broken package. */
const maxVisited = 1000;

/** Why packages are broken: for each the first cause down the chain of what it needs. */
export function explainBroken(plan: Plan, broken: readonly PackageNode[]): readonly DebProblem[] {
  const problems = broken.flatMap((node) =>
    node.planned === null ? [] : explain(plan, node.planned),
  );
  const byText = new Map(problems.map((problem) => [JSON.stringify(problem), problem]));
  return [...byText.values()];
}

function explain(plan: Plan, version: VersionNode): readonly DebProblem[] {
  const unmet = version.demands.filter((demand) => !plan.isMet(demand, "planned"));
  return unmet.map((demand) => findCause(plan, demand));
}

/** Goes down to the demand that nothing meets; where there is none, the first demand itself is named. */
function findCause(plan: Plan, first: Demand): DebProblem {
  const visited = new Set<PackageNode>();
  const open: Demand[] = [first];
  let clash: DebProblem | null = null;
  for (let demand = open.shift(); demand !== undefined; demand = open.shift()) {
    if (demand.kind !== "depends") {
      clash ??= describeClash(plan, demand);
      continue;
    }
    const candidates = demand.alternatives
      .flatMap((one) => plan.targets(demand, one))
      .filter((target) => target.package.candidate === target);
    if (candidates.length === 0) return unsatisfied(demand);
    for (const target of candidates) {
      if (visited.has(target.package) || visited.size >= maxVisited) continue;
      visited.add(target.package);
      open.push(...target.demands.filter((next) => !plan.isMet(next, "planned")));
    }
  }
  return clash ?? unsatisfied(first);
}

function unsatisfied({ owner, text }: Demand): DebProblem {
  return { kind: "unsatisfied", package: owner.package.name, relation: text };
}

function describeClash(plan: Plan, { owner, alternatives, text, kind }: Demand): DebProblem {
  const hit = alternatives
    .flatMap((one) => plan.targets({ owner, alternatives, text, kind }, one))
    .find((target) => target.package.planned === target);
  const other = hit?.package.name ?? alternatives[0]?.name ?? text;
  return { kind: "conflict", package: owner.package.name, with: other, relation: text };
}
