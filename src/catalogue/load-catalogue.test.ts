import { zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Digest } from "../model/digest.ts";
import { joinCatalogues, type Catalogue } from "./catalogue.ts";
import { indexName } from "./catalogue-index.ts";
import { loadCatalogue } from "./load-catalogue.ts";
import { packCatalogue } from "./pack-catalogue.ts";
import { makeBase, memoryFiles, sha256 } from "./testdata/bases.ts";

const files = packCatalogue([
  makeBase("one", "aA"),
  makeBase("two", "aAb"),
  makeBase("none", ""),
  makeBase("two", "c", "linux/arm64"),
]);

function load(from: ReadonlyMap<string, Uint8Array>): Catalogue {
  const catalogue = loadCatalogue(memoryFiles(from));
  if (!catalogue.ok) throw new Error(JSON.stringify(catalogue.failure));
  return catalogue.value;
}

const keys = ({ bases }: Catalogue): readonly string[] =>
  bases.map(({ id, platform }) => `${id} ${platform}`);

const chain = (names: string): readonly Digest[] =>
  Array.from(names, (name): Digest => `sha256:${sha256(name)}`);

describe("loadCatalogue", () => {
  it("lists bases in order and reads the index only", () => {
    const memory = memoryFiles(files);
    const catalogue = loadCatalogue(memory);
    expect(catalogue.ok && keys(catalogue.value)).toEqual([
      "none linux/amd64",
      "one linux/amd64",
      "two linux/amd64",
      "two linux/arm64",
    ]);
    expect(catalogue.ok && catalogue.value.findByDiffIds(chain("aA"))).toBeTruthy();
    expect(memory.reads).toEqual([indexName]);
  });

  it("reads ELF facts that bases share once", async () => {
    const memory = memoryFiles(files);
    const catalogue = loadCatalogue(memory);
    if (!catalogue.ok) throw new Error("no catalogue");
    await catalogue.value.open("one", "linux/amd64");
    const before = memory.reads.length;
    await catalogue.value.open("two", "linux/amd64");
    // Its three layers; the ELF facts of `A` are there already.
    expect(memory.reads.length - before).toBe(3);
  });

  const chains = [
    ["a", null],
    ["aA", "one linux/amd64 2"],
    ["aAz", "one linux/amd64 2"],
    ["aAb", "two linux/amd64 3"],
    ["aAbz", "two linux/amd64 3"],
    ["cz", "two linux/arm64 1"],
    ["zaA", null],
    ["", null],
  ] as const;
  it.each(chains)("finds the longest chain below %j: %s", (names, expected) => {
    const found = load(files).findByDiffIds(chain(names));
    expect(found && `${found.id} ${found.platform} ${found.layers}`).toBe(expected);
  });

  it("names what is near a base that is not there", async () => {
    const catalogue = load(files);
    const near = async (id: string, platform: string): Promise<unknown> => {
      const opened = await catalogue.open(id, platform);
      return opened.ok
        ? null
        : [opened.failure.kind, "near" in opened.failure && opened.failure.near];
    };
    expect(await near("two", "linux/s390x")).toEqual([
      "not-found",
      ["two (linux/amd64)", "two (linux/arm64)"],
    ]);
    expect(await near("one-slim", "linux/amd64")).toEqual(["not-found", ["one"]]);
    expect(await near("nothing", "linux/amd64")).toEqual(["not-found", []]);
  });
});

