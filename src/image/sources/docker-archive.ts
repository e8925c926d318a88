import { isDigest, type Digest } from "../../model/digest.ts";
import { failed, success, type Result } from "../../model/failure.ts";
import type { Image } from "../image.ts";
import { malformed, readAnyJson, readDocument, type Blobs } from "./blobs.ts";
import { chooseUnnamed } from "./choose-platform.ts";
import { isTooMany, tooManyManifests } from "./descriptors.ts";
import { parseImageConfig } from "./image-config.ts";
import { chooseByName } from "./image-names.ts";
import { isJsonObject, textAt, textsAt, type JsonObject } from "./json.ts";
import { makeLayers } from "./layers.ts";
import type { LayoutRequest } from "./oci-layout.ts";
import { toDocuments } from "./oci-manifest.ts";

/**
 * The images of what `docker save` writes: manifest.json names config and layers, of old as `ID/layer.tar`, since
 * Docker 25 as blobs of an OCI layout. Source: moby image/tarexport, docker image-spec v1.2 "Combined Image JSON".
 */
export function openDockerArchive(
  blobs: Blobs,
  { reference, source, tag, options }: LayoutRequest,
): Result<readonly Image[]> {
  const manifests = readAnyJson(blobs, "manifest.json");
  if (!manifests.ok) return manifests;
  const list: readonly unknown[] = Array.isArray(manifests.value) ? manifests.value : [];
  if (list.length === 0 || !list.every(isJsonObject)) {
    return failed(malformed(blobs, "manifest.json", "it is no list of images"));
  }
  if (isTooMany(list.length, blobs)) return failed(tooManyManifests(blobs, "manifest.json"));
  const named = chooseNamed(list, blobs, tag);
  if (!named.ok) return named;
  const images: Image[] = [];
  for (const manifest of named.value) {
    const image = openOne(manifest, blobs, { reference, source });
    if (!image.ok) return image;
    images.push(image.value);
  }
  return chooseUnnamed(images, options.platforms, blobs.name);
}

/** By the names of `docker save`; one that has none is its config. */
function chooseNamed(
  manifests: readonly JsonObject[],
  { name: where }: Blobs,
  tag: string | null,
): Result<readonly JsonObject[]> {
  const named = manifests.map((manifest) => ({
    manifest,
    names: textsAt(manifest, "RepoTags") ?? [],
    identity: textAt(manifest, "Config"),
  }));
  const chosen = chooseByName(named, { tag, where, hint: ":NAME" });
  return chosen.ok ? success(chosen.value.map(({ manifest }) => manifest)) : chosen;
}

function openOne(
  manifest: JsonObject,
  blobs: Blobs,
  { reference, source }: Pick<LayoutRequest, "reference" | "source">,
): Result<Image> {
  const written = textsAt(manifest, "Layers");
  // Go writes null for the layers of an image that has none.
  const isNone = manifest["Layers"] === null;
  if (textAt(manifest, "Config") === "" || (written === null && !isNone)) {
    return failed(malformed(blobs, "manifest.json", "it has no Config or no list of Layers"));
  }
  const config = plainName(textAt(manifest, "Config"));
  const names = written?.map(plainName) ?? [];
  if (config === null || names.some((name) => name === null)) {
    return failed(malformed(blobs, "manifest.json", "a name leads out of the archive"));
  }
  const json = readDocument(blobs, config, { digest: digestInName(config), sizeBytes: null });
  if (!json.ok) return json;
  const parsed = parseImageConfig(json.value.json, blobs, config);
  if (!parsed.ok) return parsed;
  const layers = makeLayers(
    names.flatMap((name) =>
      name === null ? [] : [{ name, digest: digestInName(name), mediaType: null, sizeBytes: null }],
    ),
    { blobs, diffIds: parsed.value.diffIds, manifest: "manifest.json" },
  );
  if (!layers.ok) return layers;
  const [tag] = textsAt(manifest, "RepoTags") ?? [];
  return success({
    reference,
    source,
    ...(tag === undefined ? {} : { name: tag }),
    platform: parsed.value.platform,
    manifestDigest: null,
    config: parsed.value,
    documents: toDocuments(json.value, null),
    layers: layers.value,
  });
}

/** Relative, without `..`; null for any other. It is looked up in the archive only. */
function plainName(name: string): string | null {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  return parts.length === 0 || parts.includes("..") ? null : parts.join("/");
}

/** `blobs/sha256/HEX` and `HEX.json` say their own digest; `ID/layer.tar` does not. */
function digestInName(name: string): Digest | null {
  const hex = /^(?:blobs\/sha256\/)?([0-9a-f]{64})(?:\.json)?$/.exec(name)?.[1];
  const digest = `sha256:${hex ?? ""}`;
  return isDigest(digest) ? digest : null;
}
