import { joinElfStores } from "../image/elf-lines.ts";
import type { Image } from "../image/image.ts";
import type { ElfStore, LayerFacts } from "../image/layer-facts.ts";
import { mergeLayers, type MergedRootfs } from "../image/merge.ts";
import { readLayers, type ReadLayersOptions } from "../image/read-layers.ts";
import type { Digest } from "../model/digest.ts";
import { success, type Failure, type Result } from "../model/failure.ts";

/** All of an image that later steps look at. */
export interface ReadImage {
  readonly rootfs: MergedRootfs;
  readonly elf: ElfStore;
  /** Of the layers as they were read, bottom first; one without (a folder of this machine) ends them. */
  readonly diffIds: readonly Digest[];
  /** What was passed over, layer by layer. */
  readonly failures: readonly Failure[];
}

/** Reads and merges the layers of an image; one that cannot be read at all is the failure of the whole. */
export async function readImage(
  image: Image,
  options: ReadLayersOptions,
): Promise<Result<ReadImage>> {
  const results = await readLayers(image.layers, { nameOf: () => image.reference, ...options });
  const layers: LayerFacts[] = [];
  const stores: ElfStore[] = [];
  for (const result of results) {
    if (!result.ok) return result;
    layers.push(result.value.facts);
    stores.push(result.value.elf);
  }
  const elf = joinElfStores(stores);
  const rootfs = mergeLayers(layers, elf);
  const diffIds = diffIdsOf(layers);
  return success({
    rootfs,
    elf,
    diffIds,
    failures: [...layers.flatMap(failuresOf), ...rootfs.failures],
  });
}

function diffIdsOf(layers: readonly LayerFacts[]): readonly Digest[] {
  const end = layers.findIndex(({ diffId }) => diffId === null);
  return layers.slice(0, end < 0 ? undefined : end).flatMap(({ diffId }) => diffId ?? []);
}

/** What was not read of a layer, by the pass or by one of its readers. */
export function failuresOf(layer: LayerFacts): readonly Failure[] {
  const { elf, shebangs, texts, loaderCaches, packages } = layer;
  return [layer, elf, shebangs, texts, loaderCaches, packages].flatMap(({ failures }) => failures);
}
