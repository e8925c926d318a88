import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { Tag } from "../../src/formats/elf/dynamic.ts";
import { parseElf } from "../../src/formats/elf/parse-elf.ts";
import { bodyAt, tinyElf, words } from "../../src/formats/elf/testdata/tiny-elf.ts";
import { FormatError } from "../../src/formats/format-error.ts";
import { toFailure } from "../../src/formats/over-limit-error.ts";
import { fromBytes } from "../../src/formats/random-access.ts";
import { detectCompression } from "../../src/formats/compression.ts";
import type { BlobLayer } from "../../src/image/image.ts";
import type { LayerFacts } from "../../src/image/layer-facts.ts";
import { mergeLayers } from "../../src/image/merge.ts";
import { readLayer } from "../../src/image/read-layer.ts";
import { readLayers } from "../../src/image/read-layers.ts";
import { sectionNames } from "../../src/image/readers/section-names.ts";
import { openImages } from "../../src/image/sources/open-images.ts";
import { defaultBudgets, withBudgets, type Budgets } from "../../src/model/budgets.ts";
import type { Failure } from "../../src/model/failure.ts";
import {
  makeElf,
  MadeLayout,
  makeOldDockerSave,
  makeTar,
  sha256,
  type MadeEntry,
} from "../made-images.ts";
import { makeRpmDatabase, makeRpmPackage } from "../rpm-database.ts";
import { makeHeader, padded, paxRecord } from "./tar-bytes.ts";

const folder = mkdtempSync(join(tmpdir(), "fromage-budgets-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

function store(bytes: Uint8Array): string {
  const file = join(folder, `file-${files++}`);
  writeFileSync(file, bytes);
  return file;
}

function layerOf(bytes: Uint8Array): BlobLayer {
  const [file, lengthBytes] = [store(bytes), bytes.byteLength];
  const compression = detectCompression(bytes);
  const unsaid = { digest: null, diffId: null, mediaType: null };
  return { kind: "blob", file, offsetBytes: 0, lengthBytes, compression, ...unsaid };
}

/** All that a layer says went wrong, its sections and package databases with it. */
function failuresOf(facts: LayerFacts): readonly object[] {
  const problems = Object.values(facts.packages.byPath).flatMap((fact) => fact.problems);
  return [...facts.failures, ...sectionNames.flatMap((name) => facts[name].failures), ...problems];
}

type Found = Promise<readonly object[]>;

async function ofLayer(bytes: Uint8Array, budgets: Partial<Budgets>): Found {
  const result = await readLayer(layerOf(bytes), { budgets });
  return result.ok ? failuresOf(result.value.facts) : [result.failure];
}

const ofFiles = async (entries: readonly MadeEntry[], budgets: Partial<Budgets>): Found =>
  ofLayer(await makeTar(entries), budgets);

async function ofImage(reference: string, budgets: Partial<Budgets>): Found {
  const temporaryFolder = join(folder, "temporary");
  const opened = await openImages(reference, {
    cwd: folder,
    platforms: [],
    temporaryFolder,
    budgets,
  });
  return opened.ok ? [] : [opened.failure];
}

async function ofLayout(
  make: (layout: MadeLayout) => readonly unknown[],
  budgets: Partial<Budgets>,
): Found {
  const layout = new MadeLayout();
  const at = join(folder, `layout-${files++}`);
  mkdirSync(at);
  layout.finish(make(layout)).writeTo(at);
  return ofImage(`oci:${at}`, budgets);
}

const oneImage = (layout: MadeLayout): readonly unknown[] => [
  layout.image({ tars: [Buffer.alloc(1024)] }),
];

function ofElf(bytes: Uint8Array, budgets: Partial<Budgets>): readonly Failure[] {
  try {
    parseElf(fromBytes(bytes), withBudgets(budgets));
    return [];
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return [toFailure(error, "file", null)];
  }
}

const shape = { is64: true, isLittle: true };

/** A library with these dynamic entries and a table behind them. */
function library(entries: readonly number[], table: Buffer): Buffer {
  const dynamic = words(shape, [...entries, 0, 0]);
  const body = Buffer.concat([dynamic, Buffer.alloc(0x200 - dynamic.byteLength), table]);
  const segments = [{ type: 2, offsetBytes: bodyAt, sizeBytes: dynamic.byteLength }];
  return tinyElf({ ...shape, type: 3, body, segments });
}

const tableAt = bodyAt + 0x200;
const strings = [Tag.strings, tableAt, Tag.stringBytes, 64];
const texts = Buffer.from(`\0${"n".repeat(40)}\0`.padEnd(512, "\0"), "latin1");

/** Two libraries of one name of 400 characters each. */
function loaderCache(): Buffer {
  const text = Buffer.from(`${"a".repeat(400)}\0`);
  const bytes = Buffer.alloc(48 + 4 * 24);
  bytes.write("glibc-ld.so.cache1.1", 0, "latin1");
  bytes.writeUInt32LE(4, 20);
  for (let at = 48; at < bytes.byteLength; at += 24) {
    bytes.writeUInt32LE(bytes.byteLength, at + 4);
    bytes.writeUInt32LE(bytes.byteLength, at + 8);
  }
  return Buffer.concat([bytes, text]);
}

const member = (name: string, bytes: Uint8Array, typeFlag = "0"): Buffer =>
  Buffer.concat([makeHeader({ name, typeFlag, sizeBytes: bytes.byteLength }), padded(bytes)]);

function sparseArchive(pieces: number): Buffer {
  const map = Array.from({ length: pieces }, (_, at) => `${at * 2},1`).join(",");
  const pax = Buffer.concat([
    paxRecord("GNU.sparse.map", map),
    paxRecord("GNU.sparse.size", String(pieces * 2)),
  ]);
  const content = Buffer.alloc(pieces);
  return Buffer.concat([member("pax", pax, "x"), member("a", content), Buffer.alloc(1024)]);
}

const installed = "P:a\nV:1\nF:usr\nR:one\nR:two\n\nP:b\nV:1\n\nP:c\nV:1\n";
const apk: readonly MadeEntry[] = [["lib/apk/db/installed", installed]];
const passwd: readonly MadeEntry[] = [["etc/passwd", "root:x:0:0::/:/bin/sh\n"]];

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

/** A program whose one PT_LOAD of constants is searched: 5 MiB, more than is free. */
function readManyTimes(): Buffer {
  return tinyElf({ ...shape, type: 2, body: Buffer.alloc(5 * 1024 * 1024) });
}

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
