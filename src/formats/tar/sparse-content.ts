import type { Fragment } from "./sparse.ts";

/** Takes a piece of a file's content; false when no more of it is wanted. */
export type ContentSink = (bytes: Uint8Array) => boolean;

const zeros = new Uint8Array(64 * 1024);

/**
 * Lays the stored pieces of a sparse file out with zeros between them, in order, until the sink has enough:
 * a hole of a terabyte costs nothing when nobody looks at it.
 */
export class SparseContent {
  readonly #fragments: readonly Fragment[];
  readonly #realSizeBytes: number;
  readonly #sink: ContentSink;
  #isWanted = true;
  #index = 0;
  #insideBytes = 0;
  #positionBytes = 0;

  constructor(fragments: readonly Fragment[], realSizeBytes: number, sink: ContentSink) {
    this.#fragments = fragments;
    this.#realSizeBytes = realSizeBytes;
    this.#sink = sink;
  }

  /** The next stored bytes. */
  push(bytes: Uint8Array): boolean {
    let at = 0;
    while (at < bytes.byteLength && this.#isWanted) {
      const fragment = this.#fragments[this.#index];
      if (fragment === undefined) break;
      if (this.#insideBytes === fragment.lengthBytes) {
        this.#index++;
        this.#insideBytes = 0;
        continue;
      }
      this.#fill(fragment.offsetBytes + this.#insideBytes);
      const end = Math.min(bytes.byteLength, at + fragment.lengthBytes - this.#insideBytes);
      this.#give(bytes.subarray(at, end));
      this.#insideBytes += end - at;
      at = end;
    }
    return this.#isWanted;
  }

  /** All stored bytes were given: the hole at the end follows. */
  end(): void {
    this.#fill(this.#realSizeBytes);
  }

  #fill(untilBytes: number): void {
    while (this.#isWanted && this.#positionBytes < untilBytes) {
      this.#give(zeros.subarray(0, Math.min(zeros.byteLength, untilBytes - this.#positionBytes)));
    }
  }

  #give(bytes: Uint8Array): void {
    if (!this.#isWanted) return;
    this.#positionBytes += bytes.byteLength;
    this.#isWanted = this.#sink(bytes);
  }
}
