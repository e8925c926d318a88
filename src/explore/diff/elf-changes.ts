import type { ElfFacts } from "../../formats/elf/facts.ts";
import type { RootfsNode } from "../../image/rootfs.ts";
import { nodesBelow, rootOf } from "../du/usage.ts";
import type { View } from "../open-view.ts";

/** What the loader sees of an ELF file that is another. */
export interface ElfChange {
  readonly path: string;
  /** Where the same library stands under another name: `/lib/libz.so.1.3.1`. Else the same as `path`. */
  readonly afterPath: string;
  /** Null where it is the same. */
  readonly soname: { readonly before: string | null; readonly after: string | null } | null;
  readonly interpreter: { readonly before: string | null; readonly after: string | null } | null;
  readonly machine: { readonly before: number; readonly after: number } | null;
  /** Names of libraries. */
  readonly neededAdded: readonly string[];
  readonly neededRemoved: readonly string[];
  /** Versions asked of libraries, `libc.so.6 GLIBC_2.38`, sorted. */
  readonly versionsAdded: readonly string[];
  readonly versionsRemoved: readonly string[];
  /** How many symbols, with their versions, others can bind to. */
  readonly exportsAdded: number;
  readonly exportsRemoved: number;
  /** A budget cut the symbols of one of them short: the counts are of those that were read. */
  readonly isTruncated: boolean;
}

export interface ElfChanges {
  /** By path. Only where the loader sees a difference: other bytes alone are a change of the file. */
  readonly changes: readonly ElfChange[];
  /** Names of libraries that one image has and the other has not, sorted. */
  readonly sonamesAdded: readonly string[];
  readonly sonamesRemoved: readonly string[];
}

type Side = Pick<View, "rootfs" | "layers">;

/** An ELF file of an image. */
interface ElfFile {
  readonly path: string;
  readonly node: RootfsNode;
  readonly sha256: string;
  readonly soname: string | null;
}

/**
 * Compares ELF files under the same path, or of the same soname in the same folder where a version in the file's name
 * changed. The views must have the section `elf`. Pure.
 */
export function findElfChanges(before: Side, after: Side): ElfChanges {
  const [old, now] = [elfFiles(before), elfFiles(after)];
  const changes = pairUp(old, now).flatMap(([a, b]) => {
    if (a.sha256 === b.sha256) return [];
    const [was, is] = [before.rootfs.elf(a.path), after.rootfs.elf(b.path)];
    if (was === null || is === null) return [];
    const change = compareElf(was, is);
    return isSeen(change) ? [{ path: a.path, afterPath: b.path, ...change }] : [];
  });
  const sonames = ([...files]: Iterable<ElfFile>): readonly string[] =>
    [...new Set(files.flatMap(({ soname }) => (soname === null ? [] : [soname])))].toSorted();
  const [had, has] = [sonames(old.values()), sonames(now.values())];
  const { added, removed } = difference(had, has);
  return { changes, sonamesAdded: added, sonamesRemoved: removed };
}

function elfFiles({ rootfs, layers }: Side): ReadonlyMap<string, ElfFile> {
  const files = new Map<string, ElfFile>();
  for (const { path, node } of nodesBelow(rootfs, rootOf(rootfs))) {
    const brief =
      node.entry.type === "file" ? layers[node.layerIndex]?.elf.byPath[node.entry.path] : undefined;
    if (brief !== undefined) {
      files.set(path, { path, node, sha256: brief.sha256, soname: brief.soname });
    }
  }
  return files;
}

function pairUp(
  old: ReadonlyMap<string, ElfFile>,
  now: ReadonlyMap<string, ElfFile>,
): readonly (readonly [ElfFile, ElfFile])[] {
  const renamed = new Map<string, ElfFile>();
  for (const file of now.values()) {
    if (!old.has(file.path) && file.soname !== null) renamed.set(placeOf(file), file);
  }
  const pairs: (readonly [ElfFile, ElfFile])[] = [];
  const seen = new Map<RootfsNode, RootfsNode>();
  for (const file of old.values()) {
    const other =
      now.get(file.path) ?? (file.soname === null ? undefined : renamed.get(placeOf(file)));
    // Of a file with many names, as BusyBox has them, once is enough.
    if (other === undefined || seen.get(file.node) === other.node) continue;
    seen.set(file.node, other.node);
    pairs.push([file, other]);
  }
  return pairs;
}

/** Where /usr was merged, a library of /lib stands in /usr/lib. */
const placeOf = ({ path, soname }: ElfFile): string =>
  `${path.slice(0, path.lastIndexOf("/")).replace(/^\/usr\//, "/")}/${soname ?? ""}`;

function compareElf(was: ElfFacts, is: ElfFacts): Omit<ElfChange, "path" | "afterPath"> {
  const needed = difference(was.needed, is.needed);
  const versions = difference(versionsOf(was), versionsOf(is));
  const exported = difference(exportsOf(was), exportsOf(is));
  const both = <Value>(before: Value, after: Value): { before: Value; after: Value } | null =>
    before === after ? null : { before, after };
  return {
    soname: both(was.soname, is.soname),
    interpreter: both(was.interpreter, is.interpreter),
    machine: both(was.machine, is.machine),
    neededAdded: needed.added,
    neededRemoved: needed.removed,
    versionsAdded: versions.added,
    versionsRemoved: versions.removed,
    exportsAdded: exported.added.length,
    exportsRemoved: exported.removed.length,
    isTruncated: was.isTruncated || is.isTruncated,
  };
}

function isSeen(change: Omit<ElfChange, "path" | "afterPath">): boolean {
  const { soname, interpreter, machine, neededAdded, neededRemoved } = change;
  const { versionsAdded, versionsRemoved, exportsAdded, exportsRemoved } = change;
  const lists = [neededAdded, neededRemoved, versionsAdded, versionsRemoved];
  const isOther = soname !== null || interpreter !== null || machine !== null;
  return isOther || lists.some((list) => list.length > 0) || exportsAdded + exportsRemoved > 0;
}

const versionsOf = ({ versionNeeds }: ElfFacts): readonly string[] =>
  versionNeeds
    .flatMap(({ file, versions }) => versions.map(({ name }) => `${file} ${name}`))
    .toSorted();

const exportsOf = ({ exports }: ElfFacts): readonly string[] =>
  exports.flatMap(({ names, version }) =>
    names.split("\n").map((name) => (version === null ? name : `${name}@${version}`)),
  );

function difference(
  was: readonly string[],
  is: readonly string[],
): { readonly added: readonly string[]; readonly removed: readonly string[] } {
  const [before, after] = [new Set(was), new Set(is)];
  return {
    added: [...after].filter((one) => !before.has(one)),
    removed: [...before].filter((one) => !after.has(one)),
  };
}
