import { FormatError } from "../format-error.ts";
import { type Dynamic, Tag } from "./dynamic.ts";
import { RelocationKind } from "./facts.ts";
import { type ElfReader, Words } from "./reader.ts";
import { type ElfHeader, offsetOf } from "./segments.ts";

/** Kinds of one machine's relocation types. Sources: the psABI of each; glibc elf/elf.h. */
interface MachineTypes {
  readonly lazy: number;
  readonly globDat: readonly number[];
  readonly absolute: readonly number[];
  readonly copy: number;
  readonly tls: readonly number[];
  readonly irelative: number;
}

/** By e_machine. A type that is in no list is `other`, never dropped. */
const machineTypes: Readonly<Record<number, MachineTypes>> = {
  3: { lazy: 7, globDat: [6], absolute: [1, 2], copy: 5, tls: [14, 35, 36, 37, 41], irelative: 42 },
  20: { lazy: 21, globDat: [20], absolute: [1], copy: 19, tls: [68, 73, 78], irelative: 248 },
  21: { lazy: 21, globDat: [20], absolute: [38], copy: 19, tls: [68, 73, 78], irelative: 248 },
  22: { lazy: 11, globDat: [10], absolute: [4, 22], copy: 9, tls: [54, 55, 56], irelative: 61 },
  40: { lazy: 22, globDat: [21], absolute: [2], copy: 20, tls: [13, 17, 18, 19], irelative: 160 },
  62: { lazy: 7, globDat: [6], absolute: [1, 10], copy: 5, tls: [16, 17, 18, 36], irelative: 37 },
  183: {
    lazy: 1026,
    globDat: [1025],
    absolute: [257],
    copy: 1024,
    tls: [1028, 1029, 1030, 1031],
    irelative: 1032,
  },
  243: {
    lazy: 5,
    globDat: [],
    absolute: [1, 2],
    copy: 4,
    tls: [6, 7, 8, 9, 10, 11, 12],
    irelative: 58,
  },
  258: {
    lazy: 5,
    globDat: [],
    absolute: [1, 2],
    copy: 4,
    tls: [6, 7, 8, 9, 10, 11, 13, 14],
    irelative: 12,
  },
};

export interface Relocations {
  /** Bits of RelocationKind by symbol table index, 0 where no relocation names the symbol; ends behind the last that is named. */
  readonly kinds: Uint8Array;
  readonly hasIrelative: boolean;
}

/** Reads DT_REL, DT_RELA and DT_JMPREL (DT_RELR names no symbols). */
export function readRelocations(elf: ElfReader, header: ElfHeader, dynamic: Dynamic): Relocations {
  let kinds = new Uint8Array(1024);
  let highest = 0;
  let hasIrelative = false;
  const types = machineTypes[header.machine];
  for (const table of tables(dynamic)) {
    const entryBytes = (elf.is64 ? 16 : 8) + (table.hasAddend ? (elf.is64 ? 8 : 4) : 0);
    const start = offsetOf(header.segments, table.address, "a relocation table");
    const words = new Words(elf.bytes(start, table.sizeBytes, "a relocation table"), elf);
    for (let at = 0; at + entryBytes <= words.lengthBytes; at += entryBytes) {
      const { symbol, type } = readInfo(words, at, elf);
      if (types !== undefined && type === types.irelative) hasIrelative = true;
      if (symbol === 0) continue;
      if (symbol >= kinds.length) kinds = grown(kinds, symbol, { elf, offsetBytes: start + at });
      kinds[symbol] = (kinds[symbol] ?? 0) | kindOf(types, type, table.isPlt);
      if (symbol > highest) highest = symbol;
    }
  }
  return { kinds: kinds.subarray(0, highest + 1), hasIrelative };
}

function grown(
  kinds: Uint8Array<ArrayBuffer>,
  symbol: number,
  { elf, offsetBytes }: { readonly elf: ElfReader; readonly offsetBytes: number },
): Uint8Array<ArrayBuffer> {
  if (symbol >= elf.limits.elfSymbols) {
    throw new FormatError("elf", `a relocation of symbol ${symbol}`, offsetBytes);
  }
  const more = new Uint8Array(Math.max(symbol + 1, 2 * kinds.length));
  more.set(kinds);
  return more;
}

function readInfo(
  words: Words,
  at: number,
  { is64, isLittle }: ElfReader,
): { symbol: number; type: number } {
  if (!is64) {
    const info = words.u32(at + 4);
    return { symbol: info >>> 8, type: info & 0xff };
  }
  return isLittle
    ? { type: words.u32(at + 8), symbol: words.u32(at + 12) }
    : { type: words.u32(at + 12), symbol: words.u32(at + 8) };
}

function kindOf(types: MachineTypes | undefined, type: number, isPlt: boolean): number {
  if (types === undefined) return RelocationKind.other;
  if (type === types.lazy) return isPlt ? RelocationKind.lazy : RelocationKind.globDat;
  if (type === types.copy) return RelocationKind.copy;
  if (types.globDat.includes(type)) return RelocationKind.globDat;
  if (types.absolute.includes(type)) return RelocationKind.absolute;
  return types.tls.includes(type) ? RelocationKind.tls : RelocationKind.other;
}

function tables({
  values,
}: Dynamic): { address: number; sizeBytes: number; hasAddend: boolean; isPlt: boolean }[] {
  const table = (tag: number, sizeTag: number, hasAddend: boolean) => {
    const [address, sizeBytes] = [values.get(tag), values.get(sizeTag) ?? 0];
    const isPlt = tag === Tag.pltRelocations;
    return address === undefined || sizeBytes === 0
      ? []
      : [{ address, sizeBytes, hasAddend, isPlt }];
  };
  return [
    ...table(Tag.rela, Tag.relaBytes, true),
    ...table(Tag.rel, Tag.relBytes, false),
    ...table(
      Tag.pltRelocations,
      Tag.pltRelocationBytes,
      values.get(Tag.pltRelocationType) === Tag.rela,
    ),
  ];
}
