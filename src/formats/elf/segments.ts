import { FormatError } from "../format-error.ts";
import { type ElfReader, Words } from "./reader.ts";

/** One program header. Source: gABI chapter 5, program header. */
export interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly offsetBytes: number;
  readonly address: number;
  readonly fileBytes: number;
  readonly memoryBytes: number;
  readonly alignBytes: number;
}

export const SegmentType = {
  load: 1,
  dynamic: 2,
  interpreter: 3,
  note: 4,
  tls: 7,
  gnuStack: 0x6474e551,
  gnuProperty: 0x6474e553,
} as const;

export interface ElfHeader {
  /** e_type: 1 relocatable, 2 executable, 3 shared, 4 core. */
  readonly type: number;
  readonly machine: number;
  readonly flags: number;
  readonly entry: number;
  /** Empty when the file is neither a program nor a shared object: nothing is loaded from a core or a `.o`. */
  readonly segments: readonly Segment[];
  /** Where the section headers are said to be; not checked. */
  readonly sections: {
    readonly offsetBytes: number;
    readonly entryBytes: number;
    readonly count: number;
    /** Section that holds the names of all. */
    readonly namesIndex: number;
  };
}

/** What the kernel takes of program headers, in bytes. Source: Linux fs/binfmt_elf.c, load_elf_phdrs. */
const maxHeaderBytes = 65_536;

/** Reads the file header and the program headers. */
export function readHeader(elf: ElfReader): ElfHeader {
  const words = new Words(elf.bytes(0, elf.is64 ? 64 : 52, "the file header"), elf);
  const type = words.u16(16);
  const places = elf.is64
    ? { entry: 24, phoff: 32, shoff: 40, flags: 48 }
    : { entry: 24, phoff: 28, shoff: 32, flags: 36 };
  // e_phentsize, e_phnum, e_shentsize, e_shnum and e_shstrndx are the last words of the header, in either class.
  const counts = places.flags + 6;
  return {
    type,
    machine: words.u16(18),
    flags: words.u32(places.flags),
    entry: words.word(places.entry),
    segments:
      type === 2 || type === 3
        ? readSegments(elf, {
            offsetBytes: words.word(places.phoff),
            entryBytes: words.u16(counts),
            count: words.u16(counts + 2),
          })
        : [],
    sections: {
      offsetBytes: words.word(places.shoff),
      entryBytes: words.u16(counts + 4),
      count: words.u16(counts + 6),
      namesIndex: words.u16(counts + 8),
    },
  };
}

interface HeaderTable {
  readonly offsetBytes: number;
  readonly entryBytes: number;
  readonly count: number;
}

function readSegments(elf: ElfReader, { offsetBytes, entryBytes, count }: HeaderTable): Segment[] {
  if (count === 0) return [];
  const minimum = elf.is64 ? 56 : 32;
  if (entryBytes < minimum || count * entryBytes > maxHeaderBytes) {
    const found = `${count} program headers of ${entryBytes} bytes`;
    throw new FormatError(
      "elf",
      `${found}, expected ${minimum} bytes and ${maxHeaderBytes} in all at most`,
      offsetBytes,
    );
  }
  const bytes = elf.bytes(offsetBytes, count * entryBytes, "the program header table");
  const table = new Words(bytes, elf);
  return Array.from({ length: count }, (_, index) =>
    readSegment(table, index * entryBytes, elf.is64),
  );
}

function readSegment(table: Words, at: number, is64: boolean): Segment {
  return is64
    ? {
        type: table.u32(at),
        flags: table.u32(at + 4),
        offsetBytes: table.u64(at + 8),
        address: table.u64(at + 16),
        fileBytes: table.u64(at + 32),
        memoryBytes: table.u64(at + 40),
        alignBytes: table.u64(at + 48),
      }
    : {
        type: table.u32(at),
        flags: table.u32(at + 24),
        offsetBytes: table.u32(at + 4),
        address: table.u32(at + 8),
        fileBytes: table.u32(at + 16),
        memoryBytes: table.u32(at + 20),
        alignBytes: table.u32(at + 28),
      };
}

/** File offset of an address; null when no PT_LOAD has it in the file. */
export function findOffset(segments: readonly Segment[], address: number): number | null {
  for (const segment of segments) {
    const into = address - segment.address;
    if (segment.type === SegmentType.load && into >= 0 && into < segment.fileBytes) {
      return segment.offsetBytes + into;
    }
  }
  return null;
}

/** File offset of an address; FormatError when no PT_LOAD has it in the file. */
export function offsetOf(segments: readonly Segment[], address: number, what: string): number {
  const offset = findOffset(segments, address);
  if (offset !== null) return offset;
  throw new FormatError(
    "elf",
    `${what} at address 0x${address.toString(16)} is in no loaded segment`,
  );
}
