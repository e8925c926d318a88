import type { DebPriority } from "../../../formats/dpkg/packages-index.ts";
import type { PackageNode } from "./package-node.ts";
import { fits, ignores, type Plan } from "./plan.ts";
import type { Demand } from "./version-node.ts";

/** Points of a package that is planned. Source: apt-pkg/algorithms.cc MakeScores. */
const pointsOfPriority: Readonly<Record<DebPriority, number>> = {
  unknown: 0,
  required: 3,
  important: 2,
  standard: 1,
  optional: -1,
  extra: -2,
};
const pointsOfEssential = 100;
const pointsOfInstalled = 1;
const pointsOfAsked = 10_000;
const pointsOfKeptEssential = 5000;

/** How much would break without each package: the higher, the rather others give way. `asked` are ahead of all. Source: MakeScores. */
export function scorePackages(
  plan: Plan,
  asked: ReadonlySet<PackageNode>,
): Map<PackageNode, number> {
  const scores = new Scores();
  const planned = [...plan.universe.known].filter((node) => node.planned !== null);
  for (const node of planned) addOwn(plan, node, scores);
  const own = scores.copy();
  for (const node of planned) addDependents(plan, node, { scores, own });
  const gained = [...plan.universe.known].map(
    (node) => [node, Math.abs(scores.of(node) - (own.get(node) ?? 0))] as const,
  );
  for (const [node, gain] of gained) {
    if (gain === 0) continue;
    for (const owner of plannedProviders(plan, node.name)) scores.add(owner, gain);
  }
  for (const node of plan.universe.known) {
    if (asked.has(node)) scores.add(node, pointsOfAsked);
    if (node.isEssential || node.isImportant) scores.add(node, pointsOfKeptEssential);
  }
  return scores.copy();
}

class Scores {
  readonly #points = new Map<PackageNode, number>();

  of(node: PackageNode): number {
    return this.#points.get(node) ?? 0;
  }

  add(node: PackageNode, points: number): void {
    this.#points.set(node, this.of(node) + points);
  }

  copy(): Map<PackageNode, number> {
    return new Map(this.#points);
  }
}

function addOwn(plan: Plan, node: PackageNode, scores: Scores): void {
  const { planned } = node;
  if (planned === null) return;
  const isOffered = planned.facts.deb !== null;
  if (node.isEssential || node.isImportant) scores.add(node, pointsOfEssential);
  scores.add(node, pointsOfPriority[isOffered ? planned.facts.priority : "extra"]);
  if (node.current !== null && node.candidate?.facts.deb) scores.add(node, pointsOfInstalled);
  for (const demand of planned.demands) addTargets(plan, demand, scores);
}

function addTargets(plan: Plan, demand: Demand, scores: Scores): void {
  const points = demand.kind === "depends" ? 1 : -1;
  for (const { name, condition } of demand.alternatives) {
    const target = plan.universe.node(name);
    if (!ignores(demand, target)) {
      // A target that is named by a version which is not planned gets nothing, not even by its providers.
      const version = target.planned?.facts.version ?? null;
      if (condition !== null && !fits(version, condition)) continue;
      scores.add(target, points);
    }
    for (const owner of plannedProviders(plan, name, { demand, condition })) {
      scores.add(owner, points);
    }
  }
}

function plannedProviders(
  plan: Plan,
  name: string,
  of?: { readonly demand: Demand; readonly condition: Parameters<typeof fits>[1] },
): ReadonlySet<PackageNode> {
  const provisions = plan.universe.provisions(name).filter(({ owner, version }) => {
    if (owner.package.planned !== owner) return false;
    return of === undefined || (!ignores(of.demand, owner.package) && fits(version, of.condition));
  });
  return new Set(provisions.map(({ owner }) => owner.package));
}

/** A package is worth what those that depend on it by name are worth. */
function addDependents(
  plan: Plan,
  node: PackageNode,
  of: { readonly scores: Scores; readonly own: ReadonlyMap<PackageNode, number> },
): void {
  const points = of.own.get(node) ?? 0;
  if (points <= 0) return;
  for (const { kind, alternatives } of node.planned?.demands ?? []) {
    if (kind !== "depends") continue;
    for (const { name } of alternatives) {
      const target = plan.universe.node(name);
      if (target.planned !== null) of.scores.add(target, points);
    }
  }
}
