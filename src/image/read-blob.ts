import { createHash, type Hash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import { decompress } from "../formats/compression.ts";
import { FormatError } from "../formats/format-error.ts";
import { TarReader } from "../formats/tar/tar-reader.ts";
import type { Digest } from "../model/digest.ts";
import { failed, success, type Failure, type Result } from "../model/failure.ts";
import { ByteRange } from "./byte-range.ts";
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

/** One pass over a tar stream in a file. See `readLayer`. */
export async function readBlob(
  layer: BlobLayer,
  context: LayerContext,
): Promise<Result<LayerReading>> {
  let handle: FileHandle | null = null;
  try {
    handle = await open(layer.file, "r");
    const before = await handle.stat({ bigint: true });
    const result = await readStream(layer, handle, context);
    const after = await handle.stat({ bigint: true });
    const isChanged = before.size !== after.size || before.mtimeNs !== after.mtimeNs;
    // Where a digest was verified the bytes were right, whatever happened to the file.
    if (result.ok && isChanged && layer.digest === null)
      return failed(malformedWhole(context.where, "file", "it changed while it was read"));
    return result;
  } catch (error) {
    return failed(systemFailure(error, layer.file, null));
  } finally {
    await handle?.close();
  }
}

async function readStream(
  layer: BlobLayer,
  handle: FileHandle,
  context: LayerContext,
): Promise<Result<LayerReading>> {
  const { where, signal } = context;
  // The bytes of a layer that is not compressed are hashed once.
  const isSame =
    layer.compression === "none" && algorithmOf(layer.digest) === algorithmOf(layer.diffId);
  const stored = isSame ? null : startHash(layer.digest);
  const unpacked = startHash(layer.diffId);
  const range = new ByteRange(handle, layer, {
    signal,
    onChunk: (chunk) => {
      stored?.update(chunk);
      context.onProgress(range.readBytes);
    },
  });
  const sections = new Sections(context);
  const pass = new LayerPass(sections, where, context.budgets);
  const inflated = await inflate(layer, range, { context, pass, unpacked });
  pass.release();
  // The digest is of all bytes, whatever could be made of them.
  if (stored !== null && layer.digest !== null) for await (const _ of range);
  if (signal?.aborted === true) return failed(cancelled(where));

  const diffId = toDigest(unpacked, layer.diffId);
  const digest = stored === null ? diffId : toDigest(stored, layer.digest);
  const isDigestKnown = stored !== null || inflated.isWhole;
  const wrong = findMismatch(layer, {
    readBytes: range.readBytes,
    digest: isDigestKnown ? digest : null,
    diffId: inflated.isWhole ? diffId : null,
  });
  if (wrong !== null) return failed(malformedWhole(where, "layer", wrong));
  const facts = {
    diffId: inflated.isWhole ? diffId : null,
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

interface Sinks {
  readonly context: LayerContext;
  readonly pass: LayerPass;
  readonly unpacked: Hash;
}

/** Inflates, hashes and reads the archive. `isWhole`: the stream came to its end. */
async function inflate(
  layer: BlobLayer,
  range: ByteRange,
  { context, pass, unpacked }: Sinks,
): Promise<{ readonly isWhole: boolean; readonly bytes: number }> {
  const { where, budgets, signal } = context;
  const tar = new TarReader({ handler: pass, where, maxEntries: budgets.entries });
  let bytes = 0;
  try {
    for await (const chunk of decompress(layer.compression, range)) {
      if (signal?.aborted === true) return { isWhole: false, bytes };
      bytes += chunk.byteLength;
      unpacked.update(chunk);
      pass.allowBytes(Math.max(budgets.ratioFloorBytes, budgets.ratio * range.readBytes));
      tar.push(chunk);
      const over = findOverrun(bytes, range.readBytes, context);
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

function algorithmOf(expected: Digest | null): "sha256" | "sha512" {
  return expected?.startsWith("sha512:") === true ? "sha512" : "sha256";
}

function startHash(expected: Digest | null): Hash {
  return createHash(algorithmOf(expected));
}

function toDigest(hash: Hash, expected: Digest | null): Digest {
  return `${algorithmOf(expected)}:${hash.digest("hex")}`;
}
