import type { LayerFacts } from "../image/layer-facts.ts";
import { foldersOf } from "../image/layer-record.ts";
import type { MergedRootfs } from "../image/merge.ts";
import type { RootfsNode } from "../image/rootfs.ts";
import type { View } from "./open-view.ts";

/** How many names an entry has. */
export interface LinkCounts {
  /** Of a directory: its own name, its `.` and the `..` of each directory in it, as most file systems count. */
  of(node: RootfsNode, path: string): number;
}

/** Counts names of files over the whole image, where it has hard links at all. */
export function countLinks({ layers, rootfs }: Pick<View, "layers" | "rootfs">): LinkCounts {
  let counts: ReadonlyMap<RootfsNode, number> | null = null;
  return {
    of(node, path) {
      if (node.entry.type === "directory") return 2 + countFolders(rootfs, path);
      counts ??= layers.some(hasLinks) ? countNames(rootfs) : new Map<RootfsNode, number>();
      return counts.get(node) ?? 1;
    },
  };
}

function hasLinks(layer: LayerFacts): boolean {
  const folders = foldersOf(layer);
  if (folders !== null) return folders.kinds.some(([type]) => type === "hardlink");
  return layer.entries.some(({ type }) => type === "hardlink");
}

function countFolders(rootfs: MergedRootfs, path: string): number {
  let count = 0;
  for (const { entry } of rootfs.children(path).values()) if (entry.type === "directory") count++;
  return count;
}

/** Only of those with several names. */
function countNames(rootfs: MergedRootfs): ReadonlyMap<RootfsNode, number> {
  const seen = new Set<RootfsNode>();
  const counts = new Map<RootfsNode, number>();
  for (const { node } of walk(rootfs, "/")) {
    if (seen.has(node)) counts.set(node, (counts.get(node) ?? 1) + 1);
    else if (node.entry.type !== "directory") seen.add(node);
  }
  return counts;
}

/** Everything below a directory, in no order. */
function* walk(rootfs: MergedRootfs, root: string): Generator<{ readonly node: RootfsNode }> {
  const open = [root];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    for (const [name, node] of rootfs.children(path)) {
      yield { node };
      if (node.entry.type === "directory") open.push(path === "/" ? `/${name}` : `${path}/${name}`);
    }
  }
}
