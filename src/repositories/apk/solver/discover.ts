import { namesOf, type NameState, type PackageState, type SolverState } from "./state.ts";
import { runWalk, type Walk } from "./walk.ts";

/**
 * Finds every name that a decision about `name` may come to: what its packages depend on, what comes by itself with them, and
 * so on. Later steps leave alone what was not seen here.
 */
export function discover(state: SolverState, name: NameState, places: Places): void {
  runWalk(state.generation === 2 ? walk2(state, name) : walk3(state, name, places));
}

/** The order in which generation 3 finds names; later ones are decided first. */
export interface Places {
  count: number;
}

function* walk2(state: SolverState, name: NameState): Walk {
  if (!begin(state, name)) return;
  for (const { package: offered } of name.offers) {
    if (enter(state, offered)) {
      for (const { name: needed } of offered.found.depends) {
        const below = state.nameOf(needed);
        if (!below.isSeen) yield walk2(state, below);
        offered.chain = Math.max(offered.chain, below.chain + 1);
      }
    }
    name.neverTriggers &&= offered.isTriggerFailed;
    name.chain = Math.max(name.chain, offered.chain);
  }
  for (const { package: offered } of name.offers) {
    for (const triggered of state.triggeredBy(offered.found.name)) {
      if (!triggered.isSeen) yield walk2(state, triggered);
    }
    for (const { name: provided } of offered.found.provides) {
      if (state.nameOf(provided).isSeen) continue;
      for (const triggered of state.triggeredBy(provided)) {
        if (!triggered.isSeen) yield walk2(state, triggered);
      }
    }
  }
}

function* walk3(state: SolverState, name: NameState, places: Places): Walk {
  if (!begin(state, name)) return;
  for (const { package: offered } of name.offers) {
    if (enter(state, offered)) yield* walkAll3(state, offered.found.depends, places);
    name.neverTriggers &&= offered.isTriggerFailed;
  }
  yield* walkAll3(state, state.triggeredBy(name.name), places);
  for (const { package: offered } of name.offers) {
    yield* walkAll3(state, state.triggeredBy(offered.found.name), places);
    yield* walkAll3(state, offered.found.provides, places);
  }
  name.place = ++places.count;
  for (const { package: offered } of name.offers) {
    yield* walkAll3(state, offered.found.installIf, places);
  }
}

function* walkAll3(
  state: SolverState,
  names: readonly { readonly name: string }[],
  places: Places,
): Walk {
  for (const { name } of names) {
    const next = state.nameOf(name);
    if (!next.isSeen) yield walk3(state, next, places);
  }
}

/** False when it was seen before. */
function begin(state: SolverState, name: NameState): boolean {
  if (name.isSeen) return false;
  state.step(1 + name.offers.length);
  name.isSeen = true;
  return true;
}

/** False when it was discovered before. Its names become dependents of what it needs. */
function enter(state: SolverState, offered: PackageState): boolean {
  if (offered.isDiscovered) return false;
  offered.isDiscovered = true;
  const names = [...namesOf(offered.found)].map((name) => state.nameOf(name));
  for (const { name: needed } of offered.found.depends) {
    const { dependents } = state.nameOf(needed);
    state.step(names.length);
    for (const name of names) dependents.add(name);
  }
  return true;
}
