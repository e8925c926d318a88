import { closeSync, openSync } from "node:fs";
import { compressionMagicBytes, detectCompression } from "../../formats/compression.ts";
import type { Digest } from "../../model/digest.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import { readFully } from "../file-window.ts";
import type { BlobLayer } from "../image.ts";
import { systemFailure } from "../system-failure.ts";
import { malformed, type BlobRange, type Blobs } from "./blobs.ts";

/** What a manifest says of one layer. */
export interface DescribedLayer {
  /** Of its file among the blobs. */
  readonly name: string;
  readonly digest: Digest | null;
  readonly mediaType: string | null;
  /** Null where the manifest does not say it. */
  readonly sizeBytes: number | null;
}

/** Engines make at most 127 or so; a hostile manifest names the same blob a million times. Source: moby layer store, maxLayerDepth. */
const maxLayers = 1000;

/** The layers of a manifest with where their bytes are; as many as the config has diffIds. */
export function makeLayers(
  described: readonly DescribedLayer[],
  {
    blobs,
    diffIds,
    manifest,
  }: { readonly blobs: Blobs; readonly diffIds: readonly Digest[]; readonly manifest: string },
): Result<readonly BlobLayer[]> {
  if (described.length > maxLayers) {
    const [budget, unit] = ["layers of an image", "entries"] as const;
    const limit = maxLayers;
    return failed({ kind: "over-limit", what: manifest, where: blobs.name, budget, limit, unit });
  }
  const layers: BlobLayer[] = [];
  for (const [index, layer] of described.entries()) {
    const made = makeLayer(layer, blobs, diffIds[index] ?? null);
    if (!made.ok) return made;
    layers.push(made.value);
  }
  if (diffIds.length !== described.length) {
    const reason = `it has ${described.length} layers, its config ${diffIds.length} diff_ids`;
    return failed(malformed(blobs, manifest, reason));
  }
  return success(layers);
}

function makeLayer(
  { name, digest, mediaType, sizeBytes }: DescribedLayer,
  blobs: Blobs,
  diffId: Digest | null,
): Result<BlobLayer> {
  const refused = mediaType === null ? null : whyRefused(mediaType);
  if (refused !== null) {
    return failed({ kind: "unsupported", what: name, where: blobs.name, reason: refused });
  }
  try {
    const range = blobs.find(name);
    if (range === null) return failed(absent(blobs, name, mediaType));
    if (sizeBytes !== null && sizeBytes !== range.lengthBytes) {
      const reason = `it has ${range.lengthBytes} bytes, the manifest says ${sizeBytes}`;
      return failed(malformed(blobs, name, reason));
    }
    const compression = detectCompression(readHead(range));
    return success({ kind: "blob", ...range, compression, digest, diffId, mediaType });
  } catch (error) {
    return failed(systemFailure(error, name, blobs.name));
  }
}

/** Source: OCI image-spec layer.md; ocicrypt for `+encrypted`. */
function whyRefused(mediaType: string): string | null {
  if (mediaType.includes("encrypted")) return "the layer is encrypted";
  const isLayer = mediaType === "" || /\.tar(?:[.+]|$)|rootfs\.diff|layer/.test(mediaType);
  return isLayer ? null : `its media type is ${mediaType}, no layer`;
}

/** A foreign layer is fetched from elsewhere by its design. */
function absent({ name: where }: Blobs, what: string, mediaType: string | null): Failure {
  if (mediaType !== null && /foreign|nondistributable/.test(mediaType)) {
    const reason = "the layer is not distributed with the image";
    return { kind: "unsupported", what, where, reason };
  }
  return { kind: "not-found", what, where, near: [] };
}

function readHead({ file, offsetBytes, lengthBytes }: BlobRange): Uint8Array {
  const descriptor = openSync(file, "r");
  try {
    const head = Buffer.alloc(Math.min(compressionMagicBytes, lengthBytes));
    return head.subarray(0, readFully(descriptor, head, offsetBytes));
  } finally {
    closeSync(descriptor);
  }
}
