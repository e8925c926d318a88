import type { CacheItem, CacheItemKind } from "../image/cache/cache-item.ts";
import type { CacheContents } from "../image/cache/list-cache.ts";
import { formatBytes } from "./amounts.ts";
import { clean } from "./clean.ts";
import { orderFailure, writeJson } from "./json.ts";
import { paint, tableLines, wrap, type TextOptions } from "./layout.ts";

/** What `fromage cache show` prints. */
export interface ShownCache {
  readonly contents: CacheContents;
  /** What blobs may take. */
  readonly blobCapBytes: number;
}

/** In the order in which they are listed everywhere, each with its words in a table. */
const titles: Readonly<Record<CacheItemKind, string>> = {
  layer: "facts of layers",
  pack: "ELF facts, in packs",
  blob: "blobs of registries",
  document: "manifests, indexes, configs",
  name: "what names stood for",
  address: "addresses of packages",
  file: "lists of packages and files",
  package: "what packages say of themselves",
  compiled: "fromage itself, compiled",
  old: "of older versions",
  newer: "of newer versions",
  draft: "blobs on their way",
  leftover: "leftovers",
};

/** Shown also when there are none. */
const usual: ReadonlySet<CacheItemKind> = new Set(["layer", "pack", "blob", "document", "name"]);

interface KindSum {
  readonly kind: CacheItemKind;
  readonly title: string;
  readonly count: number;
  readonly sizeBytes: number;
  readonly lastUsed: string | null;
}

/** The table of what is kept. Ends in a line end. */
export function renderCache(
  { contents, blobCapBytes }: ShownCache,
  options: Pick<TextOptions, "columns" | "color">,
): string {
  const { folder, isThere, items } = contents;
  const head = paint(clean(folder, maxPath), "strong", options.color);
  if (!isThere) return `${head}\n  is not there yet: nothing is kept\n`;
  const rows = sumKinds(items).filter(({ kind, count }) => count > 0 || usual.has(kind));
  const total = { title: "all together", count: items.length, ...sumAll(items) };
  const shown = [...rows, total];
  const table = tableLines(
    [
      { title: "WHAT", align: "left", cells: shown.map(({ title }) => title) },
      { title: "COUNT", align: "right", cells: shown.map(({ count }) => String(count)) },
      {
        title: "SIZE",
        align: "right",
        cells: shown.map(({ sizeBytes }) => formatBytes(sizeBytes)),
      },
      { title: "LAST USED", align: "left", cells: shown.map(({ lastUsed }) => dayOf(lastUsed)) },
    ],
    [0, 1, 2, 3],
    options,
  );
  const cap =
    blobCapBytes === 0 ? "blobs are not kept" : `blobs may take ${formatBytes(blobCapBytes)}`;
  const notes = [cap, ...(items.some(({ kind }) => kind === "old") ? [oldNote] : [])];
  return `${[head, ...table, ...notes.flatMap((note) => wrap(note, options.columns, "  "))].join("\n")}\n`;
}

const oldNote =
  "what older versions kept is not read by this one: fromage cache prune --old removes it";

/** A folder is shown whole: it is what one copies. Characters. */
const maxPath = 4096;

/** The same as data, schema/cache@1.json. */
export function renderCacheJson({ contents, blobCapBytes }: ShownCache, tool: string): string {
  const { folder, isThere, items, failures } = contents;
  return writeJson({
    schema: "fromage/cache@1",
    tool,
    action: "show",
    folder,
    isThere,
    blobCapBytes,
    kinds: sumKinds(items).map(({ kind, count, sizeBytes, lastUsed }) => ({
      kind,
      count,
      sizeBytes,
      lastUsed,
    })),
    totalBytes: sumAll(items).sizeBytes,
    failures: failures.map(orderFailure),
  });
}

/** Where the cache is, as data, schema/cache@1.json. */
export function renderCachePathJson(folder: string, tool: string): string {
  return writeJson({ schema: "fromage/cache@1", tool, action: "path", folder });
}

/** ISO 8601; null for 1970, which is no time of use. */
export function timeOf(usedAtMs: number): string | null {
  return usedAtMs > 0 ? new Date(usedAtMs).toISOString() : null;
}

/** `2026-11-25`, `-` where it is not known. */
export function dayOf(time: string | null): string {
  return time?.slice(0, 10) ?? "-";
}

function sumKinds(items: readonly CacheItem[]): readonly KindSum[] {
  return allKinds.map((kind) => {
    const own = items.filter((item) => item.kind === kind);
    return { kind, title: titles[kind], count: own.length, ...sumAll(own) };
  });
}

const allKinds: readonly CacheItemKind[] = [
  "layer",
  "pack",
  "blob",
  "document",
  "name",
  "address",
  "file",
  "package",
  "compiled",
  "old",
  "newer",
  "draft",
  "leftover",
];

function sumAll(items: readonly CacheItem[]): Pick<KindSum, "sizeBytes" | "lastUsed"> {
  return {
    sizeBytes: items.reduce((sum, item) => sum + item.sizeBytes, 0),
    lastUsed: timeOf(items.reduce((latest, { usedAtMs }) => Math.max(latest, usedAtMs), 0)),
  };
}
