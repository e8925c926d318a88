import type { LoaderCacheEntry } from "../../image/layer-facts.ts";
import type { MergedRootfs } from "../../image/merge.ts";
import { cacheFlagsOf } from "../../linking/machine.ts";
import { compareLibraryNames } from "./library-names.ts";
import type { MadeLink } from "./choose-links.ts";
import { loaderDirectories } from "./loader-directories.ts";

/** What ldconfig leaves. */
export interface LoaderCache {
  /** In the order of the cache. */
  readonly entries: readonly LoaderCacheEntry[];
  /** Links under the soname that were not there. */
  readonly links: readonly MadeLink[];
}

/** One name of a library in one directory. */
interface Found {
  readonly name: string;
  readonly soname: string;
  readonly flags: number;
  readonly isLink: boolean;
}

/** Source: glibc elf/ldconfig.c, search_dir. */
const namePattern = /^(?:lib|ld-).*\.so/s;

/**
 * The cache that ldconfig would write for a root, and the links that it would make: every library of the directories of
 * /etc/ld.so.conf and of the loader's own, a directory that has two names once. Source: glibc elf/ldconfig.c (search_dirs,
 * search_dir, create_links), elf/cache.c (compare).
 */
export function makeLoaderCache(rootfs: MergedRootfs): LoaderCache {
  const entries: LoaderCacheEntry[] = [];
  const links: MadeLink[] = [];
  for (const { path, realPath } of loaderDirectories(rootfs)) {
    const folders = [
      { path, realPath, hwcaps: null },
      ...hwcapsOf(rootfs, realPath).map((hwcaps) => ({
        path: `${path}/glibc-hwcaps/${hwcaps}`,
        realPath: `${realPath}/glibc-hwcaps/${hwcaps}`,
        hwcaps,
      })),
    ];
    for (const folder of folders) {
      for (const { name, soname, flags, isLink } of librariesIn(rootfs, folder.realPath)) {
        entries.push({ soname, path: `${folder.path}/${soname}`, flags, hwcaps: folder.hwcaps });
        const isMissing = rootfs.lookup(`${folder.realPath}/${soname}`) === null;
        if (!isLink && soname !== name && isMissing) {
          links.push({ path: `${folder.realPath}/${soname}`, target: name });
        }
      }
    }
  }
  return { entries: entries.toSorted(compareEntries), links };
}

function hwcapsOf(rootfs: MergedRootfs, directory: string): readonly string[] {
  const folder = `${directory}/glibc-hwcaps`;
  return rootfs
    .names(folder)
    .filter((name) => rootfs.lookup(`${folder}/${name}`)?.entry.type === "directory");
}

/** The names of a directory by soname: of several files the one with the highest version, a file before a link. */
function librariesIn(rootfs: MergedRootfs, directory: string): readonly Found[] {
  const bySoname = new Map<string, Found>();
  for (const name of rootfs.names(directory)) {
    const found = namePattern.test(name) ? look(rootfs, directory, name) : null;
    if (found === null) continue;
    const key = `${found.soname} ${found.flags}`;
    const other = bySoname.get(key);
    if (other !== undefined && !isBetter(found, other)) continue;
    bySoname.set(key, found);
  }
  return [...bySoname.values()];
}

function isBetter(one: Found, other: Found): boolean {
  if (one.isLink !== other.isLink) return !one.isLink;
  return compareLibraryNames(one.name, other.name) > 0;
}

function look(rootfs: MergedRootfs, directory: string, name: string): Found | null {
  const path = `${directory}/${name}`;
  const resolved = rootfs.resolve(path);
  if (resolved.kind !== "found" || resolved.node.entry.type !== "file") return null;
  const facts = rootfs.elf(resolved.path);
  const flags = facts === null ? null : (cacheFlagsOf(facts)?.[0] ?? null);
  if (facts === null || flags === null || !facts.isDynamic) return null;
  const soname = facts.soname ?? name;
  const realName = resolved.path.slice(resolved.path.lastIndexOf("/") + 1);
  const isSymlink = rootfs.lookup(path)?.entry.type === "symlink";
  // A link to a file that is named after its soname, or to the plain `.so` of it, counts under its own name.
  const isLink =
    isSymlink && (realName === soname || (realName.endsWith(".so") && soname.startsWith(realName)));
  return { name, soname: isLink ? name : soname, flags, isLink };
}

/** The last first: the loader looks from the end. Those of processors before the plain one. */
function compareEntries(a: LoaderCacheEntry, b: LoaderCacheEntry): number {
  return (
    compareLibraryNames(b.soname, a.soname) ||
    b.flags - a.flags ||
    Number(b.hwcaps !== null) - Number(a.hwcaps !== null) ||
    compareTexts(b.hwcaps ?? "", a.hwcaps ?? "")
  );
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
