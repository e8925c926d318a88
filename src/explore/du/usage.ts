import type { MergedRootfs } from "../../image/merge.ts";
import type { RootfsNode } from "../../image/rootfs.ts";
import { joinPath, type FoundPath } from "../find-path.ts";

/** A regular file of the merged image; of one with several names the first in the order of the tree. */
export interface UsedFile {
  readonly path: string;
  readonly node: RootfsNode;
  /** Bytes of its content. */
  readonly sizeBytes: number;
  /** Its other names below the start, in the order of the tree; most files have none. */
  readonly otherNames: readonly string[];
}

/** A directory with all that is in it, or a file. */
export interface UsageEntry {
  /** Real path. */
  readonly path: string;
  readonly type: "directory" | "file";
  /** 0 is where the measuring started. */
  readonly depth: number;
  /** Contents of the regular files at any depth below; one with several names counts where it comes first. */
  readonly sizeBytes: number;
}

/** What takes the space below one path. */
export interface Usage {
  /** As `du -a` lists them: contents before the directory around them, names sorted. The last is the whole. */
  readonly entries: readonly UsageEntry[];
  /** In the order of the tree. */
  readonly files: readonly UsedFile[];
  readonly sizeBytes: number;
}

/**
 * Sizes are apparent: bytes of contents, as `du --apparent-size` counts files. Directories, links and devices count
 * nothing: what they take is the file system's affair. Of a file it is that file alone. `keeps`: which entries are wanted. Pure.
 */
export function measureUsage(
  rootfs: MergedRootfs,
  start: FoundPath,
  keeps: (entry: Pick<UsageEntry, "type" | "depth">) => boolean = () => true,
): Usage {
  const open: { readonly path: string; sizeBytes: number }[] = [];
  const entries: UsageEntry[] = [];
  const files: UsedFile[] = [];
  const counted = new Map<RootfsNode, string[]>();
  const add = (sizeBytes: number): void => {
    const parent = open.at(-1);
    if (parent !== undefined) parent.sizeBytes += sizeBytes;
  };
  const close = (): void => {
    const done = open.pop();
    if (done === undefined) return;
    const kind = { type: "directory", depth: open.length } as const;
    if (keeps(kind)) entries.push({ ...kind, ...done });
    add(done.sizeBytes);
  };
  for (const { path, node } of nodesBelow(rootfs, start)) {
    while (open.length > 0 && !isBelow(path, open.at(-1)?.path ?? "/")) close();
    if (node.entry.type === "directory") open.push({ path, sizeBytes: 0 });
    if (node.entry.type !== "file") continue;
    const known = counted.get(node);
    known?.push(path);
    if (known !== undefined) continue;
    const otherNames: string[] = [];
    counted.set(node, otherNames);
    const { sizeBytes } = node.entry;
    files.push({ path, node, sizeBytes, otherNames });
    const kind = { type: "file", depth: open.length } as const;
    if (keeps(kind)) entries.push({ ...kind, path, sizeBytes });
    add(sizeBytes);
  }
  while (open.length > 0) close();
  return { entries, files, sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0) };
}

/** The sum alone. Pure. */
export function sumBelow(rootfs: MergedRootfs, start: FoundPath): number {
  const counted = new Set<RootfsNode>();
  let sizeBytes = 0;
  for (const { node } of nodesBelow(rootfs, start)) {
    if (node.entry.type !== "file" || counted.has(node)) continue;
    counted.add(node);
    sizeBytes += node.entry.sizeBytes;
  }
  return sizeBytes;
}

/** Each real path once, a directory before what lies in it. */
export function* nodesBelow(
  rootfs: Pick<MergedRootfs, "children">,
  start: FoundPath,
): Generator<FoundPath> {
  const waiting = [start];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    yield next;
    if (next.node.entry.type !== "directory") continue;
    const { path } = next;
    const below = [...rootfs.children(path)].toSorted(([a], [b]) => (a < b ? 1 : -1));
    for (const [name, node] of below) waiting.push({ path: joinPath(path, name), node });
  }
}

/** Whether the real path is the directory or lies in it. */
export function isBelow(path: string, directory: string): boolean {
  return directory === "/" || path === directory || path.startsWith(`${directory}/`);
}

/** Biggest first; of the same size by path. */
export function biggest<File extends { readonly path: string; readonly sizeBytes: number }>(
  files: readonly File[],
  most: number,
): readonly File[] {
  const bySize = (a: File, b: File): number =>
    b.sizeBytes - a.sizeBytes || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);
  return files.toSorted(bySize).slice(0, most);
}

/** The whole of an image as the start of a walk. */
export function rootOf(rootfs: MergedRootfs): FoundPath {
  const node = rootfs.lookup("/");
  if (node === null) throw new TypeError("Cannot find the root: a merged image always has one");
  return { path: "/", node };
}
