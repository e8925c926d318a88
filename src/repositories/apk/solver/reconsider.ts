import type { Propagation } from "./propagate.ts";
import type { DecisionQueue } from "./queue.ts";
import {
  namesOf,
  type NameState,
  type Offer,
  type PackageState,
  type SolverState,
} from "./state.ts";

/** The three of them that every step works with. */
export interface Solver {
  readonly state: SolverState;
  readonly queue: DecisionQueue;
  readonly propagation: Propagation;
}

/** Looks again at what a name can still be, and carries on what all of that has in common. */
export function reconsider(solver: Solver, name: NameState): void {
  const { mustCheckDependencies, mustCheckTriggers } = name;
  name.mustCheckDependencies = false;
  name.mustCheckTriggers = false;
  name.hasTriggered = false;
  name.neverTriggers = true;
  const options: Offer[] = [];
  for (const offer of name.offers) {
    const { package: offered } = offer;
    solver.state.step(1 + offered.found.depends.length + offered.found.provides.length);
    offered.isMerged = false;
    if (mustCheckDependencies && offered.isSelectable) checkDependencies(solver, offered);
    if (!offered.isSelectable) continue;
    if (mustCheckTriggers) checkTrigger(solver, offered);
    name.hasTriggered ||= offered.isTriggered;
    name.neverTriggers &&= offered.isTriggerFailed;
    if (name.requirers === 0) continue;
    offered.isMerged = true;
    options.push(offer);
  }
  finish(solver, name, options);
}

function finish(solver: Solver, name: NameState, options: readonly Offer[]): void {
  const isAutoSelectable =
    name.hasTriggered || options.some((offer) => canChooseUnnamed(solver, offer));
  const isNew = isAutoSelectable !== name.isAutoSelectable;
  name.isAutoSelectable = isAutoSelectable;
  name.hasOptions = options.length > 1 || options.some(({ package: one }) => !one.isTagAllowed);
  if (solver.state.generation === 2) solver.queue.update(name, isNew);
  const [first] = options;
  if (first !== undefined) {
    for (const { package: offered } of name.offers) offered.wasMerged = offered.isMerged;
    carryDependencies(solver, options);
    carryProvides(solver, name, options);
  }
  name.areDependentsDone = [...name.dependents].every((one) => !one.isSeen || one.isLocked);
  solver.state.step(name.dependents.size);
  if (solver.state.generation === 3) solver.queue.update(name, isNew);
}

/** A name without a version is taken for something only when somebody says which of its providers to take. */
export function canChooseUnnamed({ state }: Solver, { package: offered, version }: Offer): boolean {
  if (version !== null || offered.found.providerPriority !== 0) return true;
  return state.nameOf(offered.found.name).requirers > 0;
}

function checkDependencies({ state, propagation }: Solver, offered: PackageState): void {
  const canBe = offered.found.depends.every((dependency) => {
    const name = state.nameOf(dependency.name);
    state.step(1 + name.offers.length);
    if (name.isLocked) return state.isSatisfied(dependency, name.chosen, offered);
    if (name.requirers === 0 && state.isSatisfied(dependency, null, offered)) return true;
    return name.offers.some(
      (offer) => offer.package.isSelectable && state.isSatisfied(dependency, offer, offered),
    );
  });
  if (!canBe) propagation.disqualify(offered);
}

/** Whether `install_if` of a package holds, now that more is decided. */
function checkTrigger({ state, queue, propagation }: Solver, offered: PackageState): void {
  if (!offered.isTriggered && !offered.isTriggerFailed) {
    offered.isTriggered = true;
    for (const dependency of offered.found.installIf) {
      const name = state.nameOf(dependency.name);
      if (!name.isLocked) {
        offered.isTriggered = false;
        if (dependency.isConflict && state.generation === 3) {
          name.isTriggerNeeded = true;
          queue.update(name, false);
        }
        break;
      }
      if (!state.isSatisfied(dependency, name.chosen, offered)) {
        offered.isTriggered = false;
        offered.isTriggerFailed = true;
        break;
      }
    }
  }
  if (!offered.isTriggered) return;
  for (const { name } of offered.found.installIf) {
    propagation.inherit(offered, state.nameOf(name).chosen?.package ?? null, null);
  }
}

/** What every option depends on will be needed, whichever is chosen. */
function carryDependencies({ state, propagation }: Solver, options: readonly Offer[]): void {
  const [first, ...others] = options.map((offer) => offer.package);
  if (first === undefined) return;
  const needs = others.map(({ found }) => neededNames(found.depends));
  const done = new Set<string>();
  for (const dependency of first.found.depends) {
    if (dependency.isConflict || done.has(dependency.name)) continue;
    if (!needs.every((names) => names.has(dependency.name))) continue;
    done.add(dependency.name);
    if (others.length === 0) propagation.apply(dependency, first);
    else {
      const name = state.nameOf(dependency.name);
      if (name.requirers === 0) propagation.require(name, first);
    }
  }
}

function neededNames(depends: PackageState["found"]["depends"]): ReadonlySet<string> {
  return new Set(depends.filter((one) => !one.isConflict).map((one) => one.name));
}

/** What every option provides must be provided by one of them: others that provide it cannot be there beside them. */
function carryProvides(solver: Solver, name: NameState, options: readonly Offer[]): void {
  const [first, ...others] = options;
  if (first === undefined) return;
  const provided = others.map((offer) => namesOf(offer.package.found));
  for (const common of namesOf(first.package.found)) {
    if (!provided.every((names) => names.has(common))) continue;
    const isVirtual = options.some((offer) => versionOf(offer, common) === null);
    excludeOthers(solver, { common: solver.state.nameOf(common), name, isVirtual });
  }
}

/** In which version an option brings one of its names. */
function versionOf({ package: offered, version }: Offer, name: string): string | null {
  if (name === offered.found.name) return version;
  return offered.found.provides.find((one) => one.name === name)?.version ?? null;
}

function excludeOthers(
  { state, propagation }: Solver,
  rule: { readonly common: NameState; readonly name: NameState; readonly isVirtual: boolean },
): void {
  const { common, name, isVirtual } = rule;
  if (common === name) return;
  for (const { package: offered, version } of common.offers) {
    const { found } = offered;
    state.step(1 + found.provides.length);
    if (found.name === name.name || !offered.isSelectable) continue;
    if (isVirtual && version === null) continue;
    const isBeside = found.provides.some(
      (one) => one.name === name.name || (isVirtual && one.version === null),
    );
    if (!isBeside) propagation.disqualify(offered);
  }
}
