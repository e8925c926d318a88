import { sumCompressed } from "../../catalogue/sum-compressed.ts";
import { describeRootfs } from "../../distros/describe-rootfs.ts";
import { installedPackages } from "../../distros/installed-packages.ts";
import type { Digest } from "../../model/digest.ts";
import { success, type Failure, type Result } from "../../model/failure.ts";
import { measureUsage, rootOf } from "../du/usage.ts";
import type { View } from "../open-view.ts";
import { viewOrigin, type WithOrigin } from "../view-origin.ts";
import { viewPlatform } from "../view-platform.ts";

/** One image in a comparison. Null is not known, or not there where the field says so. */
export interface ImageSummary extends WithOrigin {
  readonly reference: string;
  readonly platform: string | null;
  /** Of the manifest. */
  readonly digest: Digest | null;
  /** As the config says it. */
  readonly created: string | null;
  /** Of the layers as a registry stores them. */
  readonly downloadBytes: number | null;
  /** Contents of the files of the merged image. */
  readonly unpackedBytes: number;
  /** Bottom first. */
  readonly layers: readonly SummarisedLayer[];
  /** Regular files; one with several names counts once. */
  readonly files: number;
  readonly distro: { readonly id: string; readonly version: string | null } | null;
  /** Null: there is no package database. */
  readonly packages: { readonly manager: string; readonly count: number } | null;
  /** Null: there is no dynamic loader. */
  readonly libc: { readonly kind: string; readonly version: string | null } | null;
  /** The real file behind /bin/sh; null: there is none. */
  readonly shell: string | null;
  /** The command that installs packages; null: there is none. */
  readonly packageManager: string | null;
  /** As written; empty means root. Null where the medium has no config. */
  readonly user: string | null;
  /** What was not read of it. */
  readonly failures: readonly Failure[];
}

export interface SummarisedLayer {
  readonly diffId: Digest | null;
  readonly storedBytes: number | null;
}

/** Layers that an image has in common with another, and what a host that has the other need not fetch. */
export interface SharedLayers {
  readonly layers: number;
  /** Null where the stored size of one is not known. */
  readonly storedBytes: number | null;
}

/** What an image is, in the words of a table. The view must have all sections. Fails where a layer cannot be read. */
export async function summariseImage(
  view: View,
  signal?: AbortSignal,
): Promise<Result<ImageSummary>> {
  const { image, base, rootfs, layers } = view;
  const download =
    base === null ? await sumCompressed(image.layers, signal) : success(base.compressedBytes);
  if (!download.ok) return download;
  const { distro, shell, libc, packageManager } = describeRootfs(rootfs);
  const { manager, databases, problems } = installedPackages(rootfs);
  const { files, sizeBytes } = measureUsage(rootfs, rootOf(rootfs));
  const count = databases.reduce((sum, { packages }) => sum + packages.length, 0);
  const hasConfig = image.documents !== undefined || base !== null;
  return success({
    reference: image.reference,
    platform: viewPlatform(view),
    ...viewOrigin(view),
    digest: image.manifestDigest,
    created: image.config.created,
    downloadBytes: download.value,
    unpackedBytes: sizeBytes,
    layers: layers.map(({ diffId, compressedBytes }, at) => {
      const layer = image.layers[at];
      const isStored = layer !== undefined && layer.kind !== "directory";
      return { diffId, storedBytes: isStored ? layer.lengthBytes : compressedBytes };
    }),
    files: files.length,
    distro: distro === null ? null : { id: distro.id, version: distro.version },
    packages: manager === "none" ? null : { manager, count },
    libc: libc === null ? null : { kind: libc.kind, version: libc.version },
    shell: shell?.realPath ?? null,
    packageManager,
    user: hasConfig ? image.config.user : null,
    failures: [...view.failures, ...problems],
  });
}

/** Layers of the one that are the other's too. Pure. */
export function shareLayers(
  { layers }: Pick<ImageSummary, "layers">,
  other: Pick<ImageSummary, "layers">,
): SharedLayers {
  const others = new Set(other.layers.map(({ diffId }) => diffId));
  const shared = layers.filter(({ diffId }) => diffId !== null && others.has(diffId));
  let storedBytes: number | null = 0;
  for (const layer of shared) {
    storedBytes =
      storedBytes === null || layer.storedBytes === null ? null : storedBytes + layer.storedBytes;
  }
  return { layers: shared.length, storedBytes };
}
