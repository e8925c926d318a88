import type { MergedRootfs } from "../image/merge.ts";
import type { TakenPath } from "../image/take-paths.ts";

/** One thing to copy: a file or link, or a directory with all that is in it. */
export interface Folded {
  readonly path: string;
  readonly isDirectory: boolean;
}

/**
 * The fewest paths that stand for all of these: a directory of which everything is wanted stands for its contents. One
 * that is empty stays. A directory that holds links and is not wanted itself counts when its contents do: copied alone,
 * a link becomes the file that it leads to. `paths` are real paths; so are those that come back, sorted.
 */
export function foldDirectories(rootfs: MergedRootfs, paths: readonly string[]): readonly Folded[] {
  const wanted = new Set(paths);
  const folded: Folded[] = [];
  /** Whether all that lies in the directory is wanted; what is not folded into it goes to `parts`. */
  const visit = (path: string, parts: Folded[]): boolean => {
    const isDirectory = rootfs.lookup(path)?.entry.type === "directory";
    if (!isDirectory) {
      if (wanted.has(path)) parts.push({ path, isDirectory: false });
      return wanted.has(path);
    }
    const below: Folded[] = [];
    const names = rootfs.names(path);
    const states = names.map((name) => visit(path === "/" ? `/${name}` : `${path}/${name}`, below));
    const hasLink = names.some((name) => isLink(rootfs, `${path}/${name}`));
    const isWanted = wanted.has(path) || hasLink;
    const isWhole = path !== "/" && isWanted && states.every((state) => state);
    parts.push(...(isWhole ? [{ path, isDirectory: true }] : below));
    return isWhole;
  };
  visit("/", folded);
  return folded.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * What `COPY` makes of these in the result: a path named by itself is followed where it is a link, to the file or to
 * all that is in the directory; inside a copied directory links stay links. A link to nothing cannot be copied and is
 * left out. Source: BuildKit frontend/dockerfile/dockerfile2llb, dispatchCopy, FollowSymlinks; the same with buildah
 * 1.28 (measured 2026-11-25).
 */
export function copiedPaths(rootfs: MergedRootfs, paths: readonly string[]): readonly TakenPath[] {
  const followed = new Map<string, readonly TakenPath[]>();
  for (const { path } of foldDirectories(rootfs, paths)) {
    if (isLink(rootfs, path)) followed.set(path, followLink(rootfs, path));
  }
  return paths.flatMap((path) => followed.get(path) ?? [{ from: path, to: path }]);
}

function followLink(rootfs: MergedRootfs, link: string): readonly TakenPath[] {
  const resolved = rootfs.resolve(link);
  if (resolved.kind !== "found") return [];
  const { path: real } = resolved;
  return pathsBelow(rootfs, real).map((path) => ({
    from: path,
    to: `${link}${path.slice(real.length)}`,
  }));
}

/** The path itself first, then what lies in it. */
function pathsBelow(rootfs: MergedRootfs, real: string): readonly string[] {
  const found = [real];
  for (const path of found) {
    for (const name of rootfs.names(path))
      found.push(path === "/" ? `/${name}` : `${path}/${name}`);
  }
  return found;
}

const isLink = (rootfs: MergedRootfs, path: string): boolean =>
  rootfs.lookup(path)?.entry.type === "symlink";
