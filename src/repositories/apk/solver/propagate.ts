import type { ApkDependency } from "../../../formats/apk/dependency.ts";
import type { DecisionQueue } from "./queue.ts";
import { namesOf, type NameState, type PackageState, type SolverState } from "./state.ts";

/** What is carried from a decision to the names that it touches. */
export class Propagation {
  readonly #state: SolverState;
  readonly #queue: DecisionQueue;

  constructor(state: SolverState, queue: DecisionQueue) {
    this.#state = state;
    this.#queue = queue;
  }

  /** Applies a relation of something chosen, or of the world with a tag when `by` is null. */
  apply(dependency: ApkDependency, by: PackageState | null): void {
    const name = this.#state.nameOf(dependency.name);
    this.#state.step(1 + name.offers.length);
    if (!dependency.isConflict && ++name.requirers === 1) this.#becameRequired(name);
    for (const offer of name.offers) {
      const { package: offered } = offer;
      const isGood = this.#state.isSatisfied(dependency, offer, by);
      if (isGood) this.inherit(offered, by, dependency.tag);
      else offered.conflicts++;
      if (offered.isSelectable && offered.conflicts > 0) this.disqualify(offered);
    }
  }

  /** Nobody depends on it by a relation of its own, but whatever is chosen will. */
  require(name: NameState, by: PackageState): void {
    name.requirers++;
    this.#becameRequired(name);
    for (const { package: offered } of name.offers) this.inherit(offered, by, null);
  }

  /** Lets a package come from the repositories from which what needs it may come; a world line prefers its own. */
  inherit(offered: PackageState, by: PackageState | null, tag: string | null): void {
    const { pool } = this.#state;
    for (const allowed of by === null ? [tag] : by.tags) offered.tags.add(allowed);
    if (by === null) {
      offered.isTagPreferred = (offered.allowedFrom & pool.repositoriesTagged(tag)) !== 0;
    }
    for (const allowed of offered.tags) {
      offered.isTagAllowed ||= (offered.allowedFrom & pool.repositoriesTagged(allowed)) !== 0;
    }
  }

  disqualify(excluded: PackageState): void {
    excluded.isSelectable = false;
    for (const name of namesOf(excluded.found)) this.touchDependents(this.#state.nameOf(name));
    this.touchTriggeredBy(excluded);
  }

  touchDependents({ dependents }: NameState): void {
    this.#state.step(dependents.size);
    for (const name of dependents) {
      if (!name.isSeen) continue;
      name.mustCheckDependencies = true;
      this.#touch(name);
    }
  }

  touchTriggered(trigger: string): void {
    for (const name of this.#state.triggeredBy(trigger)) {
      if (!name.isSeen || name.neverTriggers) continue;
      name.mustCheckTriggers = true;
      this.#touch(name);
    }
  }

  touchTriggeredBy({ found }: PackageState): void {
    for (const name of namesOf(found)) this.touchTriggered(name);
  }

  #becameRequired(name: NameState): void {
    this.#queue.update(name, false);
    this.touchTriggered(name.name);
    this.#touch(name);
  }

  #touch(name: NameState): void {
    if (name.isLocked || (name.requirers === 0 && !name.mustCheckTriggers)) return;
    this.#state.dirty.add(name);
  }
}
