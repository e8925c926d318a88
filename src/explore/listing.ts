import { encodeName } from "../formats/tar/name.ts";
import type { MergedRootfs } from "../image/merge.ts";
import type { RootfsNode } from "../image/rootfs.ts";
import type { Failure } from "../model/failure.ts";
import { findPath, joinPath } from "./find-path.ts";

/** One line of a listing. */
export interface ListedFile {
  /** As it is shown: a name in a directory, or what was asked for. */
  readonly name: string;
  /** Where it is: absolute, no links in the directory part. */
  readonly path: string;
  readonly node: RootfsNode;
}

/** One directory and what lies in it. */
export interface ListedDirectory {
  /** As it was asked for, with what was gone down behind it. */
  readonly name: string;
  readonly files: readonly ListedFile[];
}

export interface Listing {
  /** What was asked for and is shown itself, not by what lies in it. */
  readonly files: readonly ListedFile[];
  /** In the order of `ls`: as asked for in the order of the files, each before those below it. */
  readonly directories: readonly ListedDirectory[];
  /** Paths that are not in the image. */
  readonly failures: readonly Failure[];
}

export interface ListingOptions {
  /** The image, for failures. */
  readonly where: string;
  /** Directories themselves, not what lies in them. */
  readonly isItself: boolean;
  readonly isRecursive: boolean;
  /** Names that start with a dot; `all` has `.` and `..` too. */
  readonly hidden: "none" | "almost" | "all";
  /** Whether a link to a directory that is asked for stands for the directory. */
  readonly followsLinks: boolean;
  readonly order: Order;
}

export interface Order {
  /** `size`: largest first; `time`: newest first; names decide where that is the same. */
  readonly by: "name" | "size" | "time";
  readonly isReversed: boolean;
}

/** What `ls` would list for these paths. The order of names is that of their UTF-16 code units, as in the C locale. */
export function listPaths(
  rootfs: MergedRootfs,
  paths: readonly string[],
  options: ListingOptions,
): Listing {
  const files: ListedFile[] = [];
  const asked: ListedFile[] = [];
  const failures: Failure[] = [];
  for (const path of paths) {
    const found = find(rootfs, path, options);
    if (!found.ok) failures.push(found.failure);
    else {
      const isOpened = found.value.node.entry.type === "directory" && !options.isItself;
      (isOpened ? asked : files).push({ name: path, ...found.value });
    }
  }
  const sorted = sortFiles(asked, options.order);
  const directories = sorted.flatMap((one) => [...listDirectory(rootfs, one, options)]);
  return { files: sortFiles(files, options.order), directories, failures };
}

/** A link is shown itself, unless it leads to a directory and links are followed. */
function find(
  rootfs: MergedRootfs,
  path: string,
  { where, followsLinks }: ListingOptions,
): ReturnType<typeof findPath> {
  if (followsLinks) {
    const target = findPath(rootfs, path, { where, followsLast: true });
    if (target.ok && target.value.node.entry.type === "directory") return target;
  }
  return findPath(rootfs, path, { where, followsLast: false });
}

/** Without recursion: only the length of a path bounds the depth. */
function* listDirectory(
  rootfs: MergedRootfs,
  root: ListedFile,
  options: ListingOptions,
): Generator<ListedDirectory> {
  const open = [root];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { name, path } = next;
    const files = sortFiles(listFiles(rootfs, path, options), options.order);
    yield { name, files };
    if (!options.isRecursive) continue;
    for (const file of files.toReversed()) {
      const isDot = file.name === "." || file.name === "..";
      if (file.node.entry.type !== "directory" || isDot) continue;
      open.push({ ...file, name: joinPath(name, file.name) });
    }
  }
}

function listFiles(
  rootfs: MergedRootfs,
  directory: string,
  { hidden }: ListingOptions,
): readonly ListedFile[] {
  const files: ListedFile[] = [];
  if (hidden === "all") {
    for (const name of [".", ".."]) {
      const found = rootfs.resolve(joinPath(directory, name));
      if (found.kind === "found") files.push({ name, path: found.path, node: found.node });
    }
  }
  const prefix = directory.endsWith("/") ? directory : `${directory}/`;
  for (const [name, node] of rootfs.children(directory)) {
    if (hidden === "none" && name.startsWith(".")) continue;
    files.push({ name, path: prefix + name, node });
  }
  return files;
}

function sortFiles(files: readonly ListedFile[], { by, isReversed }: Order): readonly ListedFile[] {
  const compare = (a: ListedFile, b: ListedFile): number =>
    compareBy[by](a, b) || compareNames(a, b);
  const sorted = files.toSorted(by === "name" ? compareNames : compare);
  return isReversed ? sorted.reverse() : sorted;
}

const compareNames = (a: ListedFile, b: ListedFile): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0;

const compareBy: Readonly<Record<Order["by"], (a: ListedFile, b: ListedFile) => number>> = {
  name: () => 0,
  size: (a, b) => shownBytes(b.node) - shownBytes(a.node),
  time: (a, b) => timeOf(b) - timeOf(a),
};

/** A time that the medium does not say counts as the oldest. */
function timeOf({ node }: ListedFile): number {
  return node.entry.modifiedSeconds ?? -Infinity;
}

/** The size that is shown: of a link that of its target's text, as stat(2) says. 0 for a directory. */
export function shownBytes({ entry }: RootfsNode): number {
  return entry.type === "symlink" ? encodeName(entry.linkTarget ?? "").byteLength : entry.sizeBytes;
}
