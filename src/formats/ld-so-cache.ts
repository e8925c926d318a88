import { defaultBudgets, type Budgets } from "../model/budgets.ts";
import { FormatError } from "./format-error.ts";
import { OverLimitError } from "./over-limit-error.ts";

/** One library of the cache, in file order. `hwcaps` is its glibc-hwcaps subdirectory (`x86-64-v3`) or null. */
export interface CacheLine {
  readonly soname: string;
  readonly path: string;
  readonly flags: number;
  readonly hwcaps: string | null;
}

const format = "ld.so.cache";
const newMagic = "glibc-ld.so.cache1.1";
const oldMagic = "ld.so-1.7.0";
const headerBytes = 48;
const entryBytes = 24;
/** Marks a word of the hwcap field that is an index into the extension's list. */
const hwcapsFlag = 0x4000_0000;

/**
 * Reads /etc/ld.so.cache: the `1.1` format, alone or behind the old one. Strings are offsets from the new
 * header. Throws FormatError, also when entries spell out the same strings again and again. Source: glibc sysdeps/generic/dl-cache.h (cache_file_new, file_entry_new, cache_extension).
 */
export function parseLdSoCache(
  content: Uint8Array,
  { cacheTextRatio }: Pick<Budgets, "cacheTextRatio"> = defaultBudgets,
): readonly CacheLine[] {
  const start = findHeader(Buffer.from(content.buffer, content.byteOffset, content.byteLength));
  const bytes = Buffer.from(content.buffer, content.byteOffset + start, content.byteLength - start);
  if (bytes.byteLength < headerBytes) throw new FormatError(format, "the header is cut", start);
  // The low two bits of this byte say the byte order: 2 little, 3 big, 0 not said (before glibc 2.33).
  const isBig = ((bytes[28] ?? 0) & 3) === 3;
  const u32 = (at: number): number => {
    if (at + 4 > bytes.byteLength)
      throw new FormatError(format, "a word lies outside the file", start + at);
    return isBig ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
  };
  let leftBytes = cacheTextRatio * bytes.byteLength;
  const text = (at: number): string => {
    const end = at < bytes.byteLength ? bytes.indexOf(0, at) : -1;
    if (end < 0) throw new FormatError(format, "a string lies outside the file", start + at);
    leftBytes -= end - at;
    if (leftBytes < 0) {
      const budget = "strings to the size of the cache";
      throw new OverLimitError(format, { budget, limit: cacheTextRatio, unit: "ratio" });
    }
    return bytes.toString("latin1", at, end);
  };
  const count = u32(20);
  if (headerBytes + count * entryBytes > bytes.byteLength) {
    throw new FormatError(
      format,
      `${count} entries do not fit into ${bytes.byteLength} bytes`,
      start + 20,
    );
  }
  const hwcaps = readHwcaps(u32, text);
  return Array.from({ length: count }, (_, index) => {
    const at = headerBytes + index * entryBytes;
    const [low, high] = isBig ? [u32(at + 20), u32(at + 16)] : [u32(at + 16), u32(at + 20)];
    const name = (high & hwcapsFlag) === 0 ? null : (hwcaps[low] ?? null);
    return { flags: u32(at), soname: text(u32(at + 4)), path: text(u32(at + 8)), hwcaps: name };
  });
}

function findHeader(bytes: Buffer): number {
  if (bytes.toString("latin1", 0, newMagic.length) === newMagic) return 0;
  if (bytes.toString("latin1", 0, oldMagic.length) !== oldMagic || bytes.byteLength < 16) {
    throw new FormatError(format, "no cache of glibc", 0);
  }
  const end = 16 + bytes.readUInt32LE(12) * 12;
  const start = Math.ceil(end / 8) * 8;
  if (bytes.toString("latin1", start, start + newMagic.length) !== newMagic) {
    throw new FormatError(format, "only the format before glibc 2.2 is there", start);
  }
  return start;
}

/** The names in the extension's section 1, in order. */
function readHwcaps(u32: (at: number) => number, text: (at: number) => string): readonly string[] {
  const extension = u32(32);
  if (extension === 0 || u32(extension) !== 0xeaa42174) return [];
  const names: string[] = [];
  const sections = Math.min(u32(extension + 4), 16);
  for (let index = 0; index < sections; index++) {
    const at = extension + 8 + index * 16;
    if (u32(at) !== 1) continue;
    const [offset, sizeBytes] = [u32(at + 8), u32(at + 12)];
    for (let word = 0; word + 4 <= sizeBytes; word += 4) names.push(text(u32(offset + word)));
  }
  return names;
}
