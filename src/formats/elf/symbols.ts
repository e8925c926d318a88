import { type Dynamic, Tag } from "./dynamic.ts";
import { type ExportGroup, type ImportGroup, RelocationKind } from "./facts.ts";
import { type ElfReader, Words } from "./reader.ts";
import type { Relocations } from "./relocations.ts";
import { type ElfHeader, offsetOf } from "./segments.ts";
import type { Versions } from "./versions.ts";

export interface Symbols {
  readonly imports: readonly ImportGroup[];
  readonly exports: readonly ExportGroup[];
  readonly isTruncated: boolean;
}

export interface SymbolInput {
  readonly elf: ElfReader;
  readonly header: ElfHeader;
  readonly dynamic: Dynamic;
  readonly versions: Versions;
  readonly relocations: Relocations;
}

/** By all that makes a group, as one number. */
type Collected<Group> = Map<
  number,
  { readonly group: Omit<Group, "names">; readonly names: string[] }
>;

/** Groups the dynamic symbols: what relocations ask of others, and what this file gives. */
export function readSymbols(input: SymbolInput): Symbols {
  const { elf, header, dynamic, versions, relocations } = input;
  const address = dynamic.values.get(Tag.symbols);
  if (address === undefined) return { imports: [], exports: [], isTruncated: false };
  const counted = Math.max(countSymbols(input), relocations.kinds.length);
  // A table that is longer is cut, and the facts say so.
  const maxSymbols = elf.limits.elfSymbols;
  const count = Math.min(counted, maxSymbols);
  const entryBytes = elf.is64 ? 24 : 16;
  const words = new Words(
    elf.bytes(
      offsetOf(header.segments, address, "DT_SYMTAB"),
      count * entryBytes,
      "the symbol table",
    ),
    elf,
  );
  const versym = readVersym(input, count);
  const imports: Collected<ImportGroup> = new Map();
  const exports: Collected<ExportGroup> = new Map();
  for (let index = 1; index < count; index++) {
    const symbol = readSymbol(words, index * entryBytes, elf.is64);
    if (symbol.binding === 0) continue;
    const version = versym?.u16(index * 2) ?? 1;
    const named = versions.byIndex.get(version & 0x7fff);
    const kinds = relocations.kinds[index] ?? 0;
    const isHidden = (version & 0x8000) !== 0;
    const isAsked = symbol.section === 0 || isHidden || (kinds & RelocationKind.copy) !== 0;
    const versionName = named?.name ?? null;
    if (kinds !== 0 && isAsked) {
      const weak = symbol.binding === 2;
      const key = version * 128 + (weak ? 64 : 0) + kinds;
      const names =
        imports.get(key)?.names ??
        begin(imports, key, {
          version: versionName,
          versionFile: named?.file ?? null,
          hidden: isHidden,
          weak,
          relocations: kinds,
        });
      names.push(dynamic.symbolName(symbol.name));
    }
    const kind = exportKind(symbol);
    if (kind === null) continue;
    const key = version * 8 + exportKinds.indexOf(kind);
    const names =
      exports.get(key)?.names ??
      begin(exports, key, {
        version: versionName,
        versionIndex: version & 0x7fff,
        hidden: isHidden,
        kind,
      });
    names.push(dynamic.symbolName(symbol.name));
  }
  return { imports: join(imports), exports: join(exports), isTruncated: counted > maxSymbols };
}

function begin<Group>(
  groups: Collected<Group>,
  key: number,
  group: Omit<Group, "names">,
): string[] {
  const names: string[] = [];
  groups.set(key, { group, names });
  return names;
}

function join<Group>(groups: Collected<Group>): (Omit<Group, "names"> & { names: string })[] {
  return [...groups.values()].map(({ group, names }) => ({ ...group, names: joinNames(names) }));
}

/** Names are slices of the string table, and what is kept must not hold on to it: joined they are a copy, one alone is not. */
function joinNames(names: readonly string[]): string {
  const text = names.join("\n");
  return names.length > 1 ? text : Buffer.from(text, "latin1").toString("latin1");
}

