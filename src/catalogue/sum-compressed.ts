import { open, type FileHandle } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { decompress } from "../formats/compression.ts";
import { FormatError } from "../formats/format-error.ts";
import { ByteRange } from "../image/byte-range.ts";
import type { BlobLayer, Layer } from "../image/image.ts";
import { systemFailure } from "../image/system-failure.ts";
import { failed, success, type Failure, type Result } from "../model/failure.ts";

/**
 * The bytes that the layers take in a registry; null when one was never compressed. No registry holds layers under
 * xz, which packs tighter than what they hold: such a layer is measured under gzip at its usual level.
 */
export async function sumCompressed(
  layers: readonly Layer[],
  signal?: AbortSignal,
): Promise<Result<number | null>> {
  let sumBytes = 0;
  for (const layer of layers) {
    const bytes = await storedBytes(layer, signal);
    if (!bytes.ok || bytes.value === null) return bytes;
    sumBytes += bytes.value;
  }
  return success(sumBytes);
}

async function storedBytes(layer: Layer, signal?: AbortSignal): Promise<Result<number | null>> {
  switch (layer.kind) {
    case "directory":
      return success(null);
    case "remote":
      // An engine holds layers unpacked; what a manifest says is what the registry stores.
      return success(layer.digest === null ? null : layer.lengthBytes);
    case "blob":
      if (layer.compression === "none") return success(null);
      return layer.compression === "xz" ? measureGzip(layer, signal) : success(layer.lengthBytes);
  }
}

async function measureGzip(layer: BlobLayer, signal?: AbortSignal): Promise<Result<number>> {
  const { file, compression } = layer;
  let handle: FileHandle | null = null;
  try {
    handle = await open(file, "r");
    const stored = new ByteRange(handle, layer, { signal, onChunk: () => undefined });
    let sumBytes = 0;
    await pipeline(
      decompress(compression, stored),
      createGzip(),
      async (packed: AsyncIterable<Uint8Array>) => {
        for await (const chunk of packed) sumBytes += chunk.byteLength;
      },
      signal === undefined ? {} : { signal },
    );
    return success(sumBytes);
  } catch (error) {
    return failed(toFailure(error, file, signal));
  } finally {
    await handle?.close();
  }
}

function toFailure(error: unknown, what: string, signal?: AbortSignal): Failure {
  if (signal?.aborted === true) return { kind: "cancelled", what, where: null };
  if (!(error instanceof FormatError)) return systemFailure(error, what, null);
  const { format, message: reason, offsetBytes } = error;
  return { kind: "malformed", what, where: null, format, reason, offsetBytes };
}
