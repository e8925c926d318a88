import { defaultBudgets, type Budgets } from "../../model/budgets.ts";
import type { Digest } from "../../model/digest.ts";
import { failed, success, type Result } from "../../model/failure.ts";
import type { Platform } from "../../model/platform.ts";
import type { BlobLayer, Image } from "../image.ts";
import { archiveBlobs, malformed, readJson, type Blobs } from "../sources/blobs.ts";
import { openDockerArchive } from "../sources/docker-archive.ts";
import { openOciLayout } from "../sources/oci-layout.ts";
import { isLayoutArchive } from "../sources/recognise.ts";
import { listTar } from "../sources/tar-members.ts";

/** What an export has to be of. */
export interface ExpectedImage {
  /** The image by the user's name, for failures. */
  readonly what: string;
  /** The engine, in words. */
  readonly where: string;
  /** `sha256:` and 64 hex digits: of the config, or of the manifest or index where the engine keeps images in containerd. */
  readonly id: Digest;
  readonly platform: Platform;
  readonly diffIds: readonly Digest[];
}

/**
 * Where the layers of an image are in the archive that an engine wrote, by diffId. An archive that is cut off, of another image
 * or of one that says other layers than the engine did is a failure.
 */
export function openExport(
  file: string,
  expected: ExpectedImage,
  budgets: Budgets = defaultBudgets,
): Result<ReadonlyMap<Digest, BlobLayer>> {
  const { what, where, id, platform, diffIds } = expected;
  const exported = `the export of ${what}`;
  const members = listTar(file, { where: exported, budgets });
  if (!members.ok) return failed({ ...members.failure, where });
  const blobs = archiveBlobs(members.value, `${exported} by ${where}`, budgets);
  const isRight = verifyId(blobs, id);
  if (!isRight.ok) return isRight;
  const open = isLayoutArchive(members.value.entries) ? openOciLayout : openDockerArchive;
  const options = { platforms: [platform] };
  const images = open(blobs, { reference: what, source: "docker", tag: null, options });
  if (!images.ok) return images;
  const image = images.value.find(({ config }) => config.diffIds.join() === diffIds.join());
  if (image === undefined) {
    return failed(malformed(blobs, id, "its layers are not those that the engine said"));
  }
  return success(byDiffId(image));
}

/** The config, manifest or index that the engine means by the id is in it, and has that digest. */
function verifyId(blobs: Blobs, id: Digest): Result<unknown> {
  const hex = id.slice("sha256:".length);
  const names = [`${hex}.json`, `blobs/sha256/${hex}`];
  const name = names.find((one) => blobs.find(one) !== null);
  if (name === undefined) return failed(malformed(blobs, id, "it is of another image"));
  return readJson(blobs, name, { digest: id, sizeBytes: null });
}

function byDiffId({ layers, config }: Image): ReadonlyMap<Digest, BlobLayer> {
  const pairs = layers.flatMap((layer, index) => {
    const diffId = config.diffIds[index];
    return layer.kind === "blob" && diffId !== undefined ? [[diffId, layer] as const] : [];
  });
  return new Map(pairs);
}
