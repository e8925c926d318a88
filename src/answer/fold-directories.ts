import type { MergedRootfs } from "../image/merge.ts";

/** One thing to copy: a file or link, or a directory with all that is in it. */
export interface Folded {
  readonly path: string;
  readonly isDirectory: boolean;
}

/**
 * The fewest paths that stand for all of these: a directory of which everything is wanted stands for its contents. One
 * that is empty stays. `paths` are real paths; so are those that come back, sorted.
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
    const isWhole = path !== "/" && wanted.has(path) && states.every((state) => state);
    parts.push(...(isWhole ? [{ path, isDirectory: true }] : below));
    return isWhole;
  };
  visit("/", folded);
  return folded.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
