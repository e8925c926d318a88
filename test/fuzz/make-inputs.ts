import fc from "fast-check";
import type { Family } from "./family.ts";
import { mutate } from "./mutate.ts";
import { mixSeeds, Random } from "./random.ts";

/** Structured inputs are made in lots of this many, which share one seed. */
export const lotSize = 32;

/** Every input of a family by its index, the same for the same seed and the same real inputs. */
export class Inputs {
  readonly #family: Family;
  readonly #seed: number;
  readonly #real: readonly Uint8Array[];
  readonly #usual: readonly Uint8Array[];
  #lot = -1;
  #made: readonly Uint8Array[] = [];

  constructor(family: Family, seed: number, real: readonly Uint8Array[]) {
    this.#family = family;
    this.#seed = seed;
    this.#real = real;
    const { usualBytes = Infinity } = family;
    this.#usual = real.filter(({ byteLength }) => byteLength <= usualBytes);
  }

  /** By thirds: made and as it is, made and changed, real and changed. */
  at(index: number): Uint8Array {
    const random = new Random(mixSeeds(this.#seed, index));
    const made = this.#madeAt(index);
    if (index % 3 === 0) return made;
    // One in three, of which one in 66 may be large.
    const real = random.below(66) === 0 ? this.#real : this.#usual;
    const base = index % 3 === 2 ? (random.pick(real) ?? made) : made;
    const other = random.below(2) === 0 ? (random.pick(real) ?? made) : made;
    const changed = mutate(base, random, other);
    // One in four stays broken where the first check looks.
    return random.below(4) === 0 ? changed : (this.#family.repair?.(changed) ?? changed);
  }

  #madeAt(index: number): Uint8Array {
    const lot = Math.floor(index / lotSize);
    if (lot !== this.#lot) {
      const seed = mixSeeds(this.#seed, -2 - lot) | 0;
      this.#made = fc.sample(this.#family.made, { numRuns: lotSize, seed });
      this.#lot = lot;
    }
    return this.#made[index % lotSize] ?? new Uint8Array(0);
  }
}
