import { isDigest, type Digest } from "../../model/digest.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import type { Platform } from "../../model/platform.ts";
import type { BlobLayer, Image, OpenOptions, SourceKind } from "../image.ts";
import { malformed, readJson, type Blobs } from "./blobs.ts";
import { choosePlatforms } from "./choose-platform.ts";
import { parseImageConfig, readPlatform } from "./image-config.ts";
import { isJsonObject, listAt, objectAt, textAt, textsByName, type JsonObject } from "./json.ts";
import { makeLayers } from "./layers.ts";

/** A descriptor of the OCI image-spec, as far as it is read. */
interface Descriptor {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly sizeBytes: number;
  /** Null where an index does not say it. */
  readonly platform: Platform | null;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Indexes in indexes: a build of several platforms has one level; a hostile one must end. */
const maxNesting = 4;
const maxManifests = 1000;

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
  const named = chooseByName(roots.value, request.tag, blobs);
  if (!named.ok) return named;
  const manifests = flatten(named.value, blobs);
  if (!manifests.ok) return manifests;
  if (manifests.value.length === 0) {
    return failed(malformed(blobs, "index.json", "it names no image manifest"));
  }
  // A manifest beside no index says its platform in its config only.
  const isUnsaid = manifests.value.every(({ platform }) => platform === null);
  const chosen = isUnsaid ? manifests : chooseSaid(manifests.value, blobs, request);
  if (!chosen.ok) return chosen;
  const images: Image[] = [];
  for (const descriptor of chosen.value) {
    const image = openManifest(descriptor, blobs, request);
    if (!image.ok) return image;
    images.push(image.value);
  }
  return isUnsaid
    ? choosePlatforms(images, request.options.platforms, blobs.name)
    : success(images);
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

function readDescriptors(
  json: JsonObject,
  blobs: Blobs,
  name: string,
): Result<readonly Descriptor[]> {
  const list = listAt(json, "manifests");
  if (list === null) return failed(malformed(blobs, name, "it has no list of manifests"));
  if (list.length > maxManifests) return failed(tooMany(blobs, name));
  const descriptors: Descriptor[] = [];
  for (const item of list) {
    const descriptor = readDescriptor(item);
    if (descriptor === null) return failed(malformed(blobs, name, "a descriptor has no digest"));
    descriptors.push(descriptor);
  }
  return success(descriptors);
}

function tooMany({ name }: Blobs, what: string): Failure {
  const [budget, unit] = ["manifests of an index", "entries"] as const;
  return { kind: "over-limit", what, where: name, budget, limit: maxManifests, unit };
}

/** Null when it is none, or its digest is of a kind that cannot be verified. */
function readDescriptor(value: unknown): Descriptor | null {
  if (!isJsonObject(value) || !isDigest(value["digest"])) return null;
  const size = value["size"];
  const platform = objectAt(value, "platform");
  return {
    digest: value["digest"],
    mediaType: textAt(value, "mediaType"),
    sizeBytes: typeof size === "number" ? size : -1,
    platform: textAt(platform, "architecture") === "" ? null : readPlatform(platform),
    annotations: textsByName(value, "annotations"),
  };
}

/** Where names are kept. Sources: image-spec annotations.md; containerd's own for the whole name. */
const nameKeys = ["org.opencontainers.image.ref.name", "io.containerd.image.name"];

function chooseByName(
  roots: readonly Descriptor[],
  tag: string | null,
  blobs: Blobs,
): Result<readonly Descriptor[]> {
  const namesOf = ({ annotations }: Descriptor): readonly string[] =>
    nameKeys.flatMap((key) => annotations[key] ?? []);
  const names = [...new Set(roots.flatMap(namesOf))].toSorted();
  if (tag !== null) {
    const named = roots.filter((root) =>
      namesOf(root).some((name) => name === tag || name.endsWith(`:${tag}`)),
    );
    if (named.length > 0) return success(named);
    return failed({ kind: "not-found", what: `image ${tag}`, where: blobs.name, near: names });
  }
  const first = roots[0] === undefined ? [] : namesOf(roots[0]);
  const isOne = roots.every((root) => namesOf(root).join() === first.join());
  if (isOne) return success(roots);
  // Several images under several names: which one is not for us to say.
  return failed({
    kind: "not-found",
    what: "one image alone; name it with :TAG",
    where: blobs.name,
    near: names,
  });
}

const indexTypes: ReadonlySet<string> = new Set([
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
]);

/** Manifests of images, indexes opened. Attestations and artifacts are passed over: they hold no layers. */
function flatten(roots: readonly Descriptor[], blobs: Blobs): Result<readonly Descriptor[]> {
  const found: Descriptor[] = [];
  const opened = new Set<Digest>();
  let level = roots;
  for (let nesting = 0; level.length > 0; nesting++) {
    if (nesting > maxNesting) {
      const [budget, unit] = ["indexes in indexes", "levels"] as const;
      const what = "index.json";
      return failed({
        kind: "over-limit",
        what,
        where: blobs.name,
        budget,
        limit: maxNesting,
        unit,
      });
    }
    const next: Descriptor[] = [];
    for (const descriptor of level) {
      if (isAttestation(descriptor)) continue;
      if (!indexTypes.has(descriptor.mediaType)) {
        found.push(descriptor);
        continue;
      }
      // The same index a thousand times over is read once.
      if (opened.has(descriptor.digest)) continue;
      opened.add(descriptor.digest);
      const name = blobName(descriptor.digest);
      const index = readJson(blobs, name, descriptor.digest);
      if (!index.ok) return index;
      const inside = readDescriptors(index.value, blobs, name);
      if (!inside.ok) return inside;
      next.push(...inside.value);
      if (found.length + next.length > maxManifests) return failed(tooMany(blobs, "index.json"));
    }
    level = next;
  }
  return success(found);
}

/** BuildKit marks what it knows of a build as for no platform. Source: BuildKit docs/attestations/attestation-storage.md. */
function isAttestation({ platform, annotations }: Descriptor): boolean {
  return (
    annotations["vnd.docker.reference.type"] !== undefined ||
    (platform?.os === "unknown" && platform.architecture === "unknown")
  );
}

function openManifest(
  descriptor: Descriptor,
  blobs: Blobs,
  { reference, source }: LayoutRequest,
): Result<Image> {
  const name = blobName(descriptor.digest);
  const manifest = readJson(blobs, name, descriptor.digest);
  if (!manifest.ok) return manifest;
  const config = readDescriptor(manifest.value["config"]);
  const layers = listAt(manifest.value, "layers");
  if (config === null || layers === null) {
    return failed(malformed(blobs, name, "it is no image manifest: no config or no layers"));
  }
  const configName = blobName(config.digest);
  const json = readJson(blobs, configName, config.digest);
  if (!json.ok) return json;
  const parsed = parseImageConfig(json.value, blobs, configName);
  if (!parsed.ok) return parsed;
  const described: Descriptor[] = [];
  for (const item of layers) {
    const layer = readDescriptor(item);
    if (layer === null) return failed(malformed(blobs, name, "a layer has no digest"));
    described.push(layer);
  }
  const made: Result<readonly BlobLayer[]> = makeLayers(
    described.map(({ digest, mediaType, sizeBytes }) => ({
      name: blobName(digest),
      digest,
      mediaType,
      sizeBytes,
    })),
    { blobs, diffIds: parsed.value.diffIds, manifest: name },
  );
  if (!made.ok) return made;
  return success({
    reference,
    source,
    // Where both say one it is the index by which engines choose; a config may leave out the variant.
    platform: descriptor.platform ?? parsed.value.platform,
    manifestDigest: descriptor.digest,
    config: parsed.value,
    layers: made.value,
  });
}

/** A digest has the form of one, so the name has no other part than these. */
function blobName(digest: Digest): string {
  return `blobs/${digest.replace(":", "/")}`;
}
