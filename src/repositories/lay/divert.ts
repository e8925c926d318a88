import type { Diversion } from "../../formats/dpkg/diversions.ts";
import type { FileEntry, LayerFacts, Section } from "../../image/layer-facts.ts";
import type { MergedRootfs } from "../../image/merge.ts";

/** The layer of the package `name` with its files where diversions of others put them. Source: dpkg-divert(1). */
export function divert(
  rootfs: MergedRootfs,
  layer: LayerFacts,
  { name, diversions }: { readonly name: string; readonly diversions: readonly Diversion[] },
): LayerFacts {
  const others = diversions.filter(({ by }) => by !== name);
  if (others.length === 0) return layer;
  const places = new Map(others.map(({ from, to }) => [realPlace(rootfs, from), to]));
  const moved = new Map<string, string>();
  for (const { path, type } of layer.entries) {
    const to = type === "directory" ? undefined : places.get(realPlace(rootfs, path));
    if (to !== undefined) moved.set(path, to);
  }
  if (moved.size === 0) return layer;
  const place = (path: string): string => moved.get(path) ?? path;
  const entry = (one: FileEntry): FileEntry => {
    const path = place(one.path);
    if (one.type !== "hardlink" || one.linkTarget === undefined) return { ...one, path };
    return { ...one, path, linkTarget: place(one.linkTarget) };
  };
  const section = <Fact>({ byPath, ...rest }: Section<Fact>): Section<Fact> => {
    const facts = Object.entries(byPath).map(([path, fact]) => [place(path), fact] as const);
    return { ...rest, byPath: Object.fromEntries(facts) };
  };
  return {
    ...layer,
    entries: layer.entries.map(entry),
    elf: section(layer.elf),
    shebangs: section(layer.shebangs),
    texts: section(layer.texts),
    loaderCaches: section(layer.loaderCaches),
    packages: section(layer.packages),
  };
}

/** The path with the links of its folder followed; as it is where the folder is not there. */
export function realPlace(rootfs: MergedRootfs, path: string): string {
  const slash = path.lastIndexOf("/");
  const folder = rootfs.resolve(path.slice(0, slash) || "/");
  if (folder.kind !== "found") return path;
  return `${folder.path === "/" ? "" : folder.path}/${path.slice(slash + 1)}`;
}
