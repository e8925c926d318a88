import { FormatError } from "./format-error.ts";

/** How far back a source can go at least. A zlib stream holds two chunks of the source, each at most 1 MiB. */
const keptBytes = 4 * 1024 * 1024;

/**
 * Hands a source on and keeps the last chunks, so that what a decoder left unused behind the end of its data can
 * be read again. Chunks must not be changed after they were handed on.
 */
export class RewindableSource implements AsyncIterator<Uint8Array> {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #recent: Uint8Array[] = [];
  readonly #again: Uint8Array[] = [];
  #recentBytes = 0;
  #offsetBytes = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** How many bytes were handed on, less what was taken back. */
  get offsetBytes(): number {
    return this.#offsetBytes;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const again = this.#again.pop();
    const next =
      again === undefined ? await this.#source.next() : { done: false as const, value: again };
    if (next.done === true) return { done: true, value: undefined };
    this.#offsetBytes += next.value.byteLength;
    this.#recentBytes += next.value.byteLength;
    this.#recent.push(next.value);
    for (let first = this.#recent[0]; first !== undefined; first = this.#recent[0]) {
      if (this.#recentBytes - first.byteLength < keptBytes) break;
      this.#recentBytes -= first.byteLength;
      this.#recent.shift();
    }
    return { done: false, value: next.value };
  }

  /** Takes back everything from `offsetBytes` on; it comes again from `next`. No further back than `keptBytes`. */
  rewind(offsetBytes: number): void {
    while (this.#offsetBytes > offsetBytes) {
      const last = this.#recent.pop();
      if (last === undefined) throw new RangeError("Cannot rewind a source: too far back");
      const unused = Math.min(last.byteLength, this.#offsetBytes - offsetBytes);
      const used = last.byteLength - unused;
      if (used > 0) this.#recent.push(last.subarray(0, used));
      this.#again.push(last.subarray(used));
      this.#offsetBytes -= unused;
      this.#recentBytes -= unused;
    }
  }
}

/**
 * Reads padding up to the end of the source, or up to the first byte that is not zero, which `next` then gives.
 * Whether the source is over.
 */
export async function skipZeros(source: RewindableSource): Promise<boolean> {
  for (;;) {
    const { done, value } = await source.next();
    if (done === true) return true;
    const at = value.findIndex((byte) => byte !== 0);
    if (at < 0) continue;
    source.rewind(source.offsetBytes - value.byteLength + at);
    return false;
  }
}

/** Throws FormatError unless only padding is left in the source. */
export async function expectPadding(source: RewindableSource, format: string): Promise<void> {
  if (await skipZeros(source)) return;
  throw new FormatError(format, "other data follows the compressed data", source.offsetBytes);
}

/** An error of node:zlib as FormatError; anything else as it is. */
export function asFormatError(error: unknown, format: string, source: RewindableSource): unknown {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string")
    return error;
  const isTruncated = error.code === "Z_BUF_ERROR";
  if (!/^(?:Z_|ZSTD_error_)/.test(error.code)) return error;
  return isTruncated
    ? new FormatError(format, "the compressed data ends too early", source.offsetBytes)
    : new FormatError(format, `the compressed data is corrupt (${error.message})`);
}
