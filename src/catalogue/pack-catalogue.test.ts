import { zstdDecompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { indexName } from "./catalogue-index.ts";
import { parseLayerFacts } from "../image/layer-record.ts";
import { loadCatalogue } from "./load-catalogue.ts";
import { packCatalogue } from "./pack-catalogue.ts";
import { makeBase, memoryFiles, sha256 } from "./testdata/bases.ts";

describe("packCatalogue", () => {
  it("keeps all of a base", async () => {
    const base = makeBase("one", "abA");
    const catalogue = loadCatalogue(memoryFiles(packCatalogue([base])));
    const opened = catalogue.ok ? await catalogue.value.open("one", "linux/amd64") : catalogue;
    if (!opened.ok) throw new Error(JSON.stringify(opened.failure));
    const { elf, ...rest } = opened.value;
    expect({ ...rest, elf: base.elf }).toEqual(base);
    expect(elf.get(sha256("A"))).toEqual(base.elf.get(sha256("A")));
    expect(elf.get(sha256("B"))).toBeNull();
  });

  it("gives the same bytes for the same bases in any order", () => {
    const bases = [
      makeBase("one", "aAB"),
      makeBase("two", "bB"),
      makeBase("two", "b", "linux/arm64"),
    ];
    const files = packCatalogue(bases);
    expect(packCatalogue(bases.toReversed())).toEqual(files);
    for (const [name, bytes] of files) {
      if (name !== indexName) expect(name).toBe(`facts/${sha256(bytes)}.zst`);
    }
  });

  it("stores layers and ELF facts once, and opens no facts of other bases", async () => {
    const bases = [makeBase("one", "abAB"), makeBase("two", "aAC"), makeBase("three", "A")];
    const files = packCatalogue(bases);
    const texts = [...files]
      .filter(([name]) => name !== indexName)
      .map(([, bytes]) => zstdDecompressSync(bytes).toString());
    for (const name of "abABC") {
      const records = texts
        .filter((text) => text.startsWith(`{"record"`))
        .filter((text) => parseLayerFacts(text).entries.some(({ path }) => path === `/${name}`));
      expect(records.length, name).toBe(1);
    }
    for (const name of "ABC") {
      const lines = texts.filter((text) => text.includes(`${sha256(name)} {`));
      expect(lines.length, name).toBe(1);
    }
    const catalogue = loadCatalogue(memoryFiles(files));
    const opened = catalogue.ok ? await catalogue.value.open("three", "linux/amd64") : catalogue;
    expect(
      opened.ok && ["A", "B", "C"].map((name) => opened.value.elf.get(sha256(name)) !== null),
    ).toEqual([true, false, false]);
  });

  it("does not take two bases of one name", () => {
    expect(() => packCatalogue([makeBase("one", "a"), makeBase("one", "b")])).toThrow(TypeError);
  });

  it("does not take a base that lacks ELF facts", () => {
    const base = { ...makeBase("one", "A"), elf: { get: () => null } };
    expect(() => packCatalogue([base])).toThrow(TypeError);
  });
});