describe("a damaged catalogue", () => {
  const index = Buffer.from(files.get(indexName) ?? []).toString();
  const indexes = [
    ["empty", "", "malformed"],
    ["cut off", index.slice(0, -20), "malformed"],
    ["of another kind", '{"bases":[]}', "malformed"],
    ["of another schema", index.replace("catalogue@1", "catalogue@2"), "malformed"],
    ["changed by hand", index.replace('"unpackedBytes": 20', '"unpackedBytes": 21'), "malformed"],
    ["without the info of a base", withSum('[{"config":{},"layers":[],"elf":[]}]'), "malformed"],
    ["of bases that are none", withSum("[null]"), "malformed"],
    ["of other readers", index.replace(/"elf": \d+/, '"elf": 0'), "unsupported"],
  ] as const;
  function withSum(bases: string): string {
    const start = index.slice(0, index.indexOf('"sha256"'));
    return `${start}"sha256": "${sha256(bases)}", "bases": ${bases}}`;
  }
  it.each(indexes)("has an index that is %s", (_, text, kind) => {
    const changed = new Map(files).set(indexName, Buffer.from(text));
    const catalogue = loadCatalogue(memoryFiles(changed));
    expect(catalogue.ok ? null : catalogue.failure.kind).toBe(kind);
  });

  it("is not there", () => {
    const catalogue = loadCatalogue(memoryFiles(new Map()));
    expect(catalogue.ok ? null : catalogue.failure.kind).toBe("not-found");
  });

  const facts = [...files.keys()].filter((name) => name !== indexName);
  const openAll = async (catalogue: Catalogue): Promise<readonly string[]> => {
    const kinds = catalogue.bases.map(async ({ id, platform }) => {
      const opened = await catalogue.open(id, platform);
      return opened.ok ? "ok" : opened.failure.kind;
    });
    return Promise.all(kinds);
  };

  it.each(facts)("with a bit of %s turned fails where it is read", async (name) => {
    const bytes = Buffer.from(files.get(name) ?? []);
    bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 4, bytes.length >> 1);
    const kinds = await openAll(load(new Map(files).set(name, bytes)));
    expect(kinds).toContain("malformed");
    expect(kinds[0]).toBe("ok");
  });

  it.each(facts)("without %s fails where it is read", async (name) => {
    const fewer = new Map(files);
    fewer.delete(name);
    expect(await openAll(load(fewer))).toContain("not-found");
  });

  // Right sum, wrong inside: somebody else's index over somebody else's files.
  const foreign = [
    ["not compressed", Buffer.from("{}")],
    ["no record", zstdCompressSync("{}")],
    ["no JSON", zstdCompressSync("{")],
    ["cut off", zstdCompressSync("{}".repeat(100)).subarray(0, -3)],
  ] as const;
  it.each(foreign)("names a file that is %s", async (_, bytes) => {
    const name = `facts/${sha256(bytes)}.zst`;
    const changed = replaceLayer(name).set(name, bytes);
    expect(await openAll(load(changed))).toEqual(["ok", "malformed", "ok", "ok"]);
  });

  interface IndexText {
    sha256: string;
    readonly bases: readonly {
      readonly info: { readonly id: string };
      layers: readonly string[];
    }[];
  }

  function replaceLayer(name: string): Map<string, Uint8Array> {
    const parsed: IndexText = JSON.parse(index);
    const one = parsed.bases.find(({ info }) => info.id === "one");
    if (one === undefined) throw new Error("no such base");
    one.layers = [name, ...one.layers.slice(1)];
    parsed.sha256 = sha256(JSON.stringify(parsed.bases));
    return new Map(files).set(indexName, Buffer.from(JSON.stringify(parsed)));
  }
});

describe("joinCatalogues", () => {
  const own = load(packCatalogue([makeBase("one", "x"), makeBase("three", "aAby")]));
  const joined = joinCatalogues([load(files), own]);

  it("lists every base once", () => {
    expect(keys(joined).filter((key) => key.startsWith("one") || key.startsWith("three"))).toEqual([
      "one linux/amd64",
      "three linux/amd64",
    ]);
  });

  it("opens the later one of two", async () => {
    const opened = await joined.open("one", "linux/amd64");
    expect(opened.ok && opened.value.config.diffIds).toEqual(chain("x"));
  });

  const chains = [
    ["aA", null],
    ["aAby", "three"],
    ["aAb", "two"],
    ["x", "one"],
  ] as const;
  it.each(chains)("below %s finds %s", (names, expected) => {
    expect(joined.findByDiffIds(chain(names))?.id ?? null).toBe(expected);
  });
});
