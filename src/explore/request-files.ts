import type { FileEntry, LayerFacts } from "../image/layer-facts.ts";
import { foldersOf } from "../image/layer-record.ts";
import type { FileSink, FilesRequest } from "../image/read-files.ts";
import type { RootfsNode } from "../image/rootfs.ts";

/**
 * Asks one pass over a layer for the files of these nodes, which must be regular files that it brought. A path may stand in a layer
 * twice with a hard link between: the link has the content of the first, so each node gets that of its own entry.
 */
export function requestFiles(
  layer: LayerFacts,
  nodes: Iterable<RootfsNode>,
  open: (node: RootfsNode) => FileSink,
): FilesRequest {
  // Each path is there once: to make all entries of the layer would take longer than the answer.
  if (foldersOf(layer) !== null) return requestPaths(nodes, open);
  const byEntry = new Map([...nodes].map((node) => [node.entry, node]));
  const turns = turnsOf(layer, byEntry.keys());
  const byPath = new Map<string, RootfsNode[]>();
  for (const [entry, node] of byEntry) {
    const sameName = byPath.get(entry.path) ?? [];
    sameName[turns.get(entry) ?? 0] = node;
    byPath.set(entry.path, sameName);
  }
  const passed = new Map<string, number>();
  let next: RootfsNode | undefined;
  return {
    begin: () => passed.clear(),
    wants({ path }) {
      const sameName = byPath.get(path);
      if (sameName === undefined) return false;
      const turn = passed.get(path) ?? 0;
      passed.set(path, turn + 1);
      next = sameName[turn];
      return next !== undefined;
    },
    open({ path }) {
      if (next === undefined) throw new TypeError(`Cannot take ${path}: nobody asked for it`);
      return open(next);
    },
  };
}

/** The same of a layer in which each path is there once. */
function requestPaths(
  nodes: Iterable<RootfsNode>,
  open: (node: RootfsNode) => FileSink,
): FilesRequest {
  const byPath = new Map<string, RootfsNode>();
  for (const node of nodes) byPath.set(node.entry.path, node);
  let next: RootfsNode | undefined;
  return {
    wants({ path }) {
      next = byPath.get(path);
      return next !== undefined;
    },
    open({ path }) {
      if (next === undefined) throw new TypeError(`Cannot take ${path}: nobody asked for it`);
      return open(next);
    },
  };
}

/** How many files of the same path stand before each in the layer. */
function turnsOf(layer: LayerFacts, wanted: Iterable<FileEntry>): ReadonlyMap<FileEntry, number> {
  const turns = new Map<FileEntry, number>();
  const paths = new Set([...wanted].map(({ path }) => path));
  const passed = new Map<string, number>();
  for (const entry of layer.entries) {
    if (entry.type !== "file" || !paths.has(entry.path)) continue;
    const turn = passed.get(entry.path) ?? 0;
    turns.set(entry, turn);
    passed.set(entry.path, turn + 1);
  }
  return turns;
}

/** Paths of files that a layer has more than once: by such a path alone it is not known which of them is meant. */
export function repeatedPaths(layer: LayerFacts): ReadonlySet<string> {
  const known = repeated.get(layer);
  if (known !== undefined) return known;
  const [once, more] = [new Set<string>(), new Set<string>()];
  if (foldersOf(layer) === null) {
    for (const { path, type } of layer.entries) {
      if (type === "file") (once.has(path) ? more : once).add(path);
    }
  }
  repeated.set(layer, more);
  return more;
}

const repeated = new WeakMap<LayerFacts, ReadonlySet<string>>();
