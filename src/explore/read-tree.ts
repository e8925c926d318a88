import type { MergedRootfs } from "../image/merge.ts";
import type { RootfsNode } from "../image/rootfs.ts";
import type { FoundPath } from "./find-path.ts";
import { walkFiles, type WalkedFile } from "./walk-files.ts";

/** What a tree shows. */
export interface TreeRoot {
  /** The start first; a directory before what lies in it. */
  readonly files: readonly WalkedFile[];
  /** Below the start, links to one as well, as `tree` counts. */
  readonly directories: number;
  /** Of a directory all content below it, shown or not; of a file its own. A file with several names counts once, at the first. */
  readonly totalBytes: (file: WalkedFile) => number;
}

export interface TreeOptions {
  readonly maxDepth: number | null;
  readonly hasHidden: boolean;
  readonly isDirectoriesOnly: boolean;
}

/** A path and what lies below it. Sizes are summed only when they are asked for. */
export function readTree(
  rootfs: MergedRootfs,
  start: FoundPath & { readonly name: string },
  { maxDepth, hasHidden, isDirectoriesOnly }: TreeOptions,
): TreeRoot {
  const isHidden = (name: string, node: RootfsNode, path: string): boolean =>
    (!hasHidden && name.startsWith(".")) || (isDirectoriesOnly && !leadsIn(rootfs, path, node));
  const files = [...walkFiles(rootfs, start, { maxDepth, isHidden })];
  const below = files.slice(1).filter(({ path, node }) => leadsIn(rootfs, path, node));
  let sums: ReadonlyMap<string, number> | null = null;
  return {
    files,
    directories: below.length,
    totalBytes({ path }) {
      sums ??= sumBelow(rootfs, start);
      return sums.get(path) ?? 0;
    },
  };
}

/** Whether it is a directory or a link to one. */
function leadsIn(rootfs: MergedRootfs, path: string, { entry }: RootfsNode): boolean {
  if (entry.type !== "symlink") return entry.type === "directory";
  const target = rootfs.resolve(path);
  return target.kind === "found" && target.node.entry.type === "directory";
}

function sumBelow(
  rootfs: MergedRootfs,
  start: FoundPath & { readonly name: string },
): ReadonlyMap<string, number> {
  const walked = [...walkFiles(rootfs, start, { maxDepth: null })];
  const sums = new Map<string, number>();
  const seen = new Set<RootfsNode>();
  for (const { path, node } of walked) {
    const isNew = !seen.has(node);
    seen.add(node);
    sums.set(path, isNew ? node.entry.sizeBytes : 0);
  }
  // What lies in a directory comes behind it: from the end, each is whole when its turn comes.
  for (const { path, depth } of walked.toReversed()) {
    if (depth === 0) continue;
    const parent = path.slice(0, path.lastIndexOf("/")) || "/";
    sums.set(parent, (sums.get(parent) ?? 0) + (sums.get(path) ?? 0));
  }
  return sums;
}
