import type { FileEntry, LayerFacts } from "../../image/layer-facts.ts";
import type { MergedRootfs } from "../../image/merge.ts";
import { isBelow, nodesBelow, rootOf } from "./usage.ts";

/** A file of a layer that nobody sees any more: its bytes are stored and sent all the same. */
export interface WastedFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly layerIndex: number;
  /** `overwritten`: something else stands there now. `deleted`: nothing does. */
  readonly because: "overwritten" | "deleted";
  /** The layer that did it: one above, or the same where an archive has the path twice. */
  readonly byLayerIndex: number;
}

/** What each layer holds, bottom first. */
export interface LayerUse {
  readonly layerIndex: number;
  /** Contents of all its files; hard links count nothing. */
  readonly sizeBytes: number;
  readonly files: number;
  /** Contents of those of its files that the merged image shows. */
  readonly seenBytes: number;
  /** `sizeBytes` without `seenBytes`. */
  readonly wastedBytes: number;
}

export interface Waste {
  readonly layers: readonly LayerUse[];
  /** Layer by layer, in the order of each. */
  readonly files: readonly WastedFile[];
}

/** Finds files of layers, below the real path `start`, that an upper layer overwrote or deleted. Pure. */
export function findWaste(
  layers: readonly LayerFacts[],
  rootfs: MergedRootfs,
  start: string,
): Waste {
  const seen = findSeen(rootfs);
  const uses: LayerUse[] = [];
  const unseen: Unseen[] = [];
  layers.forEach(({ entries }, layerIndex) => {
    const files = entries.filter(({ type, path }) => type === "file" && isBelow(path, start));
    const last = new Map(files.map((entry) => [entry.path, entry]));
    const sizeBytes = sumSizes(files);
    const lost = files.filter(
      (entry) => last.get(entry.path) !== entry || seen[layerIndex]?.has(entry.path) !== true,
    );
    const wastedBytes = sumSizes(lost);
    const seenBytes = sizeBytes - wastedBytes;
    uses.push({ layerIndex, sizeBytes, files: files.length, seenBytes, wastedBytes });
    unseen.push(...lost.map((entry) => ({ entry, layerIndex })));
  });
  const history = recordHistory(layers, unseen);
  return { layers: uses, files: unseen.map((one) => explain(one, history)) };
}

/** By layer, paths of the entries whose content the merged image shows, under whatever name. */
function findSeen(rootfs: MergedRootfs): readonly ReadonlySet<string>[] {
  const seen: Set<string>[] = [];
  for (const { node } of nodesBelow(rootfs, rootOf(rootfs))) {
    if (node.entry.type === "file") (seen[node.layerIndex] ??= new Set()).add(node.entry.path);
  }
  return seen;
}

const sumSizes = (entries: readonly FileEntry[]): number =>
  entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);

interface Unseen {
  readonly entry: FileEntry;
  readonly layerIndex: number;
}

/** What the layers have at the paths that matter, bottom first. */
type History = ReadonlyMap<string, readonly Unseen[]>;

function recordHistory(layers: readonly LayerFacts[], unseen: readonly Unseen[]): History {
  const history = new Map<string, Unseen[]>();
  for (const { entry } of unseen) {
    for (const path of [entry.path, ...foldersOf(entry.path)]) {
      if (!history.has(path)) history.set(path, []);
    }
  }
  layers.forEach(({ entries }, layerIndex) => {
    for (const entry of entries) history.get(entry.path)?.push({ entry, layerIndex });
  });
  return history;
}

function explain({ entry, layerIndex }: Unseen, history: History): WastedFile {
  const { path, sizeBytes } = entry;
  const lost = { path, sizeBytes, layerIndex };
  const later = (one: Unseen): boolean =>
    one.layerIndex > layerIndex || (one.layerIndex === layerIndex && one.entry !== entry);
  const own = (history.get(path) ?? []).filter(later);
  const above = foldersOf(path).flatMap((folder) =>
    (history.get(folder) ?? []).filter((one) => later(one) && takesContents(one, layerIndex)),
  );
  const first = [...own, ...above].toSorted((a, b) => a.layerIndex - b.layerIndex)[0];
  const byLayerIndex = first?.layerIndex ?? layerIndex;
  // A layer that removes what is below and brings it anew overwrites it.
  const isThere = own.some(
    (one) => one.layerIndex === byLayerIndex && one.entry.type !== "whiteout",
  );
  return { ...lost, because: isThere ? "overwritten" : "deleted", byLayerIndex };
}

/** Whether an entry at a directory's place removes what lower layers have in it. */
function takesContents({ entry, layerIndex }: Unseen, below: number): boolean {
  if (entry.type === "directory") return false;
  return layerIndex > below || (entry.type !== "whiteout" && entry.type !== "opaque");
}

/** Directories above a path, the nearest first. */
function foldersOf(path: string): readonly string[] {
  const folders: string[] = [];
  let slash = path.lastIndexOf("/");
  while (slash > 0) {
    folders.push(path.slice(0, slash));
    slash = path.lastIndexOf("/", slash - 1);
  }
  return [...folders, "/"];
}
