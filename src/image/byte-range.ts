import type { FileHandle } from "node:fs/promises";

const chunkBytes = 1024 * 1024;

/** What watches the bytes while they are read. */
export interface RangeWatch {
  /** Every chunk, in order. */
  readonly onChunk: (chunk: Uint8Array) => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * A range of an open file as chunks of up to 1 MiB, each its own memory. Ends early when the file is shorter than
 * the range or the signal fires; `readBytes` tells. Throws the system's errors.
 */
export class ByteRange implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array> {
  readonly #handle: FileHandle;
  readonly #startBytes: number;
  readonly #lengthBytes: number;
  readonly #watch: RangeWatch;
  #readBytes = 0;

  constructor(
    handle: FileHandle,
    range: { readonly offsetBytes: number; readonly lengthBytes: number },
    watch: RangeWatch,
  ) {
    this.#handle = handle;
    this.#startBytes = range.offsetBytes;
    this.#lengthBytes = range.lengthBytes;
    this.#watch = watch;
  }

  get readBytes(): number {
    return this.#readBytes;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const left = Math.min(chunkBytes, this.#lengthBytes - this.#readBytes);
    if (left <= 0 || this.#watch.signal?.aborted === true) return { done: true, value: undefined };
    const buffer = Buffer.allocUnsafe(left);
    const position = this.#startBytes + this.#readBytes;
    const { bytesRead } = await this.#handle.read(buffer, 0, left, position);
    if (bytesRead === 0) return { done: true, value: undefined };
    const chunk = buffer.subarray(0, bytesRead);
    this.#readBytes += bytesRead;
    this.#watch.onChunk(chunk);
    return { done: false, value: chunk };
  }
}
