import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import type { Image, ImageDocuments } from "../image.ts";
import { malformed, readDocument, type Blobs, type Place } from "./blobs.ts";
import { blobName, readDescriptor, type Descriptor } from "./descriptors.ts";
import { parseImageConfig } from "./image-config.ts";
import { listAt, textAt, type JsonDocument, type JsonObject } from "./json.ts";
import { makeLayers } from "./layers.ts";
import type { LayoutRequest } from "./oci-layout.ts";

/**
 * The image of a manifest of OCI or Docker schema 2, digests and sizes of manifest and config verified.
 * Source: OCI image-spec manifest.md.
 */
export function openManifest(
  descriptor: Descriptor,
  blobs: Blobs,
  { reference, source }: Pick<LayoutRequest, "reference" | "source">,
): Result<Image> {
  const name = blobName(descriptor);
  const written = readDocument(blobs, name, descriptor);
  if (!written.ok) return written;
  const manifest = readManifest(written.value.json, blobs, name);
  if (!manifest.ok) return manifest;
  const configName = blobName(manifest.value.config);
  const writtenConfig = readDocument(blobs, configName, manifest.value.config);
  if (!writtenConfig.ok) return writtenConfig;
  const config = parseImageConfig(writtenConfig.value.json, blobs, configName);
  if (!config.ok) return config;
  const layers = makeLayers(
    manifest.value.layers.map((layer) => ({ ...layer, name: blobName(layer) })),
    { blobs, diffIds: config.value.diffIds, manifest: name },
  );
  if (!layers.ok) return layers;
  return success({
    reference,
    source,
    // Where both say one it is the index by which engines choose; a config may leave out the variant.
    platform: descriptor.platform ?? config.value.platform,
    manifestDigest: descriptor.digest,
    config: config.value,
    documents: toDocuments(writtenConfig.value, written.value),
    layers: layers.value,
  });
}

/** What an image keeps of its documents. `manifest`: null where the medium has none of OCI or schema 2. */
export function toDocuments(config: JsonDocument, manifest: JsonDocument | null): ImageDocuments {
  return {
    config: config.json,
    manifest: manifest?.json ?? null,
    bytes: { config: config.bytes, manifest: manifest?.bytes ?? null },
  };
}

/** An image manifest, as far as it is read. */
export interface Manifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** `name` is the manifest's own, `place` where it is: both for failures. Schema 1 and artifacts are `unsupported`. */
export function readManifest(json: JsonObject, place: Place, name: string): Result<Manifest> {
  if (json["schemaVersion"] === 1) {
    return failed(
      unsupported(place, name, "it is a manifest of Docker schema 1, given up in 2017"),
    );
  }
  const config = readDescriptor(json["config"]);
  const list = listAt(json, "layers");
  if (config === null || list === null) {
    return failed(malformed(place, name, "it is no image manifest: no config or no layers"));
  }
  const artifact = artifactType(json, config);
  if (artifact !== null) {
    return failed(unsupported(place, name, `it is an artifact (${artifact}), no image`));
  }
  const layers: Descriptor[] = [];
  for (const item of list) {
    const layer = readDescriptor(item);
    if (layer === null) return failed(malformed(place, name, "a layer has no digest"));
    layers.push(layer);
  }
  return success({ config, layers });
}

/** Null for an image. Source: OCI image-spec manifest.md, "Guidelines for Artifact Usage". */
function artifactType(json: JsonObject, { mediaType }: Descriptor): string | null {
  const isImage = mediaType === "" || /\.(?:image\.config|container\.image)\./.test(mediaType);
  return isImage ? null : textAt(json, "artifactType") || mediaType;
}

function unsupported({ name: where }: Place, what: string, reason: string): Failure {
  return { kind: "unsupported", what, where, reason };
}
