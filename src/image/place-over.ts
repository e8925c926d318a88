import type { ElfStore, FileEntry, LayerFacts, Section } from "./layer-facts.ts";
import type { MergedRootfs } from "./merge.ts";

/**
 * Copies a layer into a root as `COPY` does: a directory of the root that is a link is followed, so that `/lib/x` goes
 * to `/usr/lib/x` where /lib is a link to it. (A layer that is unpacked would replace the link.) The last part of a
 * path is not followed. Source: Dockerfile reference, COPY; BuildKit resolves the destination in the root.
 */
export function placeOver(rootfs: MergedRootfs, layer: LayerFacts, elf: ElfStore): MergedRootfs {
  return rootfs.over([placeLayer(rootfs, layer)], elf);
}

/** The layer with its paths as `placeOver` puts them; itself where none changes. */
export function placeLayer(rootfs: MergedRootfs, layer: LayerFacts): LayerFacts {
  const places = new Map<string, string>();
  const realPath = (path: string): string => {
    const slash = path.lastIndexOf("/");
    const directory = path.slice(0, slash);
    let place = places.get(directory);
    if (place === undefined) {
      place = realDirectory(rootfs, directory);
      places.set(directory, place);
    }
    return `${place}/${path.slice(slash + 1)}`;
  };
  const moved = layer.entries.map((entry) => moveEntry(entry, rootfs, realPath));
  if (moved.every((entry, index) => entry === layer.entries[index])) return layer;
  const section = <Fact>({ byPath, ...rest }: Section<Fact>): Section<Fact> => ({
    ...rest,
    byPath: Object.fromEntries(
      Object.entries(byPath).map(([path, fact]) => [realPath(path), fact]),
    ),
  });
  return {
    ...layer,
    entries: moved,
    elf: section(layer.elf),
    shebangs: section(layer.shebangs),
    texts: section(layer.texts),
    loaderCaches: section(layer.loaderCaches),
    packages: section(layer.packages),
  };
}

function moveEntry(
  entry: FileEntry,
  rootfs: MergedRootfs,
  realPath: (path: string) => string,
): FileEntry {
  const path = realPath(entry.path);
  const isLinkedDirectory = entry.type === "directory" && isLinkToDirectory(rootfs, path);
  const { linkTarget } = entry;
  const target =
    entry.type === "hardlink" && linkTarget !== undefined ? realPath(linkTarget) : linkTarget;
  if (path === entry.path && target === linkTarget && !isLinkedDirectory) return entry;
  // A directory over a link to one changes nothing but what lies in it.
  const real = isLinkedDirectory ? realDirectory(rootfs, path) : path;
  return { ...entry, path: real, ...(target === undefined ? {} : { linkTarget: target }) };
}

function isLinkToDirectory(rootfs: MergedRootfs, path: string): boolean {
  if (rootfs.lookup(path)?.entry.type !== "symlink") return false;
  const resolved = rootfs.resolve(path);
  return resolved.kind === "found" && resolved.node.entry.type === "directory";
}

/** The real path of the longest part that is there, with the rest behind it. Without a slash at the end. */
function realDirectory(rootfs: MergedRootfs, directory: string): string {
  if (directory === "") return "";
  const resolved = rootfs.resolve(directory);
  if (resolved.kind === "found") {
    const isDirectory = resolved.node.entry.type === "directory";
    return isDirectory ? (resolved.path === "/" ? "" : resolved.path) : directory;
  }
  const slash = directory.lastIndexOf("/");
  return `${realDirectory(rootfs, directory.slice(0, slash))}/${directory.slice(slash + 1)}`;
}
