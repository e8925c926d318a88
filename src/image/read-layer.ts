import type { Result } from "../model/failure.ts";
import type { LocalLayer } from "./image.ts";
import type { ElfStore } from "./layer-facts.ts";
import { layerBudgets, type LayerBudgets } from "./layer-budgets.ts";
import type { LayerContext, LayerReading } from "./layer-context.ts";
import { readBlob } from "./read-blob.ts";
import { readDirectory } from "./read-directory.ts";
import { readers, type Readers } from "./readers/list.ts";
import type { SectionName } from "./readers/section-names.ts";
import type { Unpacking } from "./unpack-blob.ts";

export interface ReadLayerOptions {
  /** The layer by its name, for failures; its file or folder when absent. */
  readonly where?: string;
  readonly budgets?: Partial<LayerBudgets>;
  readonly signal?: AbortSignal;
  /** Told about once a MiB how many of the layer's stored bytes were read. */
  readonly onProgress?: (readBytes: number) => void;
  /** Facts of ELF files that need not be made again. */
  readonly known?: ElfStore;
  /** Sections to make; the others come back empty. Absent: all. */
  readonly only?: ReadonlySet<SectionName>;
  /** The layer's bytes, where they are unpacked elsewhere; `signal` and `onProgress` are then its own too. */
  readonly unpacking?: Unpacking;
  /** For tests. */
  readonly readers?: Readers;
}

/**
 * One pass over a layer in this thread: hashes, inflates, reads the archive, shows the files to the readers.
 * The facts are whole when `diffId` is set (for a folder: when `failures` is empty). A stream that breaks off gives what was read, with
 * the failure. A digest or diffId that does not match, a file that changed meanwhile or cannot be read, and the signal
 * are failures of the whole layer.
 */
export async function readLayer(
  layer: LocalLayer,
  options: ReadLayerOptions = {},
): Promise<Result<LayerReading>> {
  const context: LayerContext = {
    where: options.where ?? (layer.kind === "blob" ? layer.file : layer.directory),
    budgets: { ...layerBudgets, ...options.budgets },
    signal: options.signal,
    onProgress: options.onProgress ?? ((): void => undefined),
    known: options.known ?? { get: () => null },
    ...(options.only === undefined ? {} : { only: options.only }),
    readers: options.readers ?? readers,
    ...(options.unpacking === undefined ? {} : { unpacking: options.unpacking }),
  };
  return layer.kind === "blob" ? readBlob(layer, context) : readDirectory(layer, context);
}
