import type { HistoryStep, Image } from "../../image/image.ts";
import { measureLayer } from "../../image/layer-contents.ts";
import type { LayerFacts } from "../../image/layer-facts.ts";
import { readHistory } from "../../image/sources/image-config.ts";
import type { Digest } from "../../model/digest.ts";
import type { View } from "../open-view.ts";
import { cleanCommand } from "./clean-command.ts";

/** One layer as the history shows it. */
export interface HistoryLayer {
  /** 0 is the bottom. */
  readonly index: number;
  readonly digest: Digest | null;
  readonly diffId: Digest | null;
  /** As it is stored there; null where it is not stored as a layer, or that is not known. */
  readonly storedBytes: number | null;
  /** Contents of its files. */
  readonly unpackedBytes: number;
  readonly files: number;
}

/** A step of the build, or a layer that no step is known for. */
export interface HistoryLine {
  readonly created: string | null;
  /** As it stands in the config; null for a layer without a step. */
  readonly createdBy: string | null;
  /** The same as a line of a Dockerfile; null as above. */
  readonly command: string | null;
  readonly comment: string;
  /** Null: the step changed the config only, or it is not known which layer it made. */
  readonly layer: HistoryLayer | null;
  readonly isEmptyLayer: boolean;
  /** It belongs to the known base at the bottom. */
  readonly isBase: boolean;
}

export interface ImageHistory {
  /** In the order of the build. */
  readonly lines: readonly HistoryLine[];
  /**
   * `matched`: as many steps made layers as there are. `unmatched`: not so, so steps come without layers and layers follow
   * without steps. `absent`: the config says no step.
   */
  readonly state: "matched" | "unmatched" | "absent";
}

/** How an image was built. `baseLayers`: how many of its layers, from the bottom, are a known base's. Pure. */
export function traceHistory(
  { image, layers }: Pick<View, "image" | "layers">,
  baseLayers: number,
): ImageHistory {
  const steps = image.documents === undefined ? [] : readHistory(image.documents.config);
  const made = layers.map((facts, index) => toLayer(image, facts, index));
  const isMatched = steps.filter(({ isEmptyLayer }) => !isEmptyLayer).length === made.length;
  if (steps.length > 0 && isMatched) {
    return { lines: matchSteps(steps, made, baseLayers), state: "matched" };
  }
  const alone = made.map((layer) => ({
    ...noStep,
    layer,
    isBase: layer.index < baseLayers,
  }));
  const lines = [...steps.map((step) => ({ ...toLine(step), isBase: false })), ...alone];
  return { lines, state: steps.length === 0 ? "absent" : "unmatched" };
}

const noStep = {
  created: null,
  createdBy: null,
  command: null,
  comment: "",
  isEmptyLayer: false,
} as const;

function toLine(step: HistoryStep): Omit<HistoryLine, "isBase"> {
  const { created, createdBy, comment, isEmptyLayer } = step;
  const command = cleanCommand(createdBy);
  return { created, createdBy, command, comment, layer: null, isEmptyLayer };
}

function matchSteps(
  steps: readonly HistoryStep[],
  made: readonly HistoryLayer[],
  baseLayers: number,
): readonly HistoryLine[] {
  let next = 0;
  return steps.map((step) => {
    const layer = step.isEmptyLayer ? null : (made[next++] ?? null);
    // A step of the config behind the base's last layer may be the base's or not: it is not said to be.
    return { ...toLine(step), layer, isBase: (layer?.index ?? next) < baseLayers };
  });
}

function toLayer(image: Image, facts: LayerFacts, index: number): HistoryLayer {
  const layer = image.layers[index];
  const { files, sizeBytes: unpackedBytes } = measureLayer(facts);
  const stored = layer === undefined ? facts.compressedBytes : storedBytesOf(layer);
  return {
    index,
    digest: layer === undefined || layer.kind === "directory" ? null : layer.digest,
    diffId: facts.diffId ?? image.config.diffIds[index] ?? null,
    storedBytes: stored,
    unpackedBytes,
    files,
  };
}

function storedBytesOf(layer: Image["layers"][number]): number | null {
  return layer.kind === "directory" ? null : layer.lengthBytes;
}
