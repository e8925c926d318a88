import { failed, type Result } from "../model/failure.ts";
import type { LayerFacts } from "./layer-facts.ts";

/** A layer that was read. */
interface Counted {
  readonly facts: Pick<LayerFacts, "entries">;
}

/** Counts the entries of the layers of one image, bottom first, against `imageEntries`. */
export class EntryCount {
  readonly #limit: number;
  #entries = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The layer, or an `over-limit` failure of it and of every one above that has entries. */
  add<Read extends Counted>(layer: Result<Read>, where: string): Result<Read> {
    if (!layer.ok) return layer;
    const count = layer.value.facts.entries.length;
    this.#entries += count;
    if (count === 0 || this.#entries <= this.#limit) return layer;
    const [budget, limit] = ["entries of all layers", this.#limit];
    return failed({ kind: "over-limit", what: where, where: null, budget, limit, unit: "entries" });
  }
}
