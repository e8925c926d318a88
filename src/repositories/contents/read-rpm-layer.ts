import { createHash } from "node:crypto";
import { FormatError } from "../../formats/format-error.ts";
import { OverLimitError, toFailure } from "../../formats/over-limit-error.ts";
import type { RpmFileEntry } from "../../formats/rpm/file-entries.ts";
import type { BlobLayer } from "../../image/image.ts";
import { layerBudgets, type LayerBudgets } from "../../image/layer-budgets.ts";
import { cancelled, malformedWhole, type LayerReading } from "../../image/layer-context.ts";
import { LayerPass } from "../../image/layer-pass.ts";
import { readers } from "../../image/readers/list.ts";
import { Sections } from "../../image/sections.ts";
import { systemFailure } from "../../image/system-failure.ts";
import { BlobUnpacker } from "../../image/unpack-blob.ts";
import { collectYoung } from "../../image/young-memory.ts";
import type { Digest } from "../../model/digest.ts";
import { failed, success, type Result } from "../../model/failure.ts";
import type { ReadPackageOptions } from "./package-contents.ts";
import { RpmPayload } from "./rpm-payload.ts";

export interface RpmLayerOptions extends ReadPackageOptions {
  /** The package by its name, for failures. */
  readonly where: string;
  /** Of the header, which says what the payload means. */
  readonly headerDigest: Digest;
  readonly budgets?: Partial<LayerBudgets>;
}

/**
 * One pass over the payload of a package, in the way of `readLayer`: `diffId` is a digest of header and uncompressed payload, null
 * where that was not whole; then the reason is among the failures. Fails for the signal and for a file that cannot be read.
 */
export async function readRpmLayer(
  layer: BlobLayer,
  files: readonly RpmFileEntry[],
  options: RpmLayerOptions,
): Promise<Result<LayerReading>> {
  const { where, headerDigest, signal, known = { get: () => null } } = options;
  const budgets = { ...layerBudgets, ...options.budgets };
  const sections = new Sections({ readers, where, known, budgets });
  const pass = new LayerPass(sections, where, budgets);
  const unpacker = new BlobUnpacker(layer, { signal, onProgress: () => undefined, budgets });
  try {
    const payload = new RpmPayload(files, pass);
    const { isWhole, bytes } = await unpack(unpacker, { payload, pass, budgets, where, signal });
    pass.release();
    const sums = await unpacker.finish();
    if (sums === null || signal?.aborted === true) return failed(cancelled(where));
    if (sums.isChanged) {
      return failed(malformedWhole(where, "file", "it changed while it was read"));
    }
    const facts = {
      diffId: isWhole ? joinDigests(headerDigest, sums.unpacked) : null,
      compressedBytes: layer.compression === "none" ? null : layer.lengthBytes,
      uncompressedBytes: bytes,
      entries: pass.entries,
      ...sections.toFacts(),
      failures: pass.failures,
    };
    return success({ facts, elfLines: sections.elfLines.toBytes() });
  } catch (error) {
    return failed(systemFailure(error, layer.file, null));
  } finally {
    await unpacker.close();
  }
}

function joinDigests(header: Digest, payload: Digest): Digest {
  return `sha256:${createHash("sha256").update(`rpm\n${header}\n${payload}\n`).digest("hex")}`;
}

interface UnpackParts {
  readonly payload: RpmPayload;
  readonly pass: LayerPass;
  readonly budgets: LayerBudgets;
  readonly where: string;
  readonly signal: AbortSignal | undefined;
}

/** Shows the files to the readers; what stops it early is told to the pass. */
async function unpack(
  unpacker: BlobUnpacker,
  { payload, pass, budgets, where, signal }: UnpackParts,
): Promise<{ readonly isWhole: boolean; readonly bytes: number }> {
  let bytes = 0;
  try {
    for await (const chunk of unpacker.chunks()) {
      collectYoung(chunk.byteLength);
      if (signal?.aborted === true) return { isWhole: false, bytes };
      bytes += chunk.byteLength;
      pass.allowBytes(Math.max(budgets.ratioFloorBytes, budgets.ratio * unpacker.readBytes));
      checkCost(bytes, unpacker.readBytes, budgets);
      payload.push(chunk);
      if (pass.entries.length > budgets.entries)
        throw overLimit("entries", budgets.entries, "entries");
    }
    payload.end();
    return { isWhole: true, bytes };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    if (signal?.aborted !== true) pass.problem(toFailure(error, where, null));
    return { isWhole: false, bytes };
  }
}

function checkCost(bytes: number, storedBytes: number, budgets: LayerBudgets): void {
  const { inflatedBytes, ratio, ratioFloorBytes } = budgets;
  if (bytes > inflatedBytes) throw overLimit("uncompressed size", inflatedBytes, "bytes");
  if (bytes > ratioFloorBytes && bytes > ratio * storedBytes) {
    throw overLimit("compression ratio", ratio, "ratio");
  }
}

function overLimit(
  budget: string,
  limit: number,
  unit: "bytes" | "entries" | "ratio",
): OverLimitError {
  return new OverLimitError("rpm", { budget, limit, unit });
}
