import { defaultBudgets, type Budgets } from "../model/budgets.ts";
import type { Failure } from "../model/failure.ts";
import type { ElfStore, FileEntry, LayerFacts, Section } from "./layer-facts.ts";
import { foldersOf } from "./layer-record.ts";
import { lazyRoot } from "./lazy-root.ts";
import { impliedDirectory, noChildren, type MergedNode } from "./merged-node.ts";
import type { Resolved, Rootfs, RootfsNode } from "./rootfs.ts";
import { resolvePath } from "./resolve-path.ts";

export interface MergedRootfs extends Rootfs {
  /** Entries that could not be placed: a hard link to nothing. */
  readonly failures: readonly Failure[];
  /** What lies in a real directory, by name, in no order; empty when it is none. Not to be changed. */
  children(directory: string): ReadonlyMap<string, RootfsNode>;
  /** This root with more layers over it; it stays as it is, and what they do not touch is shared. */
  over(layers: readonly LayerFacts[], elf: ElfStore): MergedRootfs;
}

/**
 * Lays the layers over each other, bottom first, as overlayfs shows them: a whiteout hides what is below, an
 * opaque directory everything in it that is below, a file replaces a directory with all that was in it, a
 * directory over a directory keeps what was in it. Whiteouts of a layer act on lower layers only, wherever they
 * stand in it. Source: OCI image-spec layer.md, "Applying changesets".
 * Parts of a path are not followed through links: a layer that has `lib/x` over a link `lib` replaces the link
 * by a directory, as overlayfs does. An entry for which more directories would have to be made up than `impliedDirectories` is
 * left out.
 */
export function mergeLayers(
  layers: readonly LayerFacts[],
  elf: ElfStore,
  budgets: Pick<Budgets, "impliedDirectories"> = defaultBudgets,
): MergedRootfs {
  const merge = {};
  const limit = budgets.impliedDirectories;
  const tree = {
    root: implied("/", { layerIndex: 0, merge }),
    merge,
    implied: { left: limit, limit },
  };
  return addLayers(tree, { layers: [], elf: [], failures: [] }, { layers, elf });
}

/**
 * The same root, merged only where somebody looks, as far as the layers come from records (see `foldersOf`): for a question
 * about a few folders of many.
 */
export function mergeLazily(layers: readonly LayerFacts[], elf: ElfStore): MergedRootfs {
  const tables = layers.flatMap((layer) => foldersOf(layer) ?? []);
  if (tables.length < layers.length) return mergeLayers(layers, elf);
  const root = lazyRoot(tables);
  let whole: MergedRootfs | null = null;
  return {
    ...view(root, { layers, elf }),
    failures: [],
    children: (directory) => find(root, directory)?.children ?? noChildren,
    over(more, moreElf) {
      whole ??= mergeLayers(layers, elf);
      return whole.over(more, moreElf);
    },
  };
}

/** One tree while it is merged. */
interface Tree {
  root: MergedNode;
  readonly merge: object;
  /** Of directories that no entry names; shared with what is laid over it. */
  readonly implied: { left: number; readonly limit: number };
}

/** What lies below: layers in order and where the facts of their ELF files are. */
interface Below {
  readonly layers: readonly LayerFacts[];
  readonly elf: readonly ElfStore[];
  readonly failures: readonly Failure[];
}

function addLayers(
  tree: Tree,
  below: Below,
  { layers, elf }: { readonly layers: readonly LayerFacts[]; readonly elf: ElfStore },
): MergedRootfs {
  const failures: Failure[] = [...below.failures];
  layers.forEach((layer, index) => {
    const layerIndex = below.layers.length + index;
    for (const entry of layer.entries) if (isMarker(entry)) hide(tree, entry);
    for (const entry of layer.entries) {
      if (isMarker(entry)) continue;
      if (tree.implied.left < 0) break;
      if (!place(tree, entry, layerIndex)) {
        const what = `${entry.path} -> ${entry.linkTarget ?? ""}`;
        failures.push({ kind: "not-found", what, where: layer.diffId, near: [] });
      }
    }
  });
  if (tree.implied.left < 0) failures.push(tooManyImplied(tree.implied.limit));
  const whole = { layers: [...below.layers, ...layers], elf: [...below.elf, elf], failures };
  const { root } = tree;
  return {
    ...view(root, { layers: whole.layers, elf: joinStores(whole.elf) }),
    failures,
    children: (directory) => find(root, directory)?.children ?? noChildren,
    over(more, moreElf) {
      const merge = {};
      return addLayers({ ...tree, root: copyOf(root, merge), merge }, whole, {
        layers: more,
        elf: moreElf,
      });
    },
  };
}