interface DynamicSymbol {
  readonly name: number;
  readonly binding: number;
  readonly type: number;
  readonly visibility: number;
  readonly section: number;
  readonly value: number;
}

function readSymbol(words: Words, at: number, is64: boolean): DynamicSymbol {
  const info = words.u8(at + (is64 ? 4 : 12));
  return {
    name: words.u32(at),
    binding: info >> 4,
    type: info & 15,
    visibility: words.u8(at + (is64 ? 5 : 13)) & 3,
    section: words.u16(at + (is64 ? 6 : 14)),
    value: words.word(at + (is64 ? 8 : 4)),
  };
}

const exportKinds = ["normal", "ifunc", "tls", "plt", "zero"] satisfies ExportGroup["kind"][];

/** Null when nobody else can bind to it. STV_INTERNAL is 1, STV_HIDDEN 2; STT_TLS 6, STT_GNU_IFUNC 10; SHN_ABS 0xfff1. */
function exportKind({
  section,
  value,
  type,
  visibility,
}: DynamicSymbol): ExportGroup["kind"] | null {
  if (visibility === 1 || visibility === 2) return null;
  if (section === 0) return value === 0 ? null : "plt";
  if (type === 6) return "tls";
  if (type === 10) return "ifunc";
  return value === 0 && section !== 0xfff1 ? "zero" : "normal";
}

function readVersym({ elf, header, dynamic }: SymbolInput, count: number): Words | null {
  const address = dynamic.values.get(Tag.versionSymbols);
  if (address === undefined) return null;
  return new Words(
    elf.bytes(offsetOf(header.segments, address, "DT_VERSYM"), count * 2, "DT_VERSYM"),
    elf,
  );
}

/** DT_SYMTAB does not say its length; a hash table does. Source: gABI chapter 5, hash table; GNU hash: glibc elf/dl-lookup.c. */
function countSymbols(input: SymbolInput): number {
  const { elf, header, dynamic } = input;
  const hash = dynamic.values.get(Tag.hash);
  if (hash !== undefined && header.machine !== 0x9026) {
    // s390x and alpha have 8-byte words in DT_HASH.
    const wide = header.machine === 22 && elf.is64;
    const start = offsetOf(header.segments, hash, "DT_HASH");
    const words = new Words(elf.bytes(start, wide ? 16 : 8, "DT_HASH"), elf);
    return wide ? words.u64(8) : words.u32(4);
  }
  const gnuHash = dynamic.values.get(Tag.gnuHash);
  return gnuHash === undefined ? 0 : countByGnuHash(input, gnuHash);
}

/** A chain is read in such pieces; sound ones have some entries. */
const chainBytes = 4096;

function countByGnuHash({ elf, header }: SymbolInput, address: number): number {
  const start = offsetOf(header.segments, address, "DT_GNU_HASH");
  const head = new Words(elf.bytes(start, 16, "DT_GNU_HASH"), elf);
  const [bucketCount, firstSymbol, bloomWords] = [head.u32(0), head.u32(4), head.u32(8)];
  const bucketsAt = start + 16 + bloomWords * (elf.is64 ? 8 : 4);
  const buckets = new Words(elf.bytes(bucketsAt, bucketCount * 4, "DT_GNU_HASH buckets"), elf);
  let last = 0;
  for (let at = 0; at < buckets.lengthBytes; at += 4) last = Math.max(last, buckets.u32(at));
  if (last < firstSymbol) return firstSymbol;
  const chainsAt = bucketsAt + bucketCount * 4;
  const maxSymbols = elf.limits.elfSymbols;
  while (last < maxSymbols) {
    const at = chainsAt + (last - firstSymbol) * 4;
    const lengthBytes = Math.min(chainBytes, Math.max(4, elf.sizeBytes - at));
    const chain = new Words(elf.bytes(at, lengthBytes, "a DT_GNU_HASH chain"), elf);
    for (let into = 0; into + 4 <= chain.lengthBytes; into += 4, last++) {
      if ((chain.u32(into) & 1) !== 0) return last + 1;
    }
  }
  return maxSymbols;
}
