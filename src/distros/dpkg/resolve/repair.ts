import type { PackageNode } from "./package-node.ts";
import type { Plan } from "./plan.ts";
import { install } from "./install.ts";
import { Investigation } from "./investigate.ts";
import { RepairState } from "./repair-state.ts";
import { runSteps } from "./steps.ts";

/** Source: apt-pkg/algorithms.cc, pkgProblemResolver::MaxCounter. */
const maxRounds = 20;

/**
 * Sets right what is broken in a plan: from the package that most depends on down to the least, what is broken is kept back or
 * removed, or what stands in its way is. Whether nothing is broken afterwards. Source: apt-pkg/algorithms.cc ResolveInternal.
 */
export function repair(plan: Plan, asked: ReadonlySet<PackageNode>): boolean {
  installBroken(plan);
  if (plan.broken().length === 0) return true;
  const state = new RepairState(plan, asked);
  for (let round = 0; round < maxRounds && state.isChanged; round++) {
    state.isChanged = false;
    for (const node of state.inOrder()) {
      if (state.mayReinstate(node)) reinstate(plan, state, node);
      if (node.planned === null || !plan.isBroken(node)) continue;
      new Investigation(state, node, round).run();
    }
  }
  return plan.broken().length === 0;
}

/** What is installed and was broken by the request is upgraded, if that can be. */
function installBroken(plan: Plan): void {
  for (let isAgain = true; isAgain;) {
    isAgain = false;
    for (const node of plan.universe.known) {
      if (node.mode === "install" || !plan.isBroken(node)) continue;
      runSteps(install(plan, node, { withNeeds: false, isAsked: false }));
      // install() changes it, which the compiler does not see.
      if ((node.mode as PackageNode["mode"]) === "install") isAgain = true;
    }
  }
}

/** Tries whether what was kept back can be taken after all. */
function reinstate(plan: Plan, state: RepairState, node: PackageNode): void {
  const before = plan.broken().length;
  state.forget(node);
  runSteps(install(plan, node, { withNeeds: false, isAsked: false }));
  if (plan.isBroken(node) || before < plan.broken().length) plan.keep(node);
}
