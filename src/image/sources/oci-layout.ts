import { failed, success, type Result } from "../../model/failure.ts";
import type { Image, OpenOptions, SourceKind } from "../image.ts";
import { AttachedCollector, type ReadAttached } from "./attached.ts";
import { malformed, readJson, type Blobs } from "./blobs.ts";
import { choosePlatforms, chooseUnnamed } from "./choose-platform.ts";
import { blobName, readDescriptors, type Descriptor } from "./descriptors.ts";
import { chooseByName } from "./image-names.ts";
import { flattenIndexes } from "./oci-index.ts";
import { openManifest } from "./oci-manifest.ts";

export interface LayoutRequest {
  readonly reference: string;
  readonly source: SourceKind;
  /** Null: the only image, or the only name. */
  readonly tag: string | null;
  readonly options: OpenOptions;
}

/** The images of an OCI layout (index.json and blobs). Source: OCI image-spec image-layout.md. */
export function openOciLayout(blobs: Blobs, request: LayoutRequest): Result<readonly Image[]> {
  const index = readJson(blobs, "index.json");
  if (!index.ok) return index;
  const roots = readDescriptors(index.value, blobs, "index.json");
  if (!roots.ok) return roots;
  const named = nameRoots(roots.value, blobs, request);
  return named.ok ? openRoots(named.value, blobs, request) : named;
}

/** The images of manifests and indexes that were found by a name: `tag` is not looked at. */
export function openRoots(
  roots: readonly Descriptor[],
  blobs: Blobs,
  request: LayoutRequest,
): Result<readonly Image[]> {
  const attached = new AttachedCollector();
  const manifests = flattenIndexes(roots, blobs, attached);
  if (!manifests.ok) return manifests;
  if (manifests.value.length === 0) {
    return failed(malformed(blobs, "index.json", "it names no image manifest"));
  }
  // A manifest beside no index says its platform in its config only.
  const isUnsaid = manifests.value.every(({ platform }) => platform === null);
  const chosen = isUnsaid ? manifests : chooseSaid(manifests.value, blobs, request);
  if (!chosen.ok) return chosen;
  const name = wholeName(roots);
  const images: Image[] = [];
  for (const descriptor of chosen.value) {
    const image = openManifest(descriptor, blobs, request);
    if (!image.ok) return image;
    const beside = attached.of(descriptor.digest, blobs.name, readFrom(blobs));
    images.push({
      ...image.value,
      ...(name === null ? {} : { name }),
      ...(beside === null ? {} : { attached: beside }),
    });
  }
  return isUnsaid ? chooseUnnamed(images, request.options.platforms, blobs.name) : success(images);
}

const readFrom =
  (blobs: Blobs): ReadAttached =>
  (descriptor) =>
    readJson(blobs, blobName(descriptor), descriptor);

/** Where names are kept. Sources: image-spec annotations.md; containerd's own for the whole name. */
const nameKeys = ["org.opencontainers.image.ref.name", "io.containerd.image.name"];

function nameRoots(
  roots: readonly Descriptor[],
  { name: where }: Blobs,
  { tag }: LayoutRequest,
): Result<readonly Descriptor[]> {
  const named = roots.map((descriptor) => ({
    descriptor,
    names: nameKeys.flatMap((key) => descriptor.annotations[key] ?? []),
    identity: descriptor.digest,
  }));
  const chosen = chooseByName(named, { tag, where, hint: ":TAG" });
  return chosen.ok ? success(chosen.value.map(({ descriptor }) => descriptor)) : chosen;
}

/** A name that a builder would find the image by, not a tag alone; null where it has none. */
function wholeName(roots: readonly Descriptor[]): string | null {
  const names = roots.flatMap(({ annotations }) =>
    nameKeys.toReversed().flatMap((key) => annotations[key] ?? []),
  );
  return names.find((name) => /[/:]/.test(name)) ?? null;
}

/** By what the index says; an artifact in it, which has no platform, is not what is looked for. */
function chooseSaid(
  manifests: readonly Descriptor[],
  blobs: Blobs,
  { options }: LayoutRequest,
): Result<readonly Descriptor[]> {
  const said = manifests.filter(({ platform }) => platform !== null);
  return choosePlatforms(said, options.platforms, blobs.name);
}
