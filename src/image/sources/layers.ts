import { closeSync, openSync } from "node:fs";
import { compressionMagicBytes, detectCompression } from "../../formats/compression.ts";
import { defaultBudgets } from "../../model/budgets.ts";
import type { Digest } from "../../model/digest.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import { readFully } from "../file-window.ts";
import type { BlobLayer } from "../image.ts";
import { systemFailure } from "../system-failure.ts";
import { malformed, type BlobRange, type Blobs, type Place } from "./blobs.ts";

/** What a manifest says of one layer. */
export interface DescribedLayer {
  /** Of its file among the blobs. */
  readonly name: string;
  readonly digest: Digest | null;
  readonly mediaType: string | null;
  /** Null where the manifest does not say it. */
  readonly sizeBytes: number | null;
}

/** The layers of a manifest with where their bytes are; as many as the config has diffIds. */
export function makeLayers(
  described: readonly DescribedLayer[],
  {
    blobs,
    diffIds,
    manifest,
  }: { readonly blobs: Blobs; readonly diffIds: readonly Digest[]; readonly manifest: string },
): Result<readonly BlobLayer[]> {
  const wrong = findWrongCount(described.length, { place: blobs, diffIds, manifest });
  if (wrong?.kind === "over-limit") return failed(wrong);
  const layers: BlobLayer[] = [];
  for (const [index, layer] of described.entries()) {
    const made = makeLayer(layer, blobs, diffIds[index] ?? null);
    if (!made.ok) return made;
    layers.push(made.value);
  }
  return wrong === null ? success(layers) : failed(wrong);
}

/** Too many layers, or not as many as the config has diffIds; null where their number is right. */
export function findWrongCount(
  count: number,
  {
    place,
    diffIds,
    manifest,
  }: { readonly place: Place; readonly diffIds: readonly Digest[]; readonly manifest: string },
): Failure | null {
  const maxLayers = (place.budget?.limits ?? defaultBudgets).layers;
  if (count > maxLayers) {
    const [budget, unit] = ["layers of an image", "entries"] as const;
    const [where, limit] = [place.name, maxLayers];
    return { kind: "over-limit", what: manifest, where, budget, limit, unit };
  }
  if (diffIds.length === count) return null;
  const reason = `it has ${count} layers, its config ${diffIds.length} diff_ids`;
  return malformed(place, manifest, reason);
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

/** Why a layer of that media type is not read; null where it is. Source: OCI image-spec layer.md; ocicrypt for `+encrypted`. */
export function whyRefused(mediaType: string): string | null {
  if (mediaType.includes("encrypted")) return "the layer is encrypted";
  const isLayer = mediaType === "" || /\.tar(?:[.+]|$)|rootfs\.diff|layer/.test(mediaType);
  return isLayer ? null : `its media type is ${mediaType}, no layer`;
}

function absent({ name: where }: Blobs, what: string, mediaType: string | null): Failure {
  if (isForeign(mediaType)) {
    const reason = "the layer is not distributed with the image";
    return { kind: "unsupported", what, where, reason };
  }
  return { kind: "not-found", what, where, near: [] };
}

/** Such a layer is fetched from elsewhere by its design. Source: OCI image-spec layer.md, "Non-Distributable Layers". */
export function isForeign(mediaType: string | null): boolean {
  return mediaType !== null && /foreign|nondistributable/.test(mediaType);
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
