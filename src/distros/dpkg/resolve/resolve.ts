import type { InstalledPackage } from "../../../image/layer-facts.ts";
import type { DebLookup } from "./deb-lookup.ts";
import { aptRulesOf } from "./apt-rules.ts";
import { explainBroken } from "./explain.ts";
import { findAsked } from "./find-asked.ts";
import { dropUnneeded } from "./garbage.ts";
import { install } from "./install.ts";
import { Plan } from "./plan.ts";
import { describePlan } from "./describe-plan.ts";
import { repair } from "./repair.ts";
import type { DebProblem, DebResolution } from "./resolution.ts";
import { runSteps } from "./steps.ts";
import { TooManyPackages, Universe } from "./universe.ts";

/** What is asked of apt. */
export interface DebRequest {
  /** Names of packages, or of what exactly one package provides; in the order in which they are typed. */
  readonly names: readonly string[];
  readonly installed: readonly InstalledPackage[];
  /** `amd64`: packages of others are passed over. */
  readonly nativeArchitecture: string;
  /**
   * Installed packages that miss something already do not stop it. apt refuses then; but where no apt is (distroless), what was
   * left out was left out on purpose.
   */
  readonly toleratesBroken?: boolean;
  /** Whose rules are followed; those of the installed apt when absent, and of the newest one where none is installed. */
  readonly aptVersion?: string;
  /** How many packages it may look at. All of Debian are 100,000 names, an ordinary request looks at some hundred. */
  readonly maxPackages?: number;
}

const defaultMaxPackages = 50_000;

/**
 * What `apt-get install --no-install-recommends NAMES` does, step by step as the solver of the apt that is installed (2.6 to 3.0;
 * of 3.0 the one that it asks first). Pins are those of the index, and no installed package is there only for another: nothing is fetched, equal input gives equal output.
 */
export function resolveDebs(lookup: DebLookup, request: DebRequest): DebResolution {
  const maxPackages = request.maxPackages ?? defaultMaxPackages;
  try {
    const universe = new Universe({ ...request, lookup, maxPackages });
    const installed = request.installed.find(({ name }) => name === "apt");
    const rules = aptRulesOf(request.aptVersion ?? installed?.version ?? null);
    const plan = new Plan(universe, { rules, toleratesBroken: request.toleratesBroken === true });
    return resolveIn(plan, request.names);
  } catch (error) {
    if (!(error instanceof TooManyPackages)) throw error;
    return refusal([{ kind: "too-many-packages", limit: maxPackages }]);
  }
}

function resolveIn(plan: Plan, names: readonly string[]): DebResolution {
  const { nodes, problems } = findAsked(plan, names);
  if (problems.length > 0) return refusal(problems);
  const wasBroken = plan.broken();
  if (wasBroken.length > 0) return refusal(explainBroken(plan, wasBroken));
  for (const node of nodes) {
    node.isProtected = true;
    runSteps(install(plan, node, { withNeeds: false, isAsked: true }));
  }
  for (const node of nodes) runSteps(install(plan, node, { withNeeds: true, isAsked: true }));
  if (!repair(plan, new Set(nodes))) return refusal(explainBroken(plan, plan.broken()));
  dropUnneeded(plan);
  return describePlan(plan, nodes);
}

function refusal(problems: readonly DebProblem[]): DebResolution {
  return { added: [], changed: [], removed: [], problems, passedOver: [] };
}
