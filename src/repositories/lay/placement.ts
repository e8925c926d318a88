import type {
  ElfBrief,
  ElfStore,
  FileEntry,
  LayerFacts,
  LoaderCacheEntry,
  PackageFact,
  Section,
  ShebangFact,
} from "../../image/layer-facts.ts";
import type { MergedRootfs } from "../../image/merge.ts";
import { placeLayer } from "../../image/place-over.ts";
import { revisions } from "../../image/readers/revisions.ts";
import type { SectionName } from "../../image/readers/section-names.ts";
import type { Failure } from "../../model/failure.ts";

/** The facts of one section of several layers, the later ones over the earlier. */
class Union<Fact> {
  readonly #byPath = new Map<string, Fact>();
  readonly #failures: Failure[] = [];

  add({ byPath, failures }: Section<Fact>): void {
    for (const [path, fact] of Object.entries(byPath)) this.#byPath.set(path, fact);
    this.#failures.push(...failures);
  }

  forget(path: string): void {
    this.#byPath.delete(path);
  }

  toSection(name: SectionName): Section<Fact> {
    const byPath = Object.fromEntries(this.#byPath);
    return { ...revisions[name], byPath, failures: this.#failures };
  }
}

/** Layers laid over a root one after another, and all of them as one. */
export class Placement {
  readonly #entries: FileEntry[] = [];
  readonly #elf = new Union<ElfBrief>();
  readonly #shebangs = new Union<ShebangFact>();
  readonly #texts = new Union<string>();
  readonly #loaderCaches = new Union<readonly LoaderCacheEntry[]>();
  readonly #packages = new Union<PackageFact>();
  readonly #unions = [this.#elf, this.#shebangs, this.#texts, this.#loaderCaches, this.#packages];
  readonly #failures: Failure[] = [];
  #root: MergedRootfs;

  constructor(root: MergedRootfs) {
    this.#root = root;
  }

  /** The root with all that was laid over it. */
  get root(): MergedRootfs {
    return this.#root;
  }

  /** Directories that are links are followed, as `placeOver` does; what is there already as a directory stays as it is. */
  add(layer: LayerFacts, elf: ElfStore): void {
    const root = this.#root;
    const entries = layer.entries.filter((entry) => !isKept(root, entry));
    const placed = placeLayer(root, { ...layer, entries });
    for (const { path } of placed.entries) for (const union of this.#unions) union.forget(path);
    this.#entries.push(...placed.entries);
    this.#elf.add(placed.elf);
    this.#shebangs.add(placed.shebangs);
    this.#texts.add(placed.texts);
    this.#loaderCaches.add(placed.loaderCaches);
    this.#packages.add(placed.packages);
    this.#failures.push(...placed.failures);
    this.#root = root.over([placed], elf);
  }

  addEntries(entries: readonly FileEntry[]): void {
    if (entries.length > 0) this.add({ ...emptyLayer, entries }, noElf);
  }

  addLoaderCache(entry: FileEntry, cache: readonly LoaderCacheEntry[]): void {
    const loaderCaches = { ...emptyLayer.loaderCaches, byPath: { [entry.path]: cache } };
    this.add({ ...emptyLayer, entries: [entry], loaderCaches }, noElf);
  }

  /** All that was laid, as one layer over the first root. */
  toLayer(): LayerFacts {
    // An entry that comes again takes the place of the one before.
    const last = new Map(this.#entries.map((entry) => [`${isMark(entry)} ${entry.path}`, entry]));
    const entries = this.#entries.filter((one) => last.get(`${isMark(one)} ${one.path}`) === one);
    const uncompressedBytes = entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return {
      ...emptyLayer,
      entries,
      uncompressedBytes,
      elf: this.#elf.toSection("elf"),
      shebangs: this.#shebangs.toSection("shebangs"),
      texts: this.#texts.toSection("texts"),
      loaderCaches: this.#loaderCaches.toSection("loaderCaches"),
      packages: this.#packages.toSection("packages"),
      failures: this.#failures,
    };
  }
}

const isMark = ({ type }: FileEntry): boolean => type === "whiteout" || type === "opaque";

const noElf: ElfStore = { get: () => null };

/** A directory that is there keeps its mode and owner, and what is a directory does not become a link. Source: dpkg src/main/archives.c, tarobject. */
function isKept(root: MergedRootfs, { path, type }: FileEntry): boolean {
  if (type !== "directory" && type !== "symlink") return false;
  const there = root.resolve(path);
  if (there.kind !== "found" || there.node.entry.type !== "directory") return false;
  return type === "directory" || root.lookup(path)?.entry.type === "directory";
}

const none = (name: SectionName): Section<never> => ({
  ...revisions[name],
  byPath: {},
  failures: [],
});

/** A layer with nothing in it. */
export const emptyLayer: LayerFacts = {
  diffId: null,
  compressedBytes: null,
  uncompressedBytes: 0,
  entries: [],
  elf: none("elf"),
  shebangs: none("shebangs"),
  texts: none("texts"),
  loaderCaches: none("loaderCaches"),
  packages: none("packages"),
  failures: [],
};
