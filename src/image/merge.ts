import type { Failure } from "../model/failure.ts";
import type { ElfStore, FileEntry, LayerFacts, Section } from "./layer-facts.ts";
import type { Resolved, Rootfs, RootfsNode } from "./rootfs.ts";
import { resolvePath } from "./resolve-path.ts";

/** A node of the merge: the public node, where its facts are kept, and what lies in it. */
interface MergedNode extends RootfsNode {
  /** Path of the entry whose content it is: of the first name of a hard link. */
  readonly contentPath: string;
  readonly children: Map<string, MergedNode>;
}

export interface MergedRootfs extends Rootfs {
  /** Entries that could not be placed: a hard link to nothing. */
  readonly failures: readonly Failure[];
}

/**
 * Lays the layers over each other, bottom first, as overlayfs shows them: a whiteout hides what is below, an
 * opaque directory everything in it that is below, a file replaces a directory with all that was in it, a
 * directory over a directory keeps what was in it. Whiteouts of a layer act on lower layers only, wherever they
 * stand in it. Source: OCI image-spec layer.md, "Applying changesets".
 * Parts of a path are not followed through links: a layer that has `lib/x` over a link `lib` replaces the link
 * by a directory, as overlayfs does.
 */
export function mergeLayers(layers: readonly LayerFacts[], elf: ElfStore): MergedRootfs {
  const failures: Failure[] = [];
  const root = implied("/", 0);
  layers.forEach((layer, layerIndex) => {
    for (const entry of layer.entries) if (isMarker(entry)) hide(root, entry);
    for (const entry of layer.entries) {
      if (isMarker(entry)) continue;
      if (!place(root, entry, layerIndex)) {
        const what = `${entry.path} -> ${entry.linkTarget ?? ""}`;
        failures.push({ kind: "not-found", what, where: layer.diffId, near: [] });
      }
    }
  });
  return { ...view(root, { layers, elf }), failures };
}

const isMarker = ({ type }: FileEntry): boolean => type === "whiteout" || type === "opaque";

const partsOf = (path: string): string[] => path.split("/").filter((part) => part !== "");

/** A directory that no entry names: root's, 0755, as engines make it. */
function implied(path: string, layerIndex: number): MergedNode {
  const entry = { path, type: "directory", mode: 0o755, uid: 0, gid: 0, sizeBytes: 0 } as const;
  return { entry, layerIndex, contentPath: path, children: new Map() };
}

function find(root: MergedNode, path: string): MergedNode | null {
  let node: MergedNode | undefined = root;
  for (const part of partsOf(path)) {
    node = node.children.get(part);
    if (node === undefined) return null;
  }
  return node;
}

function hide(root: MergedNode, { path, type }: FileEntry): void {
  if (type === "opaque") {
    find(root, path)?.children.clear();
    return;
  }
  const parts = partsOf(path);
  const name = parts.pop();
  const parent = find(root, parts.join("/"));
  if (name !== undefined) parent?.children.delete(name);
}

/** False when it is a hard link whose target is not there. */
function place(root: MergedNode, entry: FileEntry, layerIndex: number): boolean {
  const parts = partsOf(entry.path);
  const name = parts.pop();
  if (name === undefined) return true;
  let parent = root;
  let path = "";
  for (const part of parts) {
    path += `/${part}`;
    let next = parent.children.get(part);
    if (next === undefined || next.entry.type !== "directory") {
      next = implied(path, layerIndex);
      parent.children.set(part, next);
    }
    parent = next;
  }
  if (entry.type === "hardlink") {
    const target = find(root, entry.linkTarget ?? "/");
    if (target === null || target.entry.type === "directory") return false;
    parent.children.set(name, target);
    return true;
  }
  const there = parent.children.get(name);
  const kept = entry.type === "directory" && there?.entry.type === "directory";
  const children = kept ? there.children : new Map<string, MergedNode>();
  parent.children.set(name, { entry, layerIndex, contentPath: entry.path, children });
  return true;
}

interface Facts {
  readonly layers: readonly LayerFacts[];
  readonly elf: ElfStore;
}

function view(root: MergedNode, { layers, elf }: Facts): Rootfs {
  const fact = <Fact>(path: string, section: (layer: LayerFacts) => Section<Fact>): Fact | null => {
    const node = find(root, path);
    const layer = node === null ? undefined : layers[node.layerIndex];
    if (node === null || layer === undefined || node.entry.type !== "file") return null;
    return section(layer).byPath[node.contentPath] ?? null;
  };
  const failure = (
    path: string,
    section: (layer: LayerFacts) => Section<unknown>,
  ): Failure | null => {
    const node = find(root, path);
    const layer = node === null ? undefined : layers[node.layerIndex];
    if (node === null || layer === undefined) return null;
    return section(layer).failures.find(({ what }) => what === node.contentPath) ?? null;
  };
  const lookup = (path: string): RootfsNode | null => {
    const parts = partsOf(path);
    const name = parts.pop();
    if (name === undefined) return root;
    const parent = resolve(`/${parts.join("/")}`);
    return parent.kind === "found" ? (find(root, parent.path)?.children.get(name) ?? null) : null;
  };
  const resolve = (path: string): Resolved => resolvePath((real) => find(root, real), path);
  const sha256 = (path: string): string | null => fact(path, (layer) => layer.elf)?.sha256 ?? null;
  return {
    resolve,
    lookup,
    names: (directory) => [...(find(root, directory)?.children.keys() ?? [])].toSorted(compare),
    elf: (path) => {
      const hash = sha256(path);
      return hash === null ? null : elf.get(hash);
    },
    elfProblem: (path) => failure(path, (layer) => layer.elf)?.kind ?? null,
    elfSha256: sha256,
    shebang: (path) => fact(path, (layer) => layer.shebangs),
    text: (path) => fact(path, (layer) => layer.texts),
    loaderCache: (path) => fact(path, (layer) => layer.loaderCaches),
    packageFact: (path) => fact(path, (layer) => layer.packages),
    packageProblem: (path) => failure(path, (layer) => layer.packages),
    paths: () => pathsOf(root),
  };
}

/** Order by UTF-16 code unit, the same on every machine. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Directories before their contents, without recursion: depth is bounded by the length of a path only. */
function* pathsOf(root: MergedNode): Generator<string> {
  const open: { path: string; node: MergedNode }[] = [{ path: "", node: root }];
  for (let top = open.pop(); top !== undefined; top = open.pop()) {
    const { path, node } = top;
    yield path === "" ? "/" : path;
    const names = [...node.children.keys()].toSorted(compare).toReversed();
    for (const name of names) {
      const child = node.children.get(name);
      if (child !== undefined) open.push({ path: `${path}/${name}`, node: child });
    }
  }
}
