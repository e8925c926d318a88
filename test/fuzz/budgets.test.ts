import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Tag } from "../../src/formats/elf/dynamic.ts";
import { parseElf } from "../../src/formats/elf/parse-elf.ts";
import { fromBytes } from "../../src/formats/random-access.ts";
import { mergeLayers } from "../../src/image/merge.ts";
import { readLayer } from "../../src/image/read-layer.ts";
import { readLayers } from "../../src/image/read-layers.ts";
import { defaultBudgets, withBudgets, type Budgets } from "../../src/model/budgets.ts";
import { makeElf, makeOldDockerSave, makeTar, sha256, type MadeEntry } from "../made-images.ts";
import { makeRpmDatabase, makeRpmPackage } from "../rpm-database.ts";
import {
  apk,
  layerOf,
  library,
  loaderCache,
  ofElf,
  ofFiles,
  ofImage,
  ofLayer,
  ofLayout,
  oneImage,
  passwd,
  readManyTimes,
  sparseArchive,
  store,
  strings,
  tableAt,
  texts,
  type Found,
} from "./budget-inputs.ts";

/** For every budget: one that is too small, and what is read with it. */
const rows: {
  readonly [Name in keyof Budgets]: readonly [limit: number, read: (limit: number) => Found];
} = {
  entries: [
    2,
    async (entries) =>
      ofFiles(
        [
          ["a", "1"],
          ["b", "2"],
          ["c", "3"],
        ],
        { entries },
      ),
  ],
  nameBytes: [
    10,
    async (nameBytes) =>
      ofFiles(
        [
          ["aaaa", ""],
          ["bbbbbbb", ""],
        ],
        { nameBytes },
      ),
  ],
  inflatedBytes: [
    1500,
    async (inflatedBytes) => ofFiles([["a", "x".repeat(4000)]], { inflatedBytes }),
  ],
  ratio: [
    3,
    async (ratio) =>
      ofLayer(gzipSync(await makeTar([["a", "x".repeat(40_000)]])), {
        ratio,
        ratioFloorBytes: 2000,
      }),
  ],
  ratioFloorBytes: [
    // What is judged above it is the ratio.
    250,
    async () =>
      ofLayer(gzipSync(await makeTar([["a", "x".repeat(900_000)]])), { ratioFloorBytes: 2000 }),
  ],
  spoolBytes: [100, async (spoolBytes) => ofFiles([["bin/a", makeElf(1), 0o755]], { spoolBytes })],
  factBytes: [
    30,
    async (factBytes) => ofFiles([...passwd, ["etc/group", "root:x:0:\n"]], { factBytes }),
  ],
  failures: [
    1,
    async (failures) =>
      ofFiles(
        [1, 2, 3].map((at): MadeEntry => [`bin/${at}`, Buffer.from([0x7f, 0x45, 0x4c, 0x46, at])]),
        { failures },
      ),
  ],
  layers: [
    1,
    async (layers) =>
      ofLayout((layout) => [layout.image({ tars: [Buffer.alloc(1024), Buffer.alloc(2048)] })], {
        layers,
      }),
  ],
  imageEntries: [
    3,
    async (imageEntries) => {
      const tars = await Promise.all(
        ["a", "b"].map(async (name) =>
          makeTar([
            [name, null],
            [`${name}/x`, ""],
          ]),
        ),
      );
      const read = await readLayers(tars.map(layerOf), { budgets: { imageEntries } });
      return read.flatMap((layer) => (layer.ok ? [] : [layer.failure]));
    },
  ],
  impliedDirectories: [
    4,
    async (impliedDirectories) => {
      const layer = await readLayer(layerOf(await makeTar([["a/b/c/d/e/f", "x"]])));
      if (!layer.ok) return [layer.failure];
      const budgets = { impliedDirectories };
      return mergeLayers([layer.value.facts], { get: () => null }, budgets).failures;
    },
  ],
  manifests: [
    1,
    async (manifests) =>
      ofLayout((layout) => [...oneImage(layout), ...oneImage(layout)], { manifests }),
  ],
  indexLevels: [
    0,
    async (indexLevels) => ofLayout((layout) => [layout.index(oneImage(layout))], { indexLevels }),
  ],
  jsonBytes: [100, async (jsonBytes) => ofLayout(oneImage, { jsonBytes })],
  allJsonBytes: [600, async (allJsonBytes) => ofLayout(oneImage, { allJsonBytes })],
  jsonLevels: [2, async (jsonLevels) => ofLayout(oneImage, { jsonLevels })],
  members: [
    3,
    async (members) => {
      const saved = await makeOldDockerSave({ tars: [Buffer.alloc(1024)] }, "a:b");
      return ofImage(`archive:${store(saved)}`, { members });
    },
  ],
  elfFileBytes: [
    100,
    async (elfFileBytes) => ofFiles([["bin/a", makeElf(1), 0o755]], { elfFileBytes }),
  ],
  textFileBytes: [10, async (textFileBytes) => ofFiles(passwd, { textFileBytes })],
  loaderCacheBytes: [
    100,
    async (loaderCacheBytes) => ofFiles([["etc/ld.so.cache", loaderCache()]], { loaderCacheBytes }),
  ],
  databaseBytes: [10, async (databaseBytes) => ofFiles(apk, { databaseBytes })],
  textDatabaseBytes: [10, async (textDatabaseBytes) => ofFiles(apk, { textDatabaseBytes })],
  extendedHeaderBytes: [
    20,
    async (extendedHeaderBytes) => ofFiles([["n".repeat(300), "x"]], { extendedHeaderBytes }),
  ],
  sparsePieces: [3, async (sparsePieces) => ofLayer(sparseArchive(4), { sparsePieces })],
  zstdFrames: [
    2,
    async (zstdFrames) => {
      const tar = await makeTar([["a", "x"]]);
      const parts = [tar.subarray(0, 100), tar.subarray(100, 600), tar.subarray(600)];
      return ofLayer(Buffer.concat(parts.map((part) => zstdCompressSync(part))), { zstdFrames });
    },
  ],
  elfReadRatio: [
    0,
    async (elfReadRatio) => Promise.resolve(ofElf(readManyTimes(), { elfReadRatio })),
  ],
  elfTextBytes: [
    50,
    async (elfTextBytes) => {
      const needed = [Tag.needed, 1, Tag.needed, 1];
      return Promise.resolve(ofElf(library([...strings, ...needed], texts), { elfTextBytes }));
    },
  ],
  elfSymbols: [
    1,
    async (elfSymbols) => {
      const table = Buffer.concat([texts, Buffer.from(new Uint32Array([1, 3, 0, 0]).buffer)]);
      const entries = [...strings, Tag.symbols, tableAt, Tag.hash, tableAt + 512];
      const facts = parseElf(fromBytes(library(entries, table)), withBudgets({ elfSymbols }));
      // It does not lose the file: the facts say that symbols cannot be proved.
      return Promise.resolve([
        { kind: facts.isTruncated ? "over-limit" : "sound", limit: elfSymbols },
      ]);
    },
  ],
  elfVersionRecords: [
    0,
    async (elfVersionRecords) => {
      const entries = [...strings, Tag.versionNeeds, tableAt + 64, Tag.versionNeedCount, 1];
      return Promise.resolve(ofElf(library(entries, texts), { elfVersionRecords }));
    },
  ],
  cacheTextRatio: [
    2,
    async (cacheTextRatio) => ofFiles([["etc/ld.so.cache", loaderCache()]], { cacheTextRatio }),
  ],
  packages: [1, async (packages) => ofFiles(apk, { packages })],
  packagePaths: [
    3,
    async (packagePaths) => {
      const database = makeRpmDatabase([
        makeRpmPackage("a", ["/a", "/b"]),
        makeRpmPackage("b", ["/c", "/d"]),
      ]);
      return ofFiles([["var/lib/rpm/rpmdb.sqlite", database]], { packagePaths });
    },
  ],
  packagePathBytes: [5, async (packagePathBytes) => ofFiles(apk, { packagePathBytes })],
};

