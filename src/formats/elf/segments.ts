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
  readonly segments: readonly Segment[];
}

/** Reads the file header and the program headers; PN_XNUM takes the count from section header 0. */
export function readHeader(elf: ElfReader): ElfHeader {
  const words = new Words(elf.bytes(0, elf.is64 ? 64 : 52, "the file header"), elf);
  const at = elf.is64
    ? { entry: 24, phoff: 32, shoff: 40, flags: 48, phentsize: 54, phnum: 56 }
    : { entry: 24, phoff: 28, shoff: 32, flags: 36, phentsize: 42, phnum: 44 };
  const entryBytes = words.u16(at.phentsize);
  let count = words.u16(at.phnum);
  if (count === 0xffff) count = extendedCount(elf, words.word(at.shoff));
  const minimum = elf.is64 ? 56 : 32;
  if (count > 0 && entryBytes < minimum) {
    throw new FormatError(
      "elf",
      `program headers of ${entryBytes} bytes, expected ${minimum}`,
      at.phentsize,
    );
  }
  const table = new Words(
    elf.bytes(
      count === 0 ? 0 : words.word(at.phoff),
      count * entryBytes,
      "the program header table",
    ),
    elf,
  );
  return {
    type: words.u16(16),
    machine: words.u16(18),
    flags: words.u32(at.flags),
    entry: words.word(at.entry),
    segments: Array.from({ length: count }, (_, index) =>
      readSegment(table, index * entryBytes, elf.is64),
    ),
  };
}

function extendedCount(elf: ElfReader, sectionOffset: number): number {
  const size = elf.is64 ? 64 : 40;
  return new Words(elf.bytes(sectionOffset, size, "section header 0"), elf).u32(elf.is64 ? 44 : 28);
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

/** File offset of an address; FormatError when no PT_LOAD has it in the file. */
export function offsetOf(segments: readonly Segment[], address: number, what: string): number {
  for (const segment of segments) {
    const into = address - segment.address;
    if (segment.type === SegmentType.load && into >= 0 && into < segment.fileBytes) {
      return segment.offsetBytes + into;
    }
  }
  throw new FormatError(
    "elf",
    `${what} at address 0x${address.toString(16)} is in no loaded segment`,
  );
}
