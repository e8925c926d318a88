import type { Failure } from "../model/failure.ts";
import type { LayerBudgets } from "./layer-budgets.ts";
import type { ElfStore, LayerFacts } from "./layer-facts.ts";
import type { Readers } from "./readers/list.ts";
import type { SectionName } from "./readers/section-names.ts";
import type { Unpacking } from "./unpack-blob.ts";

/** `ReadLayerOptions` of `readLayer` with everything filled in. */
export interface LayerContext {
  readonly where: string;
  readonly budgets: LayerBudgets;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (readBytes: number) => void;
  readonly known: ElfStore;
  readonly only?: ReadonlySet<SectionName>;
  readonly readers: Readers;
  /** Where the layer's bytes come from; this thread unpacks them when absent. */
  readonly unpacking?: Unpacking;
}

/** What one pass made. `elfLines`: the facts of its ELF files that were not known, see ElfLines. */
export interface LayerReading {
  readonly facts: LayerFacts;
  readonly elfLines: Uint8Array<ArrayBuffer>;
}

export function cancelled(where: string): Failure {
  return { kind: "cancelled", what: where, where: null };
}

/** The whole of something is not what it should be. */
export function malformedWhole(what: string, format: string, reason: string): Failure {
  return { kind: "malformed", what, where: null, format, reason, offsetBytes: null };
}
