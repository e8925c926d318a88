import type { ApkDependency } from "../../../formats/apk/dependency.ts";
import type { PoolPackage } from "./pool.ts";
import { namesOf, type NameState, type PackageState, type SolverState } from "./state.ts";
import { runWalk, type Walk } from "./walk.ts";

/** Why a package is there: a line of the world when `by` is null. */
export interface Cause {
  readonly by: PackageState | null;
  readonly dependency: ApkDependency;
}

/** What there is at the end of a search. */
export interface Outcome {
  /** Everything that is installed then, with the first reason that was found for it. */
  readonly packages: ReadonlyMap<PackageState, Cause | null>;
  /** Relations that nothing satisfies. */
  readonly broken: readonly Cause[];
}

/**
 * Walks from the world over everything that was chosen; what was decided but is not reached stays away. Packages of `installed`
 * that are no longer reached stay only when something else was chosen for their name.
 * Source: apk-tools src/solver.c, generate_changeset.
 */
export function collectOutcome(
  state: SolverState,
  world: readonly ApkDependency[],
  installed: readonly PoolPackage[],
): Outcome {
  const packages = new Map<PackageState, Cause | null>();
  const broken: Cause[] = [];
  const done = new Set<NameState>();
  const triggers = (found: PoolPackage): readonly NameState[] =>
    [...namesOf(found)].flatMap((name) => state.triggeredBy(name));

  function* reach(dependency: ApkDependency, by: PackageState | null): Walk {
    const name = state.nameOf(dependency.name);
    if (!state.isSatisfied(dependency, name.chosen, by)) broken.push({ by, dependency });
    yield enter(name, { by, dependency });
  }

  function* enter(name: NameState, cause: Cause | null): Walk {
    if (done.has(name)) return;
    done.add(name);
    const chosen = name.chosen?.package ?? null;
    if (chosen === null || packages.has(chosen)) return;
    packages.set(chosen, cause);
    for (const own of namesOf(chosen.found)) done.add(state.nameOf(own));
    for (const dependency of chosen.found.depends) yield reach(dependency, chosen);
    for (const triggered of triggers(chosen.found)) yield* enterTriggered(triggered);
  }

  function* enterTriggered(name: NameState): Walk {
    const chosen = name.chosen?.package;
    if (chosen === undefined || !name.isSeen || done.has(name)) return;
    const holds = chosen.found.installIf.every((dependency) => {
      const other = state.nameOf(dependency.name);
      const isReached = done.has(other) || (dependency.isConflict && state.generation === 3);
      return isReached && state.isSatisfied(dependency, other.chosen, chosen);
    });
    const [dependency] = chosen.found.installIf;
    const by =
      dependency === undefined ? null : (state.nameOf(dependency.name).chosen?.package ?? null);
    if (holds) yield enter(name, dependency === undefined ? null : { by, dependency });
  }

  for (const dependency of world) runWalk(reach(dependency, null));
  for (const { name } of installed) runWalk(enter(state.nameOf(name), null));
  return { packages, broken };
}
