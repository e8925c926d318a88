import type { Digest } from "../../model/digest.ts";
import { failed, success, type Result } from "../../model/failure.ts";
import type { Image, OpenOptions, RemoteLayer } from "../image.ts";
import { AttachedCollector, type ReadAttached } from "../sources/attached.ts";
import { malformed } from "../sources/blobs.ts";
import { choosePlatforms, chooseUnnamed } from "../sources/choose-platform.ts";
import {
  isTooMany,
  readDescriptors,
  tooManyManifests,
  type Descriptor,
} from "../sources/descriptors.ts";
import { parseImageConfig } from "../sources/image-config.ts";
import { listAt, textAt, type JsonDocument, type JsonObject } from "../sources/json.ts";
import { findWrongCount, whyRefused } from "../sources/layers.ts";
import { indexTypes, isAttestation, maxLevelsOf, tooDeep } from "../sources/oci-index.ts";
import { readManifest, toDocuments } from "../sources/oci-manifest.ts";
import type { Documents } from "./documents.ts";

/** What every image of one repository has in common. */
export interface RepositoryPlace {
  /** As the user wrote it. */
  readonly reference: string;
  /** In words, see `Image.origin`. */
  readonly origin: string;
  /** As a builder knows it. */
  readonly name: string;
  readonly documents: Documents;
  makeLayer(layer: Descriptor, diffId: Digest | null): RemoteLayer;
}

/** The images of a manifest or index of a registry, one per asked platform. */
export async function openManifests(
  digest: Digest,
  place: RepositoryPlace,
  { platforms }: OpenOptions,
): Promise<Result<readonly Image[]>> {
  const { documents } = place;
  const root = await documents.read({ kind: "manifest", digest, sizeBytes: null });
  if (!root.ok) return root;
  if (!isIndex(root.value.json)) {
    const image = await openManifest(plain(digest), root.value, place);
    return image.ok ? chooseUnnamed([image.value], platforms, place.reference) : image;
  }
  const attached = new AttachedCollector();
  const manifests = await flatten([digest, root.value.json], documents, attached);
  if (!manifests.ok) return manifests;
  if (manifests.value.length === 0) {
    return failed(malformed(documents, digest, "it names no image manifest"));
  }
  // What has no platform in an index is an artifact, unless nothing in it has one.
  const said = manifests.value.filter(({ platform }) => platform !== null);
  const from = { ...place, attached };
  if (said.length === 0) return openAll(manifests.value, from, platforms);
  const chosen = choosePlatforms(said, platforms, place.reference);
  return chosen.ok ? openAll(chosen.value, from, null) : chosen;
}

/** `asked`: which of them are wanted by what their configs say; null wants all. */
async function openAll(
  descriptors: readonly Descriptor[],
  place: RepositoryPlace & { readonly attached: AttachedCollector },
  asked: OpenOptions["platforms"] | null,
): Promise<Result<readonly Image[]>> {
  const { documents } = place;
  const images: Image[] = [];
  for (const descriptor of descriptors) {
    const { digest, sizeBytes } = descriptor;
    const read = await documents.read({ kind: "manifest", digest, sizeBytes });
    if (!read.ok) return read;
    const image = await openManifest(descriptor, read.value, place);
    if (!image.ok) return image;
    const beside = place.attached.of(digest, documents.name, readFrom(documents));
    images.push(beside === null ? image.value : { ...image.value, attached: beside });
  }
  return asked === null ? success(images) : chooseUnnamed(images, asked, place.reference);
}

async function openManifest(
  descriptor: Descriptor,
  written: JsonDocument,
  place: RepositoryPlace,
): Promise<Result<Image>> {
  const { documents, reference, origin, name } = place;
  const { digest } = descriptor;
  const manifest = readManifest(written.json, documents, digest);
  if (!manifest.ok) return manifest;
  const { config, layers } = manifest.value;
  const { sizeBytes } = config;
  const read = await documents.read({ kind: "blob", digest: config.digest, sizeBytes });
  if (!read.ok) return read;
  const parsed = parseImageConfig(read.value.json, documents, config.digest);
  if (!parsed.ok) return parsed;
  const { diffIds, platform } = parsed.value;
  const wrong = findWrongCount(layers.length, { place: documents, diffIds, manifest: digest });
  if (wrong !== null) return failed(wrong);
  for (const { mediaType, digest: what } of layers) {
    const reason = whyRefused(mediaType);
    if (reason !== null) {
      return failed({ kind: "unsupported", what, where: documents.name, reason });
    }
  }
  return success({
    reference,
    source: "registry",
    origin,
    name,
    // Where both say one it is the index by which engines choose; a config may leave out the variant.
    platform: descriptor.platform ?? platform,
    manifestDigest: digest,
    config: parsed.value,
    documents: toDocuments(read.value, written),
    layers: layers.map((layer, index) => place.makeLayer(layer, diffIds[index] ?? null)),
  });
}

const readFrom =
  (documents: Documents): ReadAttached =>
  async ({ digest, sizeBytes }, kind) => {
    const document = await documents.read({ kind, digest, sizeBytes });
    return document.ok ? success(document.value.json) : document;
  };

/** Manifests of images, indexes in it opened, attestations passed over but told. */
async function flatten(
  [digest, root]: readonly [Digest, JsonObject],
  documents: Documents,
  attached: AttachedCollector,
): Promise<Result<readonly Descriptor[]>> {
  const found: Descriptor[] = [];
  // The same index a thousand times over is read once.
  const opened = new Set<string>([digest]);
  let level: readonly (readonly [Digest, JsonObject])[] = [[digest, root]];
  for (let nesting = 0; level.length > 0; nesting++) {
    if (nesting > maxLevelsOf(documents)) return failed(tooDeep(documents));
    const next: (readonly [Digest, JsonObject])[] = [];
    for (const [name, json] of level) {
      const inside = readDescriptors(json, documents, name);
      if (!inside.ok) return inside;
      attached.addIndex(json, inside.value);
      for (const descriptor of inside.value) {
        if (isAttestation(descriptor)) attached.addAttestation(descriptor);
        if (isAttestation(descriptor) || opened.has(descriptor.digest)) continue;
        if (!indexTypes.has(descriptor.mediaType)) {
          found.push(descriptor);
          continue;
        }
        opened.add(descriptor.digest);
        const { sizeBytes } = descriptor;
        const index = await documents.read({
          kind: "manifest",
          digest: descriptor.digest,
          sizeBytes,
        });
        if (!index.ok) return index;
        next.push([descriptor.digest, index.value.json]);
      }
      if (isTooMany(found.length + next.length, documents))
        return failed(tooManyManifests(documents, digest));
    }
    level = next;
  }
  return success(found);
}

/** The body says what it is; a media type beside it may be absent. */
function isIndex(json: JsonObject): boolean {
  const mediaType = textAt(json, "mediaType");
  if (mediaType !== "") return indexTypes.has(mediaType);
  return listAt(json, "manifests") !== null && json["config"] === undefined;
}

function plain(digest: Digest): Descriptor {
  return { digest, mediaType: "", sizeBytes: null, platform: null, annotations: {} };
}
