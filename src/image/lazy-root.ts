import { folderOf, readFolder, type FolderRow, type FolderTable } from "./entry-folders.ts";
import type { FileEntry } from "./layer-facts.ts";
import { impliedDirectory, noChildren, type MergedNode } from "./merged-node.ts";

/**
 * The root of layers that are merged only where somebody looks: what lies in a folder is found out when it is asked for.
 * The tree is the same as that of `mergeLayers`. All layers must be plain, see `isPlainLayer`.
 */
export function lazyRoot(tables: readonly FolderTable[]): MergedNode {
  const layers = tables.map((table) => new LazyLayer(table));
  const merge = {};
  let found: Found = { entry: impliedDirectory("/"), layerIndex: 0, floor: 0 };
  layers.forEach((layer, layerIndex) => {
    for (const entry of layer.entriesIn("")) {
      if (entry.path !== "/") continue;
      if (entry.type === "opaque") found = { ...found, floor: layerIndex };
      if (entry.type === "directory") found = { ...found, entry, layerIndex };
    }
  });
  return new LazyDirectory(found, "", { layers, merge });
}

/** A directory while its layers are looked through. */
interface Found {
  readonly entry: FileEntry;
  readonly layerIndex: number;
  /** The lowest layer of which the contents still show. */
  readonly floor: number;
}

interface Stack {
  readonly layers: readonly LazyLayer[];
  readonly merge: object;
}

class LazyDirectory implements MergedNode {
  readonly entry: FileEntry;
  readonly layerIndex: number;
  readonly merge: object;
  readonly contentPath: string;
  readonly #floor: number;
  readonly #path: string;
  readonly #stack: Stack;
  #children: Map<string, MergedNode> | null = null;

  /** `path` without a slash at the end, empty for the root. */
  constructor({ entry, layerIndex, floor }: Found, path: string, stack: Stack) {
    this.entry = entry;
    this.layerIndex = layerIndex;
    this.merge = stack.merge;
    this.contentPath = entry.path;
    this.#floor = floor;
    this.#path = path;
    this.#stack = stack;
  }

  get children(): Map<string, MergedNode> {
    this.#children ??= this.#merge();
    return this.#children;
  }

  #merge(): Map<string, MergedNode> {
    const directories = new Map<string, Found>();
    const others = new Map<string, MergedNode>();
    const { layers } = this.#stack;
    for (let index = this.#floor; index < layers.length; index++) {
      this.#addLayer(index, directories, others);
    }
    for (const [name, found] of directories) {
      others.set(name, new LazyDirectory(found, `${this.#path}/${name}`, this.#stack));
    }
    return others;
  }

  #addLayer(
    layerIndex: number,
    directories: Map<string, Found>,
    others: Map<string, MergedNode>,
  ): void {
    const layer = this.#stack.layers[layerIndex];
    if (layer === undefined) return;
    const entries = layer.entriesIn(this.#path);
    const nameAt = this.#path.length + 1;
    if (layer.hasMarks) {
      for (const { path, type } of entries) {
        const name = path.slice(nameAt);
        const below = directories.get(name);
        if (type === "opaque" && below !== undefined) {
          directories.set(name, { ...below, floor: layerIndex });
        }
        if (type !== "whiteout") continue;
        directories.delete(name);
        others.delete(name);
      }
    }
    for (const entry of entries) {
      const name = entry.path.slice(nameAt);
      if (name === "" || entry.type === "whiteout" || entry.type === "opaque") continue;
      if (entry.type === "directory") {
        const floor = directories.get(name)?.floor ?? layerIndex;
        directories.set(name, { entry, layerIndex, floor });
        others.delete(name);
      } else {
        others.set(name, layer.nodeOf(entry, layerIndex, this.#stack.merge));
        directories.delete(name);
      }
    }
    for (const name of layer.foldersIn(this.#path)) {
      if (directories.has(name)) continue;
      const entry = impliedDirectory(`${this.#path}/${name}`);
      directories.set(name, { entry, layerIndex, floor: layerIndex });
      others.delete(name);
    }
  }
}

/** One layer by folder. */
class LazyLayer {
  readonly hasMarks: boolean;
  readonly #hasLinks: boolean;
  readonly #table: FolderTable;
  readonly #rows = new Map<string, FolderRow[]>();
  readonly #folders = new Map<string, Set<string>>();
  readonly #entries = new Map<string, readonly FileEntry[]>();
  /** Files that may have several names, by the path of the first. */
  readonly #nodes = new Map<string, MergedNode>();

  constructor(table: FolderTable) {
    this.#table = table;
    this.#hasLinks = table.kinds.some(([type]) => type === "hardlink");
    this.hasMarks = table.kinds.some(([type]) => type === "whiteout" || type === "opaque");
    for (const row of table.rows) {
      const known = this.#rows.get(row.dir);
      if (known === undefined) this.#rows.set(row.dir, [row]);
      else known.push(row);
      // A mark makes no folder.
      if (row.dir !== "" && (!this.hasMarks || this.#hasFiles(row))) this.#addFolder(row.dir);
    }
  }

  /** In the order of the layer; of the root, it itself too. */
  entriesIn(dir: string): readonly FileEntry[] {
    const known = this.#entries.get(dir);
    if (known !== undefined) return known;
    const { kinds } = this.#table;
    const [first, ...more] = this.#rows.get(dir) ?? [];
    const start = first === undefined ? [] : readFolder(first, kinds);
    const entries =
      more.length === 0 ? start : [start, ...more.map((row) => readFolder(row, kinds))].flat();
    this.#entries.set(dir, entries);
    return entries;
  }

  /** Names of folders that hold something of this layer, at whatever depth. */
  foldersIn(dir: string): Iterable<string> {
    return this.#folders.get(dir) ?? [];
  }

  /** The node of a file or of a further name of one. */
  nodeOf(entry: FileEntry, layerIndex: number, merge: object): MergedNode {
    if (!this.#hasLinks) return toNode(entry, layerIndex, merge);
    const first = entry.type === "hardlink" ? this.#entryAt(entry.linkTarget ?? "") : entry;
    const known = this.#nodes.get(first.path);
    if (known !== undefined) return known;
    const node = toNode(first, layerIndex, merge);
    this.#nodes.set(first.path, node);
    return node;
  }

  #entryAt(path: string): FileEntry {
    const entries = this.entriesIn(folderOf(path));
    const found = entries.find((entry) => entry.path === path && entry.type !== "whiteout");
    if (found === undefined) throw new TypeError(`Cannot find ${path}: the layer is not plain`);
    return found;
  }

  #hasFiles(row: FolderRow): boolean {
    return row.kinds.split(",").some((place) => {
      const [type] = this.#table.kinds[Number(place)] ?? [];
      return type !== "whiteout" && type !== "opaque";
    });
  }

  #addFolder(dir: string): void {
    for (let path = dir; path !== "";) {
      const parent = folderOf(path);
      const name = path.slice(parent.length + 1);
      const names = this.#folders.get(parent);
      if (names?.has(name) === true) return;
      if (names === undefined) this.#folders.set(parent, new Set([name]));
      else names.add(name);
      path = parent;
    }
  }
}

function toNode(entry: FileEntry, layerIndex: number, merge: object): MergedNode {
  return { entry, layerIndex, merge, contentPath: entry.path, children: noChildren };
}
