import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FileEntry, LayerFacts } from "./layer-facts.ts";
import { foldersOf, parseLayerFacts, serialiseLayerFacts } from "./layer-record.ts";
import { mergeLayers, mergeLazily, type MergedRootfs } from "./merge.ts";
import type { RootfsNode } from "./rootfs.ts";

const noElf = { get: () => null };
const empty = { revision: 0, byPath: {}, failures: [] };

function layerOf(entries: readonly FileEntry[]): LayerFacts {
  const sections = {
    elf: empty,
    shebangs: empty,
    texts: empty,
    loaderCaches: empty,
    packages: empty,
  };
  return {
    diffId: null,
    compressedBytes: null,
    uncompressedBytes: 0,
    entries,
    ...sections,
    failures: [],
  };
}

/** As it comes from a cache. */
const stored = (layer: LayerFacts): LayerFacts => parseLayerFacts(serialiseLayerFacts(layer));

/** All that a root tells of itself; two names of one file have one number. */
function describeRoot(rootfs: MergedRootfs): readonly string[] {
  const numbers = new Map<RootfsNode, number>();
  const lines: string[] = [];
  for (const path of rootfs.paths()) {
    const node = rootfs.lookup(path);
    if (node === null) throw new Error(`${path} is listed and not there`);
    if (!numbers.has(node)) numbers.set(node, numbers.size);
    const { entry, layerIndex } = node;
    lines.push(`${path} ${numbers.get(node)} ${layerIndex} ${JSON.stringify(sorted(entry))}`);
  }
  return lines;
}

const sorted = (entry: FileEntry): object =>
  Object.fromEntries(Object.entries(entry).toSorted(([a], [b]) => (a < b ? -1 : 1)));

const names = fc.constantFrom("a", "b", "c", "ä,1", "d/");
const path = fc
  .array(names, { minLength: 0, maxLength: 4 })
  .map((parts) => `/${parts.map((part) => part.replace("/", "")).join("/")}`);

const entry: fc.Arbitrary<FileEntry> = fc
  .record({
    path,
    type: fc.constantFrom<FileEntry["type"]>(
      "directory",
      "directory",
      "file",
      "file",
      "symlink",
      "hardlink",
      "character",
      "whiteout",
      "opaque",
    ),
    mode: fc.constantFrom(0o644, 0o755, 0o4755),
    uid: fc.constantFrom(0, 1000),
    sizeBytes: fc.constantFrom(0, 7),
    modifiedSeconds: fc.option(fc.constantFrom(-1, 0, 1_700_000_000), { nil: undefined }),
    linkTarget: path,
  })
  .map(({ linkTarget, modifiedSeconds, ...rest }) => ({
    ...rest,
    gid: 0,
    ...(modifiedSeconds === undefined ? {} : { modifiedSeconds }),
    ...(rest.type === "symlink" || rest.type === "hardlink" ? { linkTarget } : {}),
    ...(rest.type === "character" ? { device: { major: 1, minor: 3 } } : {}),
  }));

const layers = fc.array(fc.array(entry, { maxLength: 10 }), { minLength: 1, maxLength: 4 });

describe("a record", () => {
  it("gives the same entries again, in their order", () => {
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        const layer = layerOf(entries);
        expect(stored(layer).entries).toEqual(entries);
        expect(serialiseLayerFacts(stored(layer))).toBe(serialiseLayerFacts(layer));
      }),
    );
  });
});

describe("mergeLazily()", () => {
  it("gives the same root as mergeLayers()", () => {
    let lazyOnes = 0;
    fc.assert(
      fc.property(layers, (all) => {
        const facts = all.map((entries) => stored(layerOf(entries)));
        if (facts.every((layer) => foldersOf(layer) !== null)) lazyOnes++;
        const eager = mergeLayers(all.map(layerOf), noElf);
        expect(describeRoot(mergeLazily(facts, noElf))).toEqual(describeRoot(eager));
      }),
      { numRuns: 3000 },
    );
    // Otherwise nothing was shown.
    expect(lazyOnes).toBeGreaterThan(300);
  });

  it("gives the same root with more layers over it", () => {
    fc.assert(
      fc.property(layers, fc.array(entry, { maxLength: 5 }), (all, more) => {
        const facts = all.map((entries) => stored(layerOf(entries)));
        const over = mergeLazily(facts, noElf).over([layerOf(more)], noElf);
        const eager = mergeLayers([...all, more].map(layerOf), noElf);
        expect(describeRoot(over)).toEqual(describeRoot(eager));
      }),
    );
  });

  it.each<readonly [string, readonly FileEntry[]]>([
    ["a path twice", [file("/a"), file("/a")]],
    ["a file below a file", [file("/a"), file("/a/b/c")]],
    ["a hard link to nothing", [{ ...file("/a"), type: "hardlink", linkTarget: "/b" }]],
    [
      "a hard link before its file",
      [{ ...file("/a"), type: "hardlink", linkTarget: "/b" }, file("/b")],
    ],
  ])("takes a layer with %s as it comes", (_, entries) => {
    expect(foldersOf(stored(layerOf(entries)))).toBeNull();
  });

  it("knows a layer that was changed from one of the record", () => {
    const layer = stored(layerOf([file("/a")]));
    expect(foldersOf(layer)).not.toBeNull();
    expect(foldersOf({ ...layer, entries: [] })).toBeNull();
  });
});

function file(at: string): FileEntry {
  return { path: at, type: "file", mode: 0o644, uid: 0, gid: 0, sizeBytes: 1 };
}
