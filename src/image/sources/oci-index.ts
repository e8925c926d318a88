import { defaultBudgets } from "../../model/budgets.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import type { AttachedCollector } from "./attached.ts";
import { isAbsent, readJson, type Blobs, type Place } from "./blobs.ts";
import {
  blobName,
  isTooMany,
  readDescriptors,
  tooManyManifests,
  type Descriptor,
} from "./descriptors.ts";

export const indexTypes: ReadonlySet<string> = new Set([
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
]);

/**
 * Manifests of images, indexes opened. Attestations are passed over, and so are manifests that are not among the
 * blobs: an engine that pulled one platform saves the index of all. Nothing left is `not-found` with the first of them.
 * `attached` is told of what was passed over and of the indexes.
 */
export function flattenIndexes(
  roots: readonly Descriptor[],
  blobs: Blobs,
  attached: AttachedCollector,
): Result<readonly Descriptor[]> {
  const found: Descriptor[] = [];
  // The same index a thousand times over is read once.
  const opened = new Set<string>();
  let absent: string | null = null;
  let level = roots;
  for (let nesting = 0; level.length > 0; nesting++) {
    if (nesting > maxLevelsOf(blobs)) return failed(tooDeep(blobs));
    const next: Descriptor[] = [];
    for (const descriptor of level) {
      if (isAttestation(descriptor)) {
        attached.addAttestation(descriptor);
        continue;
      }
      const name = blobName(descriptor);
      if (isAbsent(blobs, name)) absent ??= name;
      else if (!indexTypes.has(descriptor.mediaType)) found.push(descriptor);
      else if (!opened.has(name)) {
        opened.add(name);
        const inside = openIndex(descriptor, blobs, attached);
        if (!inside.ok) return inside;
        next.push(...inside.value);
      }
      if (isTooMany(found.length + next.length, blobs))
        return failed(tooManyManifests(blobs, "index.json"));
    }
    level = next;
  }
  return found.length === 0 && absent !== null
    ? failed({ kind: "not-found", what: absent, where: blobs.name, near: [] })
    : success(found);
}

function openIndex(
  descriptor: Descriptor,
  blobs: Blobs,
  attached: AttachedCollector,
): Result<readonly Descriptor[]> {
  const name = blobName(descriptor);
  const index = readJson(blobs, name, descriptor);
  if (!index.ok) return index;
  const inside = readDescriptors(index.value, blobs, name);
  if (inside.ok) attached.addIndex(index.value, inside.value);
  return inside;
}

/** BuildKit marks what it knows of a build as for no platform. Source: BuildKit docs/attestations/attestation-storage.md. */
export function isAttestation({ platform, annotations }: Descriptor): boolean {
  return (
    annotations["vnd.docker.reference.type"] !== undefined ||
    (platform?.os === "unknown" && platform.architecture === "unknown")
  );
}

/** How many indexes may be in each other. */
export function maxLevelsOf(place: Place): number {
  return (place.budget?.limits ?? defaultBudgets).indexLevels;
}

export function tooDeep(place: Place): Failure {
  const [where, limit] = [place.name, maxLevelsOf(place)];
  const [budget, unit] = ["indexes in indexes", "levels"] as const;
  return { kind: "over-limit", what: "index.json", where, budget, limit, unit };
}
