import { FormatError } from "../format-error.ts";
import { OverLimitError } from "../over-limit-error.ts";
import { type ElfReader, Words } from "./reader.ts";
import { type ElfHeader, offsetOf, type Segment, SegmentType } from "./segments.ts";

/** Tags of the dynamic section. Source: gABI chapter 5, dynamic section; glibc elf/elf.h. */
export const Tag = {
  needed: 1,
  pltRelocationBytes: 2,
  hash: 4,
  strings: 5,
  symbols: 6,
  rela: 7,
  relaBytes: 8,
  stringBytes: 10,
  symbolBytes: 11,
  init: 12,
  soname: 14,
  rpath: 15,
  symbolic: 16,
  rel: 17,
  relBytes: 18,
  pltRelocationType: 20,
  textRelocations: 22,
  pltRelocations: 23,
  bindNow: 24,
  initArray: 25,
  runpath: 29,
  flags: 30,
  preinitArray: 32,
  relrBytes: 35,
  relr: 36,
  gnuHash: 0x6ffffef5,
  versionSymbols: 0x6ffffff0,
  flags1: 0x6ffffffb,
  versionDefinitions: 0x6ffffffc,
  versionDefinitionCount: 0x6ffffffd,
  versionNeeds: 0x6ffffffe,
  versionNeedCount: 0x6fffffff,
} as const;

/** Sound files have some 40 entries; the longest needed lists a few thousand. */
const maxDynamicBytes = 1024 * 1024;
/** The string tables of the biggest libraries have 30 MiB. */
const maxStringBytes = 128 * 1024 * 1024;

/** The dynamic section: first value of each tag, every DT_NEEDED, and its string table. */
export interface Dynamic {
  readonly values: ReadonlyMap<number, number>;
  readonly needed: readonly number[];
  /**
   * The NUL-terminated string at an offset of DT_STRTAB, bytes read as Latin-1. FormatError also when all strings
   * together are several times the table, in a sound file a string is asked for about twice, or beyond `elfTextBytes`.
   */
  text(offsetBytes: number, what: string): string;
  /** The same for the many names of symbols, quick; FormatError when it holds a control character. It keeps the table in memory. */
  symbolName(offsetBytes: number): string;
}

/** Null when there is no PT_DYNAMIC. */
export function readDynamic(elf: ElfReader, { segments }: ElfHeader): Dynamic | null {
  const segment = segments.find(({ type }) => type === SegmentType.dynamic);
  if (segment === undefined) return null;
  if (segment.fileBytes > maxDynamicBytes) {
    throw new FormatError("elf", `a dynamic section of ${segment.fileBytes} bytes`);
  }
  const bytes = elf.bytes(segment.offsetBytes, segment.fileBytes, "the dynamic section");
  const words = new Words(bytes, elf);
  const entryBytes = elf.is64 ? 16 : 8;
  const values = new Map<number, number>();
  const needed: number[] = [];
  for (let at = 0; at + entryBytes <= words.lengthBytes; at += entryBytes) {
    const tag = elf.is64 ? words.u64(at) : words.u32(at);
    if (tag === 0) break;
    const value = words.word(at + entryBytes / 2);
    if (tag === Tag.needed) needed.push(value);
    else if (!values.has(tag)) values.set(tag, value);
  }
  return { values, needed, ...openStrings(elf, segments, values) };
}

/** They may hold control characters, each of which is six in JSON. */
function tooMuchText(limit: number): OverLimitError {
  const budget = "names and paths for the loader";
  return new OverLimitError("elf", { budget, limit, unit: "bytes" });
}

function openStrings(
  elf: ElfReader,
  segments: readonly Segment[],
  values: ReadonlyMap<number, number>,
): Pick<Dynamic, "text" | "symbolName"> {
  const address = values.get(Tag.strings);
  const sizeBytes = values.get(Tag.stringBytes) ?? 0;
  if (sizeBytes > maxStringBytes) {
    throw new FormatError("elf", `a string table of ${sizeBytes} bytes`);
  }
  const strings =
    address === undefined
      ? Buffer.alloc(0)
      : elf.bytes(offsetOf(segments, address, "DT_STRTAB"), sizeBytes, "the string table");
  let left = Math.min(4 * sizeBytes + 1024 * 1024, maxStringBytes);
  const take = (offset: number, end: number, what: string): void => {
    if (end < 0) throw new FormatError("elf", `${what} lies outside the string table`, offset);
    left -= end - offset;
    if (left < 0) throw new FormatError("elf", "strings that lie over each other again and again");
  };
  let leftText = elf.limits.elfTextBytes;
  let decoded: string | null = null;
  let hasControls = false;
  return {
    text: (offset, what) => {
      const end = offset < strings.byteLength ? strings.indexOf(0, offset) : -1;
      take(offset, end, what);
      leftText -= end - offset;
      if (leftText < 0) throw tooMuchText(elf.limits.elfTextBytes);
      return strings.toString("latin1", offset, end);
    },
    symbolName: (offset) => {
      if (decoded === null) {
        decoded = strings.toString("latin1");
        hasControls = /[\x01-\x1f\x7f]/.test(decoded);
      }
      const end = offset < decoded.length ? decoded.indexOf("\0", offset) : -1;
      take(offset, end, "a symbol's name");
      const name = decoded.slice(offset, end);
      if (hasControls && /[\x01-\x1f\x7f]/.test(name))
        throw new FormatError("elf", "a symbol's name holds a control character", offset);
      return name;
    },
  };
}
