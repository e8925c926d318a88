import type { NameState, SolverState } from "./state.ts";

/** Names that wait for a decision. */
export interface DecisionQueue {
  /** Puts a name in, moves it or takes it out, as its state says. `isNew`: whether it can be chosen by itself has changed. */
  update(name: NameState, isNew: boolean): void;
  remove(name: NameState): void;
  /** Takes out the name that is decided next. */
  take(): NameState | null;
}

/** Generation 2: one list; what has no choice left goes first, then by the rules of `isSooner`, then the newest. */
export function openQueue2(state: SolverState): DecisionQueue {
  const waiting = new Set<NameState>();
  return {
    update(name) {
      if (name.isLocked) return;
      if (name.requirers === 0 && !name.hasTriggered) waiting.delete(name);
      else waiting.add(name);
    },
    remove: (name) => void waiting.delete(name),
    take() {
      state.step(waiting.size);
      const newestFirst = [...waiting].reverse();
      const found =
        newestFirst.find(
          (name) => name.areDependentsDone && name.requirers > 0 && !name.hasOptions,
        ) ?? findSoonest(newestFirst);
      if (found !== null) waiting.delete(found);
      return found;
    },
  };
}

function findSoonest(names: readonly NameState[]): NameState | null {
  let best: NameState | null = null;
  for (const name of names) if (best === null || compareDecisions(name, best) < 0) best = name;
  return best;
}

/** Asked for, packages before what is only provided, above many others, required. Source: apk-tools 2.14 src/solver.c. */
function compareDecisions(a: NameState, b: NameState): number {
  return (
    Number(b.isAsked) - Number(a.isAsked) ||
    a.priority - b.priority ||
    b.chain - a.chain ||
    Number(b.requirers > 0) - Number(a.requirers > 0)
  );
}

/** Generation 3: what is decided already, then what can be chosen by itself, then the rest. Source: apk-tools 3 src/solver.c. */
export function openQueue3(state: SolverState): DecisionQueue {
  const decided = new Set<NameState>();
  const selectable = new PlacedNames();
  const others = new PlacedNames();
  const remove = (name: NameState): void => {
    if (!decided.delete(name) && !selectable.delete(name)) others.delete(name);
  };
  return {
    update(name, isNew) {
      if (name.isLocked || decided.has(name)) return;
      state.step();
      const isDecided = hasOneWay(name);
      if (selectable.has(name) || others.has(name)) {
        if (!isDecided && !isNew) return;
        remove(name);
      } else if (name.requirers === 0 && !name.hasTriggered && !name.isTriggerNeeded) return;
      if (isDecided) decided.add(name);
      else (name.isAutoSelectable ? selectable : others).add(name);
    },
    remove,
    take() {
      const [first = null] = decided;
      const found = first ?? selectable.first ?? others.first;
      if (found !== null) remove(found);
      return found;
    },
  };
}

function hasOneWay(name: NameState): boolean {
  return name.areDependentsDone && name.requirers > 0 && name.isAutoSelectable && !name.hasOptions;
}

/** Names in the order in which they are decided: what was not asked for, what is the name of a package, what was found last. */
class PlacedNames {
  /** The first one last, so that it is cheap to take. */
  readonly #names: NameState[] = [];
  readonly #known = new Set<NameState>();

  get first(): NameState | null {
    return this.#names.at(-1) ?? null;
  }

  has(name: NameState): boolean {
    return this.#known.has(name);
  }

  add(name: NameState): void {
    this.#known.add(name);
    this.#names.splice(this.#find(name), 0, name);
  }

  delete(name: NameState): boolean {
    if (!this.#known.delete(name)) return false;
    this.#names.splice(this.#find(name), 1);
    return true;
  }

  /** Where it is or belongs. No two have the same place. */
  #find(name: NameState): number {
    let [low, high] = [0, this.#names.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#names[middle];
      if (other !== undefined && comparePlaces(other, name) > 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function comparePlaces(a: NameState, b: NameState): number {
  return (
    Number(a.isAsked) - Number(b.isAsked) ||
    Number(b.isPackage) - Number(a.isPackage) ||
    b.place - a.place
  );
}
