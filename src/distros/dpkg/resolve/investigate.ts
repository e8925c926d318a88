import { install } from "./install.ts";
import type { PackageNode } from "./package-node.ts";
import type { Plan } from "./plan.ts";
import type { RepairState } from "./repair-state.ts";
import { runSteps } from "./steps.ts";
import type { Demand, Dependency, VersionNode } from "./version-node.ts";

/** `next`: the next alternative, or demand; `stop`: the package is dealt with for this round. */
type Outcome = "next" | "stop";

/** One broken package, looked into once. Source: apt-pkg/algorithms.cc ResolveInternal, the loop over one package. */
export class Investigation {
  readonly #state: RepairState;
  readonly #plan: Plan;
  readonly #node: PackageNode;
  readonly #round: number;
  /** What could go or stay so that a demand is met. */
  readonly #kills: { readonly node: PackageNode; readonly demand: Demand }[] = [];
  /** What becomes of the package when no alternative helps. */
  #last: "remove" | "keep" = "remove";

  constructor(state: RepairState, node: PackageNode, round: number) {
    this.#state = state;
    this.#plan = state.plan;
    this.#node = node;
    this.#round = round;
  }

  run(): void {
    for (const demand of this.#node.planned?.demands ?? []) {
      if (this.#settle(demand) === "stop") break;
    }
    if (this.#node.planned !== null) this.#applyKills();
  }

  #settle(demand: Demand): Outcome {
    const hasChoice = demand.alternatives.length > 1;
    const killCount = this.#kills.length;
    this.#setLast("remove");
    for (const alternative of demand.alternatives) {
      if (this.#plan.isMet(demand, "planned")) return "next";
      const outcome = this.#consider(demand, alternative, hasChoice);
      if (outcome === "stop") return "stop";
    }
    if (!hasChoice || killCount < this.#kills.length) return "next";
    if (this.#last === "keep") this.#plan.keep(this.#node);
    else if (this.#node.isProtected) return "next";
    else this.#plan.remove(this.#node);
    this.#state.isChanged = true;
    return "next";
  }

  /** A call, so that the compiler does not take for granted what other steps change. */
  #setLast(last: "remove" | "keep"): void {
    this.#last = last;
  }

  #consider(demand: Demand, alternative: Dependency, hasChoice: boolean): Outcome {
    const node = this.#node;
    const targets = this.#plan.targets(demand, alternative);
    if (targets.length === 0 && demand.kind === "depends" && !node.isProtected) {
      return this.#withoutTarget(hasChoice);
    }
    for (const target of targets) {
      if (target.package.planned !== target && demand.kind !== "depends") continue;
      const outcome = this.#weigh(demand, alternative, target);
      if (outcome === "next-target") continue;
      if (outcome === "done" && !hasChoice) return "stop";
      break;
    }
    return "next";
  }

  /** Nothing can ever satisfy it. */
  #withoutTarget(hasChoice: boolean): Outcome {
    const node = this.#node;
    if (this.#plan.isMetFor(node, "current")) {
      // With a choice, that keeping it is well may come from another alternative.
      if (hasChoice) return "next";
      this.#state.isChanged = true;
      this.#plan.keep(node);
      return "stop";
    }
    this.#keepBack(hasChoice, () => {
      if (!hasChoice) this.#plan.remove(node);
    });
    return hasChoice ? "next" : "stop";
  }

  /** Either the package gives way to the target, or the target to the package. */
  #weigh(
    demand: Demand,
    alternative: Dependency,
    target: VersionNode,
  ): "done" | "next-target" | "next" {
    const state = this.#state;
    const [own, other] = [state.score(this.#node), state.score(target.package)];
    const isNew = demand.kind === "depends" && !this.#plan.hits(demand, alternative, "current");
    if (own > other && !isNew) return this.#overrule(demand, target.package);
    if (this.#node.isProtected) {
      if (!state.upgrade(target.package)) return "next-target";
      if (other > own) state.setScore(target.package, own);
      return "next";
    }
    const hasChoice = demand.alternatives.length > 1;
    this.#keepBack(hasChoice, () => this.#giveWay(alternative, hasChoice, other));
    return "done";
  }

  /** Keeps the package as it is; where that does not do, `otherwise`. */
  #keepBack(hasChoice: boolean, otherwise: () => void): void {
    const wasPlanned = this.#node.mode === "install";
    this.#plan.keep(this.#node);
    if (this.#plan.isBroken(this.#node)) otherwise();
    else {
      this.#last = "keep";
      if (hasChoice && wasPlanned) this.#install(this.#node, false);
    }
    this.#state.isChanged = true;
  }

  #giveWay(alternative: Dependency, hasChoice: boolean, otherScore: number): void {
    const [plan, node, state] = [this.#plan, this.#node, this.#state];
    if (state.upgrade(node)) return;
    if (!hasChoice) {
      plan.remove(node);
      if (this.#round > 1 && otherScore > state.score(node)) state.setScore(node, otherScore);
      return;
    }
    const target = plan.universe.node(alternative.name);
    if (target.current !== null || target.mode === "delete" || target.candidate === null) return;
    const before = plan.broken().length;
    const settles = plan.rules.keepsWhatAlternativeHelps;
    if (settles) this.#last = "keep";
    this.#install(target, true);
    if (!plan.isBroken(target) && plan.broken().length <= before) return;
    plan.remove(target);
    if (settles) this.#last = "remove";
  }

  /** The target is upgraded where that helps, else it is one for the list of those to go. */
  #overrule(demand: Demand, target: PackageNode): "next-target" | "next" {
    if (demand.kind === "breaks" && this.#plan.isMet(demand, "hoped")) {
      this.#install(target, false);
      return "next-target";
    }
    if (target.isProtected && target.mode !== "delete") return "next-target";
    this.#kills.push({ node: target, demand });
    return demand.kind === "depends" ? "next" : "next-target";
  }

  #applyKills(): void {
    const [plan, state] = [this.#plan, this.#state];
    for (const { node, demand } of this.#kills) {
      const isDone = plan.isMet(demand, "current")
        ? plan.keep(node)
        : demand.kind !== "depends" && plan.remove(node);
      if (isDone) state.isChanged = true;
      const own = state.score(this.#node);
      if ((isDone && this.#round <= 1) || own <= state.score(node)) continue;
      state.setScore(node, own);
      state.isChanged = true;
    }
  }

  #install(node: PackageNode, withNeeds: boolean): void {
    runSteps(install(this.#plan, node, { withNeeds, isAsked: false }));
  }
}
