/** The library. Listed by hand: what is not here may change without notice. */
export type { LddAnswer } from "./answer/answer-ldd.ts";
export { check, choose, ldd, type LibraryOptions } from "./answer/with-defaults.ts";
export { openElfLines } from "./image/elf-lines.ts";
export type { Image, ImageConfig, Layer } from "./image/image.ts";
export type { LayerFacts } from "./image/layer-facts.ts";
export { mergeLayers } from "./image/merge.ts";
export { readLayers, type ReadLayer, type ReadLayersOptions } from "./image/read-layers.ts";
export type { Rootfs } from "./image/rootfs.ts";
export { openImages, type OpenImagesOptions } from "./image/sources/open-images.ts";
export type { Start } from "./linking/process.ts";
export type { Candidate, CheckAnswer, Choice, ChooseAnswer, Recipe } from "./model/answer.ts";
export type { BaseInfo } from "./model/base.ts";
export type { Failure, Result } from "./model/failure.ts";
export type { Finding, FindingCode } from "./model/finding.ts";
export type { Verdict } from "./model/verdict.ts";
export { describeFailure } from "./report/failure-words.ts";
export { describeFinding } from "./report/finding-words.ts";
