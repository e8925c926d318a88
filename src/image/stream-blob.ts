import { FormatError } from "../formats/format-error.ts";
import { toFailure } from "../formats/over-limit-error.ts";
import type { TarHandler } from "../formats/tar/tar-handler.ts";
import { TarReader } from "../formats/tar/tar-reader.ts";
import type { Digest } from "../model/digest.ts";
import { failed, success, type Failure, type Result } from "../model/failure.ts";
import type { BlobLayer } from "./image.ts";
import { collectYoung } from "./young-memory.ts";
import { cancelled, malformedWhole, type LayerContext } from "./layer-context.ts";
import { systemFailure } from "./system-failure.ts";
import { BlobUnpacker, type Unpacking } from "./unpack-blob.ts";

/** Who looks at the entries of a layer. */
export interface BlobHandler extends TarHandler {
  /**
   * Told before each piece of the stream how many bytes of content may be looked at so far, holes included: a header of
   * 512 bytes can stand for a terabyte of zeros.
   */
  allowBytes(maxBytes: number): void;
  /** No more entries come; what is still open is given back. */
  release(): void;
}

/** A stream whose bytes were those of its layer, as far as that can be told. */
export interface StreamedBlob {
  /** Null where the stream was not read to its end; the handler was told why. */
  readonly diffId: Digest | null;
  readonly uncompressedBytes: number;
}

export type StreamContext = Pick<
  LayerContext,
  "where" | "budgets" | "signal" | "onProgress" | "unpacking"
>;

/**
 * One pass over a tar stream in a file: hashes, inflates, shows the entries to the handler. A digest or diffId that does
 * not match, a file that changed meanwhile or cannot be read, and the signal are failures of the whole; a stream that
 * breaks off is told to the handler.
 */
export async function streamBlob(
  layer: BlobLayer,
  handler: BlobHandler,
  context: StreamContext,
): Promise<Result<StreamedBlob>> {
  const { signal, onProgress, unpacking, budgets } = context;
  const unpacker = unpacking ?? new BlobUnpacker(layer, { signal, onProgress, budgets });
  try {
    return await readStream(layer, handler, { ...context, unpacking: unpacker });
  } catch (error) {
    return failed(systemFailure(error, layer.file, null));
  } finally {
    await unpacker.close();
  }
}

async function readStream(
  layer: BlobLayer,
  handler: BlobHandler,
  context: StreamContext & { readonly unpacking: Unpacking },
): Promise<Result<StreamedBlob>> {
  const { where, signal, unpacking } = context;
  const inflated = await inflate(unpacking, context, handler);
  handler.release();
  const sums = await unpacking.finish();
  if (sums === null || signal?.aborted === true) return failed(cancelled(where));

  const diffId = inflated.isWhole ? sums.unpacked : null;
  const { readBytes, isChanged } = sums;
  const wrong = findMismatch(layer, { readBytes, digest: sums.stored ?? diffId, diffId });
  if (wrong !== null) return failed(malformedWhole(where, "layer", wrong));
  // Where a digest was verified the bytes were right, whatever happened to the file.
  if (isChanged && layer.digest === null)
    return failed(malformedWhole(where, "file", "it changed while it was read"));
  return success({ diffId, uncompressedBytes: inflated.bytes });
}

/** What was found out; null where the stream was not read to its end. */
interface Found {
  readonly readBytes: number;
  readonly digest: Digest | null;
  readonly diffId: Digest | null;
}

/** Why the bytes are not those of the layer, or null. */
function findMismatch(layer: BlobLayer, found: Found): string | null {
  const isRead = found.diffId !== null || (layer.digest !== null && found.digest !== null);
  if (isRead && found.readBytes < layer.lengthBytes) {
    return `the file holds ${found.readBytes} of its ${layer.lengthBytes} bytes`;
  }
  if (layer.digest !== null && found.digest !== null && layer.digest !== found.digest) {
    return `its digest is ${found.digest}, expected ${layer.digest}`;
  }
  if (layer.diffId !== null && found.diffId !== null && layer.diffId !== found.diffId) {
    return `its uncompressed bytes have the digest ${found.diffId}, expected ${layer.diffId}`;
  }
  return null;
}

/** Reads the archive. `isWhole`: the stream came to its end. */
async function inflate(
  unpacking: Unpacking,
  context: StreamContext,
  handler: BlobHandler,
): Promise<{ readonly isWhole: boolean; readonly bytes: number }> {
  const { where, budgets, signal } = context;
  const tar = new TarReader({ handler, where, maxEntries: budgets.entries, budgets });
  let bytes = 0;
  try {
    for await (const chunk of unpacking.chunks()) {
      collectYoung(chunk.byteLength);
      if (signal?.aborted === true) return { isWhole: false, bytes };
      bytes += chunk.byteLength;
      handler.allowBytes(Math.max(budgets.ratioFloorBytes, budgets.ratio * unpacking.readBytes));
      tar.push(chunk);
      const over = findOverrun(bytes, unpacking.readBytes, context);
      if (over !== null) handler.problem(over);
      // The budget of entries is used up: the rest is not worth the time it takes.
      if (over !== null || tar.isOverLimit) return { isWhole: false, bytes };
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    if (signal?.aborted === true) return { isWhole: false, bytes };
    handler.problem(toFailure(error, where, null));
    tar.end();
    return { isWhole: false, bytes };
  }
  tar.end();
  return { isWhole: true, bytes };
}

function findOverrun(bytes: number, storedBytes: number, context: StreamContext): Failure | null {
  const { inflatedBytes, ratio, ratioFloorBytes } = context.budgets;
  const [what, where] = [context.where, null];
  if (bytes > inflatedBytes) {
    const budget = "uncompressed size";
    return { kind: "over-limit", what, where, budget, limit: inflatedBytes, unit: "bytes" };
  }
  if (bytes > ratioFloorBytes && bytes > ratio * storedBytes) {
    const budget = "compression ratio";
    return { kind: "over-limit", what, where, budget, limit: ratio, unit: "ratio" };
  }
  return null;
}
