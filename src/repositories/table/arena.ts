const slabBytes = 1024 * 1024;

/**
 * Holds copies of small pieces in slabs of its own. Buffers of Node's share pieces of 8 KB with whatever else is made meanwhile: one
 * that is kept keeps all of those.
 */
export class Arena {
  #slab = Buffer.alloc(0);
  #used = 0;

  /** A copy, valid as long as anybody has it. */
  copy(bytes: Uint8Array): Uint8Array {
    if (this.#used + bytes.length > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(Math.max(slabBytes, bytes.length));
      this.#used = 0;
    }
    const copy = this.#slab.subarray(this.#used, this.#used + bytes.length);
    copy.set(bytes);
    this.#used += bytes.length;
    return copy;
  }
}
