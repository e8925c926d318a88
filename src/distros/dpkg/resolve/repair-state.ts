import { install } from "./install.ts";
import type { PackageNode } from "./package-node.ts";
import type { Plan } from "./plan.ts";
import { scorePackages } from "./scores.ts";
import { runSteps, type Step } from "./steps.ts";
import type { Demand, Dependency } from "./version-node.ts";

/** What a repair knows besides the plan. */
export class RepairState {
  readonly plan: Plan;
  isChanged = true;
  readonly #scores: Map<PackageNode, number>;
  /** As they were at first: the order of the packages stays. */
  readonly #firstScores: ReadonlyMap<PackageNode, number>;
  readonly #asked: Set<PackageNode>;
  readonly #wasPlanned: Set<PackageNode>;
  /** Those that `upgrade` took once, or may not take. */
  readonly #isSpent = new Set<PackageNode>();

  constructor(plan: Plan, asked: ReadonlySet<PackageNode>) {
    this.plan = plan;
    this.#asked = new Set(asked);
    this.#scores = scorePackages(plan, asked);
    this.#firstScores = new Map(this.#scores);
    this.#wasPlanned = new Set([...plan.universe.known].filter(({ mode }) => mode === "install"));
  }

  /** Highest score first, of those alike the name that apt met first. */
  inOrder(): readonly PackageNode[] {
    const scores = this.#firstScores;
    return [...this.plan.universe.known].sort(
      (a, b) => (scores.get(b) ?? 0) - (scores.get(a) ?? 0) || a.mention - b.mention,
    );
  }

  score(node: PackageNode): number {
    return this.#scores.get(node) ?? 0;
  }

  setScore(node: PackageNode, score: number): void {
    this.#scores.set(node, score);
  }

  /** Whether it was to be upgraded, was kept back since, and that was not tried again yet. */
  mayReinstate(node: PackageNode): boolean {
    const { candidate, planned, current, isProtected } = node;
    if (candidate === planned || current === null || planned === null || isProtected) return false;
    return this.#wasPlanned.has(node);
  }

  /** What is known of it is forgotten, as apt does before it tries it again. */
  forget(node: PackageNode): void {
    this.#wasPlanned.delete(node);
    this.#asked.delete(node);
    this.#isSpent.add(node);
  }

  /** Source: pkgProblemResolver::DoUpgrade. */
  upgrade(node: PackageNode): boolean {
    return runSteps(this.#upgrade(node));
  }

  *#upgrade(node: PackageNode): Step {
    const { candidate, current, mode } = node;
    const isUpgradable = candidate !== null && (current === null || node.isOutdated);
    if (!isUpgradable || this.#isSpent.has(node) || this.#asked.has(node)) return false;
    this.#isSpent.add(node);
    const wasKept = mode === "keep";
    if (!(yield install(this.plan, node, { withNeeds: false, isAsked: false }))) return false;
    let ok = true;
    for (const demand of node.planned?.demands ?? []) {
      ok = yield this.#upgradeFor(demand);
      if (!ok) break;
    }
    if (ok) return true;
    if (wasKept) this.plan.keep(node);
    else this.plan.remove(node);
    return false;
  }

  /** Whether the demand is met, or a conflict is left to the next round. */
  *#upgradeFor(demand: Demand): Step {
    let ok = true;
    for (const alternative of demand.alternatives) {
      if (this.plan.isMet(demand, "planned")) return ok;
      const target = this.#mainTarget(demand, alternative);
      const isHit = this.plan.hits(demand, alternative, "hoped");
      const isUseful = demand.kind === "depends" ? isHit : !isHit;
      if (!target.isProtected && isUseful) {
        if (yield this.#upgrade(target)) return true;
      } else if (!target.isProtected && demand.kind !== "depends") return ok;
      ok = false;
    }
    return ok;
  }

  /** The package of that name, or the first that stands in for it. Source: pkgcache.cc SmartTargetPkg. */
  #mainTarget({ owner }: Demand, { name }: Dependency): PackageNode {
    const target = this.plan.universe.node(name);
    if (target.versions.length > 0) return target;
    const others = this.plan.universe.provisions(name).map((one) => one.owner.package);
    return others.find((other) => other !== owner.package) ?? target;
  }
}
