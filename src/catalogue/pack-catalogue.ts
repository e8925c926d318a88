import { createHash } from "node:crypto";
import { constants, zstdCompressSync } from "node:zlib";
import { ElfLines } from "../image/elf-lines.ts";
import { serialiseLayerFacts } from "../image/layer-record.ts";
import { compareBases, type OpenBase } from "./catalogue.ts";
import { indexName, renderIndex, type IndexedBase } from "./catalogue-index.ts";

/**
 * Measured on the shipped bases: 19 makes files a fifth smaller than 12, 22 one in a hundred more; brotli another one
 * in twenty at twice the time to read.
 */
const level = 19;

/**
 * The files of a catalogue, by name: an index, and facts named by the sha256 of their bytes. A layer that two bases
 * share is there once. ELF facts lie in one file for each set of bases that have them in common, so that every fact
 * is there once and no base reads another one's. The same bases give the same bytes (under one version of zstd).
 * Throws TypeError when two bases have the same id and platform, or one lacks facts of its ELF files.
 */
export function packCatalogue(bases: readonly OpenBase[]): ReadonlyMap<string, Uint8Array> {
  const sorted = bases.toSorted((a, b) => compareBases(a.info, b.info));
  const files = new Map<string, Uint8Array>();
  const add = (text: string | Uint8Array): string => {
    const bytes = zstdCompressSync(text, {
      params: { [constants.ZSTD_c_compressionLevel]: level },
    });
    const name = `facts/${createHash("sha256").update(bytes).digest("hex")}.zst`;
    files.set(name, bytes);
    return name;
  };
  const elfFiles = packElf(sorted, add);
  const indexed = sorted.map(({ info, config, layers }, index): IndexedBase => {
    const before = sorted[index - 1];
    if (before !== undefined && compareBases(before.info, info) === 0) {
      throw new TypeError(`Cannot pack a catalogue: it has ${info.id} for ${info.platform} twice`);
    }
    const elf = elfFiles[index]?.toSorted() ?? [];
    return { info, config, layers: layers.map((layer) => add(serialiseLayerFacts(layer))), elf };
  });
  files.set(indexName, Buffer.from(renderIndex(indexed)));
  return files;
}

/** Names of the files of each base, in the order of the bases. */
function packElf(
  bases: readonly OpenBase[],
  add: (bytes: Uint8Array) => string,
): readonly (readonly string[])[] {
  const owners = new Map<string, number[]>();
  bases.forEach(({ layers }, index) => {
    const sha256s = layers.flatMap(({ elf }) => Object.values(elf.byPath).map((one) => one.sha256));
    for (const sha256 of new Set(sha256s)) {
      const known = owners.get(sha256);
      if (known === undefined) owners.set(sha256, [index]);
      else known.push(index);
    }
  });
  const packs = new Map<
    string,
    { readonly indexes: readonly number[]; readonly lines: ElfLines }
  >();
  for (const [sha256, indexes] of owners) {
    const [first = 0] = indexes;
    const facts = bases[first]?.elf.get(sha256) ?? null;
    if (facts === null) throw new TypeError(`Cannot pack a catalogue: no facts of file ${sha256}`);
    const pack = packs.get(indexes.join()) ?? { indexes, lines: new ElfLines() };
    pack.lines.add(sha256, facts);
    packs.set(indexes.join(), pack);
  }
  const names = bases.map((): string[] => []);
  for (const { indexes, lines } of packs.values()) {
    const name = add(lines.toBytes());
    for (const index of indexes) names[index]?.push(name);
  }
  return names;
}
