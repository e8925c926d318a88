import { measureLayer } from "../../image/layer-contents.ts";
import type { Digest } from "../../model/digest.ts";
import { rootOf, sumBelow } from "../du/usage.ts";
import type { View } from "../open-view.ts";

/** One layer of one of the images. */
export interface ComparedLayer {
  readonly index: number;
  readonly diffId: Digest | null;
  /** As it is stored; null where that is not known. */
  readonly storedBytes: number | null;
  /** Contents of its files. */
  readonly unpackedBytes: number;
  /** The other image has the same layer. */
  readonly isShared: boolean;
}

export interface LayerChanges {
  /** Bottom first. */
  readonly before: readonly ComparedLayer[];
  readonly after: readonly ComparedLayer[];
  /** Contents of the files of the merged images. */
  readonly beforeBytes: number;
  readonly afterBytes: number;
}

type Side = Pick<View, "image" | "layers" | "rootfs">;

/** Which layers two images share, and how big all are. Pure. */
export function compareLayers(before: Side, after: Side): LayerChanges {
  return {
    before: layersOf(before, after),
    after: layersOf(after, before),
    beforeBytes: sumBelow(before.rootfs, rootOf(before.rootfs)),
    afterBytes: sumBelow(after.rootfs, rootOf(after.rootfs)),
  };
}

/** Whether anything of it is different: the same layers in the same order are not. */
export function isOtherLayers({ before, after }: LayerChanges): boolean {
  const isSame =
    before.length === after.length &&
    before.every(({ diffId }, at) => diffId !== null && diffId === after[at]?.diffId);
  return !isSame;
}

function layersOf({ image, layers }: Side, other: Side): readonly ComparedLayer[] {
  const others = new Set(other.layers.map(({ diffId }) => diffId));
  return layers.map((facts, index) => {
    const { diffId, compressedBytes } = facts;
    const layer = image.layers[index];
    const stored = layer === undefined || layer.kind === "directory" ? null : layer.lengthBytes;
    const unpackedBytes = measureLayer(facts).sizeBytes;
    const storedBytes = stored ?? compressedBytes;
    const isShared = diffId !== null && others.has(diffId);
    return { index, diffId, storedBytes, unpackedBytes, isShared };
  });
}
