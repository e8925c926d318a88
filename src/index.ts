/** The library. Listed by hand: what is not here may change without notice. */
export { openElfLines } from "./image/elf-lines.ts";
export type { Layer } from "./image/image.ts";
export type { LayerFacts } from "./image/layer-facts.ts";
export { mergeLayers } from "./image/merge.ts";
export { readLayers, type ReadLayer, type ReadLayersOptions } from "./image/read-layers.ts";
export type { Rootfs } from "./image/rootfs.ts";
export type { Failure, Result } from "./model/failure.ts";
