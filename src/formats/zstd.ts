import { constants, createZstdDecompress, zstdDecompressSync } from "node:zlib";
import { defaultBudgets } from "../model/budgets.ts";
import type { DecompressOptions } from "./compression.ts";
import { FormatError } from "./format-error.ts";
import { outputChunkBytes, runThrough } from "./inflate-stream.ts";
import { OverLimitError } from "./over-limit-error.ts";
import { asFormatError, RewindableSource, skipZeros } from "./rewindable-source.ts";
import { maxWindowLog, ZstdFrame } from "./zstd-frame.ts";

/** A frame up to this is inflated in one call: layers made for lazy pulling hold one frame per file. */
const smallFrameBytes = 256 * 1024;
const smallOutputBytes = 8 * 1024 * 1024;

const options = { params: { [constants.ZSTD_d_windowLogMax]: maxWindowLog } };

/**
 * Inflates Zstandard: any number of frames, skippable ones passed over; zero bytes behind the last are padding.
 * Throws FormatError for corrupt, truncated or other trailing data, and for a window above 128 MiB. Source: RFC 8878.
 */
export async function* unzstd(
  source: AsyncIterable<Uint8Array>,
  { zstdFrames: limit, chunkBytes }: DecompressOptions = defaultBudgets,
): AsyncGenerator<Uint8Array> {
  const input = new RewindableSource(source);
  for (let count = 0; !(await isAtEnd(input, count)); count++) {
    if (count >= limit) {
      throw new OverLimitError("zstd", { budget: "frames of a stream", limit, unit: "entries" });
    }
    const frame = new FrameInput(input);
    try {
      yield* inflateFrame(frame, chunkBytes);
    } catch (error) {
      throw asFormatError(error, "zstd", input);
    }
    // zlib may stop before the checksum was taken from the source, or at data behind a frame it finds whole.
    while ((await frame.next()).done !== true);
  }
}

async function isAtEnd(input: RewindableSource, framesBefore: number): Promise<boolean> {
  if (framesBefore > 0) return skipZeros(input);
  const first = await input.next();
  if (first.done === true) throw new FormatError("zstd", "there is no data at all", 0);
  input.rewind(input.offsetBytes - first.value.byteLength);
  return false;
}

async function* inflateFrame(
  frame: FrameInput,
  chunkSize = outputChunkBytes,
): AsyncGenerator<Uint8Array> {
  const start: Uint8Array[] = [];
  let startBytes = 0;
  while (startBytes <= smallFrameBytes) {
    const { done, value } = await frame.next();
    if (done === true) break;
    start.push(value);
    startBytes += value.byteLength;
  }
  if (frame.isSkippable) return;
  const whole = frame.isOver ? tryInflate(Buffer.concat(start)) : null;
  if (whole !== null) yield whole;
  else {
    const inflater = createZstdDecompress({ ...options, chunkSize });
    yield* runThrough(inflater, replay(start, frame));
  }
}

/** Null when the output is too big for one call. */
function tryInflate(bytes: Uint8Array): Uint8Array | null {
  try {
    return zstdDecompressSync(bytes, { ...options, maxOutputLength: smallOutputBytes });
  } catch (error) {
    const isTooLarge =
      error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
    if (isTooLarge) return null;
    throw error;
  }
}

async function* replay(
  start: readonly Uint8Array[],
  frame: FrameInput,
): AsyncGenerator<Uint8Array, undefined> {
  yield* start;
  for (;;) {
    const { done, value } = await frame.next();
    if (done === true) return;
    if (!frame.isSkippable) yield value;
  }
}

/** The bytes of one frame; ends where the frame ends. A source that ends before is a FormatError. */
class FrameInput implements AsyncIterator<Uint8Array> {
  readonly #input: RewindableSource;
  readonly #frame = new ZstdFrame();

  constructor(input: RewindableSource) {
    this.#input = input;
  }

  get isOver(): boolean {
    return this.#frame.isOver;
  }

  get isSkippable(): boolean {
    return this.#frame.isSkippable;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#frame.isOver) return { done: true, value: undefined };
    const { done, value } = await this.#input.next();
    const offset = this.#input.offsetBytes;
    if (done === true) throw new FormatError("zstd", "the compressed data ends too early", offset);
    let taken: number;
    try {
      taken = this.#frame.push(value);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      throw new FormatError("zstd", error.message, offset - value.byteLength);
    }
    this.#input.rewind(offset - value.byteLength + taken);
    return { done: false, value: value.subarray(0, taken) };
  }
}
