import { sumFiles } from "./entry-folders.ts";
import { foldersOf } from "./layer-record.ts";
import type { LayerFacts } from "./layer-facts.ts";

/** How much a layer holds. */
export interface LayerContents {
  /** Regular files; a hard link is none. */
  readonly files: number;
  /** Contents of these. */
  readonly sizeBytes: number;
}

/** Of a layer from a record without any of its entries made. Pure. */
export function measureLayer(layer: LayerFacts): LayerContents {
  const folders = foldersOf(layer);
  if (folders !== null) return sumFiles(folders);
  let [files, sizeBytes] = [0, 0];
  for (const entry of layer.entries) {
    if (entry.type !== "file") continue;
    files++;
    sizeBytes += entry.sizeBytes;
  }
  return { files, sizeBytes };
}
