import type { FileHandle } from "node:fs/promises";
import { Arrival } from "./arrival.ts";

const chunkBytes = 1024 * 1024;

/** What watches the bytes while they are read. */
export interface RangeWatch {
  /** Every chunk, in order. */
  readonly onChunk: (chunk: Uint8Array) => void;
  readonly signal: AbortSignal | undefined;
}

/** Which bytes of the file; `arriving` where they are still being written, see `Arrival`. */
export interface FileRange {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
  readonly arriving?: SharedArrayBuffer;
}

/**
 * A range of an open file as chunks of up to 1 MiB, each its own memory. Ends early when the file is shorter than
 * the range or the signal fires; `readBytes` tells. Throws the system's errors.
 */
export class ByteRange implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array> {
  readonly #handle: FileHandle;
  readonly #startBytes: number;
  readonly #lengthBytes: number;
  readonly #arrival: Arrival | null;
  readonly #watch: RangeWatch;
  #readBytes = 0;

  constructor(handle: FileHandle, range: FileRange, watch: RangeWatch) {
    this.#handle = handle;
    this.#startBytes = range.offsetBytes;
    this.#lengthBytes = range.lengthBytes;
    this.#arrival = range.arriving === undefined ? null : new Arrival(range.arriving);
    this.#watch = watch;
  }

  get readBytes(): number {
    return this.#readBytes;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const there = await this.#waitForMore();
    const left = Math.min(chunkBytes, there - this.#readBytes);
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

  /** How many bytes of the range can be read now: more than were read, or all that will ever come. */
  async #waitForMore(): Promise<number> {
    if (this.#arrival === null || this.#readBytes >= this.#lengthBytes) return this.#lengthBytes;
    const available = await this.#arrival.waitBeyond(this.#startBytes + this.#readBytes);
    return Math.min(this.#lengthBytes, available - this.#startBytes);
  }
}
