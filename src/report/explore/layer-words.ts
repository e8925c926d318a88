import type { LayerFacts } from "../../image/layer-facts.ts";

/** `2 9ae0daaf1823`: place of the layer, 0 the bottom, and the start of its diffId; `-` where it has none. */
export function layerWords(index: number, layers: readonly Pick<LayerFacts, "diffId">[]): string {
  return `${index} ${shortDiffId(layers[index]?.diffId ?? null)}`;
}

/** The first twelve digits. */
export function shortDiffId(diffId: string | null): string {
  return diffId === null ? "-" : diffId.slice(diffId.indexOf(":") + 1).slice(0, 12);
}
