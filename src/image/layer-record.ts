import type { Digest } from "../model/digest.ts";
import type { Failure } from "../model/failure.ts";
import { isPlainLayer, readFolder, tabulate, type FolderTable } from "./entry-folders.ts";
import type { FileEntry, LayerFacts } from "./layer-facts.ts";
import { sectionNames, type SectionName } from "./readers/section-names.ts";

/**
 * Goes up when the text below is written in another way. Part of the cache's folder name and of the catalogue.
 */
export const recordRevision = 3;

/** What is known of a layer apart from its sections. */
export type LayerCore = Omit<LayerFacts, SectionName>;

interface CoreRecord extends Omit<LayerCore, "entries">, FolderTable {
  readonly diffId: Digest | null;
  readonly compressedBytes: number | null;
  readonly uncompressedBytes: number;
  readonly failures: readonly Failure[];
  /** See `isPlainLayer`. */
  readonly isPlain: boolean;
}

/** The core as a value for JSON, about a quarter as long as the objects themselves. */
export function toCoreRecord({ entries, ...core }: LayerCore): CoreRecord {
  const { diffId, compressedBytes, uncompressedBytes, failures } = core;
  const isPlain = isPlainLayer(entries);
  const { kinds, rows } = tabulate(entries);
  return { diffId, compressedBytes, uncompressedBytes, failures, isPlain, kinds, rows };
}

/** Its entries are made when somebody asks for them. */
export function fromCoreRecord(record: CoreRecord): LayerCore {
  const { diffId, compressedBytes, uncompressedBytes, failures, kinds, rows, isPlain } = record;
  let entries: readonly FileEntry[] | null = null;
  const core: LayerCore = {
    diffId,
    compressedBytes,
    uncompressedBytes,
    get entries() {
      entries ??= rows.flatMap((row) => readFolder(row, kinds));
      return entries;
    },
    failures,
  };
  if (isPlain) tables.set(core, { kinds, rows });
  return core;
}

/** By the layer object itself: one that is made of it with other entries has none. */
const tables = new WeakMap<object, FolderTable>();

/**
 * The entries of a layer by folder, without any of them made; null where the layer comes from no record, or the order of its
 * entries counts (see `isPlainLayer`).
 */
export function foldersOf(layer: LayerFacts): FolderTable | null {
  return tables.get(layer) ?? null;
}

/** A core with its sections as one layer, its entries still not made. */
export function withSections(core: LayerCore, sections: Pick<LayerFacts, SectionName>): LayerFacts {
  const layer: LayerFacts = {
    diffId: core.diffId,
    compressedBytes: core.compressedBytes,
    uncompressedBytes: core.uncompressedBytes,
    get entries() {
      return core.entries;
    },
    ...sections,
    failures: core.failures,
  };
  const table = tables.get(core);
  if (table !== undefined) tables.set(layer, table);
  return layer;
}

/**
 * All of a layer but its whole ELF facts as one line of JSON: the record of the shipped catalogue. ELF facts go
 * beside it as `ElfLines`.
 */
export function serialiseLayerFacts(facts: LayerFacts): string {
  const sections = Object.fromEntries(sectionNames.map((name) => [name, facts[name]]));
  return JSON.stringify({ record: recordRevision, core: toCoreRecord(facts), ...sections });
}

/**
 * Reads what `serialiseLayerFacts` wrote. Throws SyntaxError for anything that is no such record of this revision;
 * its inside is trusted: who reads a file checks its sum first.
 */
export function parseLayerFacts(text: string): LayerFacts {
  const parsed: SerialisedFacts = JSON.parse(text);
  if (parsed?.record !== recordRevision || !Array.isArray(parsed.core?.rows)) {
    throw new SyntaxError(`Cannot read layer facts: no record of revision ${recordRevision}`);
  }
  const { record: _, core, ...sections } = parsed;
  return withSections(fromCoreRecord(core), sections);
}

type SerialisedFacts = { readonly record: number; readonly core: CoreRecord } & Pick<
  LayerFacts,
  SectionName
>;