function joinStores(stores: readonly ElfStore[]): ElfStore {
  const [only] = stores;
  if (only !== undefined && stores.length === 1) return only;
  return {
    get(sha256) {
      for (const store of stores) {
        const facts = store.get(sha256);
        if (facts !== null) return facts;
      }
      return null;
    },
  };
}

function copyOf(node: MergedNode, merge: object): MergedNode {
  return { ...node, merge, children: new Map(node.children) };
}

/** The directory under that name, this merge's own to change. */
function owned(tree: Tree, parent: MergedNode, name: string): MergedNode | undefined {
  const child = parent.children.get(name);
  if (child === undefined || child.merge === tree.merge) return child;
  if (child.entry.type !== "directory") return child;
  const copy = copyOf(child, tree.merge);
  parent.children.set(name, copy);
  return copy;
}

function findOwned(tree: Tree, parts: readonly string[]): MergedNode | undefined {
  let node: MergedNode | undefined = tree.root;
  for (const part of parts) node = node === undefined ? undefined : owned(tree, node, part);
  return node;
}

const isMarker = ({ type }: FileEntry): boolean => type === "whiteout" || type === "opaque";

const partsOf = (path: string): string[] => path.split("/").filter((part) => part !== "");

function implied(
  path: string,
  at: { readonly layerIndex: number; readonly merge: object },
): MergedNode {
  return { entry: impliedDirectory(path), ...at, contentPath: path, children: new Map() };
}

function find(root: MergedNode, path: string): MergedNode | null {
  let node: MergedNode | undefined = root;
  for (const part of partsOf(path)) {
    node = node.children.get(part);
    if (node === undefined) return null;
  }
  return node;
}

function hide(tree: Tree, { path, type }: FileEntry): void {
  const parts = partsOf(path);
  if (type === "opaque") {
    findOwned(tree, parts)?.children.clear();
    return;
  }
  const name = parts.pop();
  const parent = findOwned(tree, parts);
  if (name !== undefined) parent?.children.delete(name);
}

function tooManyImplied(limit: number): Failure {
  const budget = "directories that no layer names";
  return { kind: "over-limit", what: "image", where: null, budget, limit, unit: "entries" };
}

/** False when it is a hard link whose target is not there. */
function place(tree: Tree, entry: FileEntry, layerIndex: number): boolean {
  const { merge } = tree;
  const parts = partsOf(entry.path);
  const name = parts.pop();
  if (name === undefined) {
    // `./` of an archive: the root itself has a mode, an owner and a time.
    if (entry.type === "directory") tree.root = { ...tree.root, entry, layerIndex };
    return true;
  }
  let parent = tree.root;
  let path = "";
  for (const part of parts) {
    path += `/${part}`;
    let next = owned(tree, parent, part);
    if (next === undefined || next.entry.type !== "directory") {
      if (--tree.implied.left < 0) return true;
      next = implied(path, { layerIndex, merge });
      parent.children.set(part, next);
    }
    parent = next;
  }
  if (entry.type === "hardlink") {
    const target = find(tree.root, entry.linkTarget ?? "/");
    if (target === null || target.entry.type === "directory") return false;
    parent.children.set(name, target);
    return true;
  }
  const there = parent.children.get(name);
  const kept = entry.type === "directory" && there?.entry.type === "directory";
  const isOwn = there?.merge === merge;
  const children =
    entry.type === "directory" ? childrenOf(kept && !isOwn ? there : null) : noChildren;
  if (kept && isOwn) {
    parent.children.set(name, { ...there, entry, layerIndex, contentPath: entry.path });
    return true;
  }
  parent.children.set(name, { entry, layerIndex, merge, contentPath: entry.path, children });
  return true;
}

function childrenOf(below: MergedNode | null): Map<string, MergedNode> {
  return new Map(below === null ? [] : below.children);
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
    elfFailure: (path) => failure(path, (layer) => layer.elf),
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
