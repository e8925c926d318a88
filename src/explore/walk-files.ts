import type { MergedRootfs } from "../image/merge.ts";
import type { RootfsNode } from "../image/rootfs.ts";
import type { FoundPath } from "./find-path.ts";
import type { ListedFile } from "./listing.ts";

/** One file on a walk. */
export interface WalkedFile extends ListedFile {
  /** Of the start is 0. */
  readonly depth: number;
  /** For each level below the start, whether it is the last of its directory: what a drawing of a tree needs. */
  readonly lasts: readonly boolean[];
}

export interface WalkOptions {
  /** Levels below the start; null: all. */
  readonly maxDepth: number | null;
  /** Names that are passed over with all below them; absent: none. */
  readonly isHidden?: (name: string, node: RootfsNode, path: string) => boolean;
}

/**
 * A file and all below it, as `find` walks: a directory before what lies in it, names by UTF-16 code unit. `name` is what was asked
 * for with the way from there. Without recursion.
 */
export function* walkFiles(
  rootfs: MergedRootfs,
  start: FoundPath & { readonly name: string },
  { maxDepth, isHidden }: WalkOptions,
): Generator<WalkedFile> {
  const open: WalkedFile[] = [{ ...start, depth: 0, lasts: [] }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    yield next;
    const { path, name, depth, lasts, node } = next;
    if (node.entry.type !== "directory" || depth === maxDepth) continue;
    const [realPrefix, shownPrefix] = [withSlash(path), withSlash(name)];
    const below = [...rootfs.children(path)].filter(
      ([own, child]) => isHidden?.(own, child, realPrefix + own) !== true,
    );
    below.sort(([a], [b]) => (a < b ? 1 : -1));
    below.forEach(([own, child], index) => {
      open.push({
        name: shownPrefix + own,
        path: realPrefix + own,
        node: child,
        depth: depth + 1,
        lasts: [...lasts, index === 0],
      });
    });
  }
}

function withSlash(path: string): string {
  return path.endsWith("/") ? path : `${path}/`;
}
