import { statSync } from "node:fs";
import { join } from "node:path";
import type { Image, Layer } from "../image/image.ts";
import type { MergedRootfs } from "../image/merge.ts";
import { measureCompressed } from "./measure-compressed.ts";

/** The host's file or folder behind a plain path. */
export interface TargetHost {
  readonly directory: string;
  readonly isFolder: boolean;
}

/** Null for an image: its bytes are in layers. */
export function hostOf({ source, layers: [layer] }: Image): TargetHost | null {
  if (source !== "path" || layer?.kind !== "directory") return null;
  const { directory } = layer;
  const found = statSync(directory, { throwIfNoEntry: false });
  return { directory, isFolder: found?.isDirectory() ?? false };
}

/** What is copied, in bytes under gzip. */
export interface CompressedSizes {
  /** All of it; null where nobody measured it. */
  readonly appBytes: number | null;
  /** Of each ELF file by its path in the target. Empty for an image: a layer is compressed as a whole. */
  readonly byPath: ReadonlyMap<string, number>;
}

export interface MeasureInput {
  readonly image: Image;
  readonly rootfs: MergedRootfs;
  readonly host: TargetHost | null;
  readonly appPaths: readonly string[];
  /** Layers of the image that are its base's; null where they are not known, or where packages came on top. */
  readonly baseLayers: number | null;
  readonly signal?: AbortSignal;
}

/** Measured for a file or folder; of an image, the layers above its base where they hold nothing but the app. */
export async function measureTarget(input: MeasureInput): Promise<CompressedSizes> {
  const { image, rootfs, host, appPaths, baseLayers, signal } = input;
  if (host === null) return { appBytes: layerBytes(image, baseLayers), byPath: new Map() };
  const { directory, isFolder } = host;
  const files = appPaths.flatMap((path) => {
    const entry = rootfs.lookup(path)?.entry;
    if (entry?.type !== "file") return [];
    const file = isFolder ? join(directory, path.slice("/app/".length)) : directory;
    return [{ path, file, sizeBytes: entry.sizeBytes }];
  });
  // Only a library may be copied alone.
  const alone = files.filter(({ path }) => rootfs.elf(path) !== null);
  const together = files.filter(({ path }) => rootfs.elf(path) === null);
  const sizes = await measureCompressed([together, ...alone.map((one) => [one])], signal);
  if (sizes === null) return { appBytes: null, byPath: new Map() };
  return {
    appBytes: sizes.reduce((sum, size) => sum + size, 0),
    byPath: new Map(alone.map(({ path }, index) => [path, sizes[index + 1] ?? 0])),
  };
}

/** Null where it is not known: of a folder, of a layer that is not compressed where it is. */
function compressedBytes(layer: Layer): number | null {
  if (layer.kind === "directory") return null;
  if (layer.kind === "remote") return layer.digest === null ? null : layer.lengthBytes;
  return layer.compression === "none" ? null : layer.lengthBytes;
}

function layerBytes({ layers }: Image, baseLayers: number | null): number | null {
  if (baseLayers === null) return null;
  const above = layers.slice(baseLayers);
  const sizes = above.map(compressedBytes);
  return sizes.includes(null) ? null : sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
}
