/**
 * One piece of memory that is used again and again, for work that is done one after another: pieces of megabytes that are let go of
 * lie about, their pages touched, until they are collected. Whoever takes it has it alone; what is in it is left from before.
 */
export class SpareMemory {
  readonly #sizeBytes: number;
  #spare: Buffer | null = null;

  constructor(sizeBytes: number) {
    this.#sizeBytes = sizeBytes;
  }

  /** Pages of it that are never written to take no memory. */
  take(): Buffer {
    const taken = this.#spare ?? Buffer.allocUnsafeSlow(this.#sizeBytes);
    this.#spare = null;
    return taken;
  }

  /** Not to be used by the giver any more. */
  giveBack(memory: Buffer): void {
    this.#spare = memory;
  }
}
