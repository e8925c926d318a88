import type { Catalogue, OpenBase } from "../../catalogue/catalogue.ts";
import { mergeLayers, type MergedRootfs } from "../../image/merge.ts";
import type { Failure } from "../../model/failure.ts";

/** A base of the catalogue with its root, merged when somebody looks. */
export interface OpenedBase {
  readonly base: OpenBase;
  readonly rootfs: MergedRootfs;
}

/** Opens bases of a catalogue, each once; what cannot be opened is told and left out. */
export class BaseOpener {
  readonly failures: Failure[] = [];
  readonly #catalogue: Catalogue;
  readonly #opened = new Map<string, OpenedBase | null>();

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
  }

  async open(id: string, platform: string): Promise<OpenedBase | null> {
    const key = `${id} ${platform}`;
    const known = this.#opened.get(key);
    if (known !== undefined) return known;
    const result = await this.#catalogue.open(id, platform);
    if (!result.ok) this.failures.push(result.failure);
    const opened = result.ok ? withRoot(result.value) : null;
    this.#opened.set(key, opened);
    return opened;
  }
}

function withRoot(base: OpenBase): OpenedBase {
  let merged: MergedRootfs | null = null;
  return {
    base,
    get rootfs() {
      merged ??= mergeLayers(base.layers, base.elf);
      return merged;
    },
  };
}
