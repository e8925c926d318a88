import type { ApkDependency } from "../../../formats/apk/dependency.ts";
import { discover } from "./discover.ts";
import type { ApkGeneration, Pool } from "./pool.ts";
import { compareOffers } from "./prefer.ts";
import { Propagation } from "./propagate.ts";
import { openQueue2, openQueue3 } from "./queue.ts";
import { canChooseUnnamed, reconsider, type Solver } from "./reconsider.ts";
import { SolverState, type NameState, type Offer } from "./state.ts";

/** What is wanted of the whole system. */
export interface Wish {
  /** Every line of the world, the names that are asked for among them. */
  readonly world: readonly ApkDependency[];
  /** Names that are asked for now. */
  readonly asked: ReadonlySet<string>;
  readonly generation: ApkGeneration;
}

/**
 * Decides for every name that matters which package brings it, as `apk add` does: it carries what is certain as far as it goes,
 * then decides the next name, and never takes a decision back. Throws StepsUsedUp.
 * Source: apk-tools 2.14 and 3 src/solver.c; apk-world(5).
 */
export function solve(pool: Pool, wish: Wish): SolverState {
  const state = new SolverState(pool, wish.generation);
  const queue = wish.generation === 2 ? openQueue2(state) : openQueue3(state);
  const solver: Solver = { state, queue, propagation: new Propagation(state, queue) };
  for (const asked of wish.asked) state.nameOf(asked).isAsked = true;
  const world = sortWorld(wish.world);
  const places = { count: 0 };
  for (const { name } of world) discover(state, state.nameOf(name), places);
  for (const dependency of world) solver.propagation.apply(dependency, null);
  for (;;) {
    // A set goes on with what is put into it meanwhile.
    for (const name of state.dirty) {
      state.dirty.delete(name);
      reconsider(solver, name);
    }
    const name = queue.take();
    if (name === null) return state;
    decide(solver, name);
  }
}

/** By name, case aside: the order in which apk keeps the world. */
export function sortWorld(world: readonly ApkDependency[]): readonly ApkDependency[] {
  const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
  return world.toSorted(
    (a, b) => compare(a.name.toLowerCase(), b.name.toLowerCase()) || compare(a.name, b.name),
  );
}

function decide(solver: Solver, name: NameState): void {
  const { state, propagation } = solver;
  const best = findBest(solver, name);
  if (best === null) {
    if (name.requirers > 0) state.missing.push(name);
    lock(solver, name, null);
    return;
  }
  const { package: chosen } = best;
  if (!chosen.isSelectable || !chosen.isTagAllowed) state.forced.push(chosen);
  const { found } = chosen;
  const own = { package: chosen, version: found.version };
  lock(solver, state.nameOf(found.name), own);
  for (const { name: provided, version } of found.provides) {
    lock(solver, state.nameOf(provided), { package: chosen, version });
  }
  for (const dependency of found.depends) propagation.apply(dependency, chosen);
}

function findBest(solver: Solver, name: NameState): Offer | null {
  const { state } = solver;
  if (name.requirers === 0 && !name.hasTriggered) return null;
  state.step(name.offers.length);
  let best: Offer | null = null;
  for (const offer of name.offers) {
    const { isTriggered, isTagAllowed, isSelectable } = offer.package;
    const isReady = isTriggered && isTagAllowed && (isSelectable || state.generation === 2);
    if (name.requirers === 0 && !isReady) continue;
    if (!canChooseUnnamed(solver, offer)) continue;
    if (best === null || compareOffers(offer, best, state.generation) > 0) best = offer;
  }
  return best;
}

/** Decides a name for good: everything else that would bring it is out, unless both do so without a version. */
function lock({ state, queue, propagation }: Solver, name: NameState, offer: Offer | null): void {
  const version = offer?.version ?? null;
  if (name.isLocked) {
    const { chosen } = name;
    if (version === null && (chosen?.version ?? null) === null) return;
    if (offer !== null && chosen !== null) {
      state.clashes.push({ package: offer.package, with: chosen.package, name: name.name });
    } else if (offer !== null) state.forced.push(offer.package);
    return;
  }
  name.isLocked = true;
  name.chosen = offer;
  state.dirty.delete(name);
  queue.remove(name);
  if (state.generation === 3 && offer !== null)
    applyTrigger({ state, queue, propagation }, name, offer);
  state.step(name.offers.length);
  for (const other of name.offers) {
    if (other.package === offer?.package) continue;
    if (version === null && other.version === null) continue;
    propagation.disqualify(other.package);
  }
  propagation.touchDependents(name);
  if (offer === null) propagation.touchTriggered(name.name);
  else propagation.touchTriggeredBy(offer.package);
}

/** What comes by itself holds those in place for which it came. */
function applyTrigger(
  { state, propagation }: Solver,
  name: NameState,
  { package: chosen }: Offer,
): void {
  if (name.requirers > 0 || !chosen.isTriggered) return;
  for (const dependency of chosen.found.installIf) {
    if (!state.nameOf(dependency.name).isLocked) propagation.apply(dependency, chosen);
  }
}