describe("a budget that is too small is an over-limit failure:", () => {
  it.each(Object.entries(rows))("%s", async (_, [limit, read]) => {
    expect(await read(limit)).toContainEqual(
      expect.objectContaining({ kind: "over-limit", limit }),
    );
  });
});

describe("defaultBudgets", () => {
  it("cannot be changed", () => {
    expect(() => Object.assign(defaultBudgets, { entries: 1 })).toThrow(TypeError);
    expect(withBudgets({ entries: 1 })).toEqual({ ...defaultBudgets, entries: 1 });
  });

  it.each(Object.entries(rows).filter(([name]) => name !== "ratioFloorBytes"))(
    "%s is what the failure is about: none with a large one",
    async (_, [, read]) => {
      expect(await read(Number.MAX_SAFE_INTEGER)).not.toContainEqual(
        expect.objectContaining({ kind: "over-limit" }),
      );
    },
  );

  it("hold in the thread that unpacks, too", async () => {
    const noise = Buffer.from(Array.from({ length: 9_000_000 }, (_, at) => (at * at) >> 7));
    const tar = await makeTar([["a", noise]]);
    const halves = [tar.subarray(0, 4096), tar.subarray(4096)].map((part) =>
      zstdCompressSync(part, { params: {} }),
    );
    const layer = layerOf(Buffer.concat(halves));
    const [read] = await readLayers([{ ...layer, digest: sha256(Buffer.concat(halves)) }], {
      budgets: { zstdFrames: 1 },
      parallel: 2,
    });
    const failures = read?.ok === true ? read.value.facts.failures : [];
    expect(failures).toContainEqual(
      expect.objectContaining({ kind: "over-limit", limit: 1, unit: "entries" }),
    );
  });
});
