import type { Rootfs, RootfsNode } from "../../image/rootfs.ts";

/** A regular file of the merged image; of one with several names the first in the order of the tree. */
export interface UsedFile {
  readonly path: string;
  readonly node: RootfsNode;
  /** Bytes of its content. */
  readonly sizeBytes: number;
}

/** A directory and all that is in it. */
export interface UsedDirectory {
  /** Real path. */
  readonly path: string;
  /** 0 is where the measuring started. */
  readonly depth: number;
  /** Contents of the regular files at any depth below; one with several names counts where it comes first. */
  readonly sizeBytes: number;
  readonly files: number;
}

/** What takes the space below one path. */
export interface Usage {
  /** Each with all that is in it, contents before the directory around them, names sorted. The last is the whole. */
  readonly directories: readonly UsedDirectory[];
  /** In the order of the tree. */
  readonly files: readonly UsedFile[];
  readonly sizeBytes: number;
}

/**
 * Sizes are apparent: bytes of contents, as `du --apparent-size` counts files. Directories, links and devices count
 * nothing: what they take is the file system's affair. `start` is a real path; of a file it is that file alone. Pure.
 */
export function measureUsage(rootfs: Rootfs, start: string): Usage {
  const open: OpenDirectory[] = [];
  const directories: UsedDirectory[] = [];
  const files: UsedFile[] = [];
  const counted = new Set<RootfsNode>();
  const close = (): void => {
    const done = open.pop();
    if (done === undefined) return;
    const { path, sizeBytes, files: amount } = done;
    directories.push({ path, depth: open.length, sizeBytes, files: amount });
    const parent = open.at(-1);
    if (parent !== undefined) {
      parent.sizeBytes += sizeBytes;
      parent.files += amount;
    }
  };
  for (const path of pathsBelow(rootfs, start)) {
    while (open.length > 0 && !isBelow(path, open.at(-1)?.path ?? "/")) close();
    const node = rootfs.lookup(path);
    if (node?.entry.type === "directory") open.push({ path, sizeBytes: 0, files: 0 });
    if (node?.entry.type !== "file" || counted.has(node)) continue;
    counted.add(node);
    const { sizeBytes } = node.entry;
    files.push({ path, node, sizeBytes });
    const parent = open.at(-1);
    if (parent === undefined) continue;
    parent.sizeBytes += sizeBytes;
    parent.files++;
  }
  while (open.length > 0) close();
  return { directories, files, sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0) };
}

interface OpenDirectory {
  readonly path: string;
  sizeBytes: number;
  files: number;
}

/** Real paths in the order of the tree, the start first. */
function* pathsBelow(rootfs: Rootfs, start: string): Generator<string> {
  const todo = [start];
  for (let path = todo.pop(); path !== undefined; path = todo.pop()) {
    yield path;
    const names = rootfs.names(path).toReversed();
    for (const name of names) todo.push(path === "/" ? `/${name}` : `${path}/${name}`);
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
