import { FormatError } from "../formats/format-error.ts";
import { TarReader } from "../formats/tar/tar-reader.ts";
import type { Digest } from "../model/digest.ts";
import { failed, success, type Failure, type Result } from "../model/failure.ts";
import type { BlobLayer } from "./image.ts";
import {
  cancelled,
  malformedWhole,
  type LayerContext,
  type LayerReading,
} from "./layer-context.ts";
import { LayerPass } from "./layer-pass.ts";
import { Sections } from "./sections.ts";
import { systemFailure } from "./system-failure.ts";
import { BlobUnpacker, type Unpacking } from "./unpack-blob.ts";

/** One pass over a tar stream in a file. See `readLayer`. */
export async function readBlob(
  layer: BlobLayer,
  context: LayerContext,
): Promise<Result<LayerReading>> {
  const { signal, onProgress, unpacking } = context;
  const unpacker = unpacking ?? new BlobUnpacker(layer, { signal, onProgress });
  try {
    return await readStream(layer, unpacker, context);
  } catch (error) {
    return failed(systemFailure(error, layer.file, null));
  } finally {
    await unpacker.close();
  }
}

async function readStream(
  layer: BlobLayer,
  unpacking: Unpacking,
  context: LayerContext,
): Promise<Result<LayerReading>> {
  const { where, signal } = context;
  const sections = new Sections(context);
  const pass = new LayerPass(sections, where, context.budgets);
  const inflated = await inflate(unpacking, context, pass);
  pass.release();
  const sums = await unpacking.finish();
  if (sums === null || signal?.aborted === true) return failed(cancelled(where));

  const diffId = inflated.isWhole ? sums.unpacked : null;
  const { readBytes, isChanged } = sums;
  const wrong = findMismatch(layer, { readBytes, digest: sums.stored ?? diffId, diffId });
  if (wrong !== null) return failed(malformedWhole(where, "layer", wrong));
  // Where a digest was verified the bytes were right, whatever happened to the file.
  if (isChanged && layer.digest === null)
    return failed(malformedWhole(where, "file", "it changed while it was read"));
  const facts = {
    diffId,
    compressedBytes: layer.compression === "none" ? null : layer.lengthBytes,
    uncompressedBytes: inflated.bytes,
    entries: pass.entries,
    ...sections.toFacts(),
    failures: pass.failures,
  };
  return success({ facts, elfLines: sections.elfLines.toBytes() });
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
  context: LayerContext,
  pass: LayerPass,
): Promise<{ readonly isWhole: boolean; readonly bytes: number }> {
  const { where, budgets, signal } = context;
  const tar = new TarReader({ handler: pass, where, maxEntries: budgets.entries });
  let bytes = 0;
  try {
    for await (const chunk of unpacking.chunks()) {
      if (signal?.aborted === true) return { isWhole: false, bytes };
      bytes += chunk.byteLength;
      pass.allowBytes(Math.max(budgets.ratioFloorBytes, budgets.ratio * unpacking.readBytes));
      tar.push(chunk);
      const over = findOverrun(bytes, unpacking.readBytes, context);
      if (over !== null) pass.problem(over);
      // The budget of entries is used up: the rest is not worth the time it takes.
      if (over !== null || tar.isOverLimit) return { isWhole: false, bytes };
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    if (signal?.aborted === true) return { isWhole: false, bytes };
    const { format, message: reason, offsetBytes } = error;
    pass.problem({ kind: "malformed", what: where, where: null, format, reason, offsetBytes });
    tar.end();
    return { isWhole: false, bytes };
  }
  tar.end();
  return { isWhole: true, bytes };
}

function findOverrun(bytes: number, storedBytes: number, context: LayerContext): Failure | null {
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
