import { defaultBudgets } from "../../model/budgets.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import { isDigest, type Digest } from "../../model/digest.ts";
import type { Platform } from "../../model/platform.ts";
import { malformed, type Place } from "./blobs.ts";
import { readPlatform } from "./image-config.ts";
import { isJsonObject, listAt, objectAt, textAt, textsByName, type JsonObject } from "./json.ts";

/** A descriptor of the OCI image-spec, as far as it is read. */
export interface Descriptor {
  readonly digest: Digest;
  readonly mediaType: string;
  /** Null where it is not said. */
  readonly sizeBytes: number | null;
  /** Null where an index does not say it. */
  readonly platform: Platform | null;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The manifests of an index, in its order. `name` is the index's own. */
export function readDescriptors(
  json: JsonObject,
  place: Place,
  name: string,
): Result<readonly Descriptor[]> {
  const list = listAt(json, "manifests");
  if (list === null) return failed(malformed(place, name, "it has no list of manifests"));
  if (isTooMany(list.length, place)) return failed(tooManyManifests(place, name));
  const descriptors: Descriptor[] = [];
  for (const item of list) {
    const descriptor = readDescriptor(item);
    if (descriptor === null) return failed(malformed(place, name, "a descriptor has no digest"));
    descriptors.push(descriptor);
  }
  return success(descriptors);
}

/** Null when it is none, or its digest is of a kind that cannot be verified. */
export function readDescriptor(value: unknown): Descriptor | null {
  if (!isJsonObject(value) || !isDigest(value["digest"])) return null;
  const size = value["size"];
  const platform = objectAt(value, "platform");
  return {
    digest: value["digest"],
    mediaType: textAt(value, "mediaType"),
    sizeBytes: typeof size === "number" ? size : null,
    platform: textAt(platform, "architecture") === "" ? null : readPlatform(platform),
    annotations: textsByName(value, "annotations"),
  };
}

export function isTooMany(manifests: number, place?: Place): boolean {
  return manifests > limitOf(place);
}

export function tooManyManifests(place: Place, what: string): Failure {
  const [budget, unit] = ["manifests of an index", "entries"] as const;
  return { kind: "over-limit", what, where: place.name, budget, limit: limitOf(place), unit };
}

function limitOf(place: Place | undefined): number {
  return (place?.budget?.limits ?? defaultBudgets).manifests;
}

/** A digest has the form of one, so the name has no other part than these. */
export function blobName({ digest }: Pick<Descriptor, "digest">): string {
  return `blobs/${digest.replace(":", "/")}`;
}
