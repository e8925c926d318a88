import type { InstalledCatalogue } from "../catalogue/installed-catalogue.ts";
import type { FactsCache } from "../image/cache/facts-cache.ts";
import { joinElfStores } from "../image/elf-lines.ts";
import type { Image } from "../image/image.ts";
import type { ElfStore, LayerFacts } from "../image/layer-facts.ts";
import { mergeLazily, type MergedRootfs } from "../image/merge.ts";
import { readLayers, type ReadProgress } from "../image/read-layers.ts";
import { sectionNames, type SectionName } from "../image/readers/section-names.ts";
import { openImages, type OpenImagesOptions } from "../image/sources/open-images.ts";
import type { BaseInfo } from "../model/base.ts";
import { failed, success, type Failure, type Result } from "../model/failure.ts";
import { openBaseViews } from "./open-base-view.ts";

/** One image, read and ready to be looked into without running it. */
export interface View {
  readonly image: Image;
  /** The base of the catalogue that `base:ID` named: its facts are known, its bytes are not, and `image` has no layers. */
  readonly base: BaseInfo | null;
  /** Bottom first; of an image that was opened by its bytes one for each of `image.layers`, where they were to be read. */
  readonly layers: readonly LayerFacts[];
  readonly rootfs: MergedRootfs;
  readonly elf: ElfStore;
  /** What was not read of it, layer by layer. */
  readonly failures: readonly Failure[];
}

export interface OpenViewsOptions extends OpenImagesOptions {
  /** Absent: nothing is looked up or kept. */
  readonly cache?: FactsCache;
  /** Asked only for `base:ID`. */
  readonly catalogue: () => Result<Pick<InstalledCatalogue, "catalogue" | "failures">>;
  /** Sections that will be asked for; absent: all. The others may be empty in `layers` and `rootfs`. */
  readonly sections?: ReadonlySet<SectionName>;
  /** False: only `image` will be asked for, so that no layer is fetched or read; `layers` and `rootfs` are empty. Absent: true. */
  readonly readsLayers?: boolean;
  /** Told what is being read and how far it is. */
  readonly onProgress?: (what: string, progress: ReadProgress) => void;
}

/**
 * Opens and reads what a reference names, one view per platform; any image, a root filesystem, or `base:ID` of the
 * catalogue. A layer that cannot be read at all is the failure of the whole. A folder or file that is no image is refused
 * (`unsupported`): `rootfs:DIR` takes it as a root.
 */
export async function openViews(
  reference: string,
  options: OpenViewsOptions,
): Promise<Result<readonly View[]>> {
  if (reference.startsWith("base:")) return openBaseViews(reference, options);
  const opened = await openImages(reference, options);
  if (!opened.ok) return opened;
  const views: View[] = [];
  for (const image of opened.value) {
    const view = await openView(image, options);
    if (!view.ok) return view;
    views.push(view.value);
  }
  return success(views);
}

async function openView(image: Image, options: OpenViewsOptions): Promise<Result<View>> {
  const { reference } = image;
  if (image.source === "path") {
    const reason = `it is a file or folder and no image; rootfs:${reference} takes it as a root filesystem`;
    return failed({ kind: "unsupported", what: reference, where: null, reason });
  }
  const { cache, signal, sections, onProgress, readsLayers = true } = options;
  const results = await readLayers(readsLayers ? image.layers : [], {
    nameOf: () => reference,
    ...(cache === undefined ? {} : { cache }),
    ...(signal === undefined ? {} : { signal }),
    ...(sections === undefined ? {} : { sections }),
    onProgress: (progress) => onProgress?.(reference, progress),
  });
  const layers: LayerFacts[] = [];
  const stores: ElfStore[] = [];
  for (const result of results) {
    if (!result.ok) return result;
    layers.push(result.value.facts);
    stores.push(result.value.elf);
  }
  const elf = joinElfStores(stores);
  const rootfs = mergeLazily(layers, elf);
  const failures = [...layers.flatMap((layer) => failuresIn(layer, sections)), ...rootfs.failures];
  return success({ image, base: null, layers, rootfs, elf, failures });
}

/** Of a section that nobody asked for it is not told: whether it was loaded depends on the cache. */
function failuresIn(
  layer: LayerFacts,
  sections: ReadonlySet<SectionName> = new Set(sectionNames),
): readonly Failure[] {
  const asked = sectionNames.filter((name) => sections.has(name));
  return [...layer.failures, ...asked.flatMap((name) => layer[name].failures)];
}
