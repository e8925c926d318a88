import { blockBytes } from "./block.ts";

/** Gathers whole 512-byte blocks from chunks of any length, without a copy where a chunk holds one whole. */
export class BlockBuffer {
  readonly #bytes = new Uint8Array(blockBytes);
  #filledBytes = 0;

  /** Whether no block is begun. */
  get isEmpty(): boolean {
    return this.#filledBytes === 0;
  }

  /** Takes from the chunk at `at`, at least one byte. `whole` is valid until the next call; null: not whole yet. */
  take(
    chunk: Uint8Array,
    at: number,
  ): { readonly takenBytes: number; readonly whole: Uint8Array | null } {
    if (this.#filledBytes === 0 && chunk.byteLength - at >= blockBytes) {
      return { takenBytes: blockBytes, whole: chunk.subarray(at, at + blockBytes) };
    }
    const part = chunk.subarray(at, at + blockBytes - this.#filledBytes);
    this.#bytes.set(part, this.#filledBytes);
    this.#filledBytes = (this.#filledBytes + part.byteLength) % blockBytes;
    return { takenBytes: part.byteLength, whole: this.#filledBytes === 0 ? this.#bytes : null };
  }
}
