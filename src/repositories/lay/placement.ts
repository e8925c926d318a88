import type {
  ElfStore,
  FileEntry,
  LayerFacts,
  LoaderCacheEntry,
  Section,
} from "../../image/layer-facts.ts";
import type { MergedRootfs } from "../../image/merge.ts";
import { placeLayer } from "../../image/place-over.ts";
import { revisions } from "../../image/readers/revisions.ts";

type Facts = Pick<LayerFacts, "elf" | "shebangs" | "texts" | "loaderCaches" | "packages">;
const sections = ["elf", "shebangs", "texts", "loaderCaches", "packages"] as const;

/** Layers laid over a root one after another, and all of them as one. */
export class Placement {
  readonly #entries: FileEntry[] = [];
  readonly #byPath = new Map<string, Map<string, unknown>>(
    sections.map((name) => [name, new Map()]),
  );
  readonly #failures: LayerFacts["failures"][number][] = [];
  readonly #sectionFailures = new Map<string, LayerFacts["failures"][number][]>();
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
    for (const { path } of placed.entries) {
      for (const facts of this.#byPath.values()) facts.delete(path);
    }
    this.#entries.push(...placed.entries);
    for (const name of sections) {
      const facts = this.#byPath.get(name);
      for (const [path, fact] of Object.entries(placed[name].byPath)) facts?.set(path, fact);
      const known = this.#sectionFailures.get(name) ?? [];
      this.#sectionFailures.set(name, [...known, ...placed[name].failures]);
    }
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
    const facts = Object.fromEntries(
      sections.map((name): [string, Section<unknown>] => [
        name,
        {
          revision: revisions[name].revision,
          byPath: Object.fromEntries(this.#byPath.get(name) ?? []),
          failures: this.#sectionFailures.get(name) ?? [],
        },
      ]),
    ) as unknown as Facts;
    // An entry that comes again takes the place of the one before.
    const last = new Map(this.#entries.map((entry) => [`${isMark(entry)} ${entry.path}`, entry]));
    const entries = this.#entries.filter((one) => last.get(`${isMark(one)} ${one.path}`) === one);
    const uncompressedBytes = entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return { ...emptyLayer, entries, uncompressedBytes, ...facts, failures: this.#failures };
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

const none = (name: (typeof sections)[number]): Section<never> => ({
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
