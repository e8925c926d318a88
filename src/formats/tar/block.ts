import { FormatError } from "../format-error.ts";

/** Everything in a tar stream is a multiple of this. Source: POSIX pax, ustar interchange format. */
export const blockBytes = 512;

/** The fields of one 512-byte header block as they stand there, before PAX records and long names. */
export interface TarBlock {
  /** `ustar`: POSIX magic. `gnu`: `ustar  `. `v7`: no magic. Source: Go archive/tar format.go `getFormat`. */
  readonly format: "v7" | "ustar" | "gnu";
  /** One byte as text: `0`, `5`, `L` …; NUL for old files. */
  readonly typeFlag: string;
  readonly name: Uint8Array;
  readonly linkName: Uint8Array;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  /** Seconds since 1970, before it negative; null where the field holds no number. */
  readonly modifiedSeconds: number | null;
  /** Of a device; null for other types, and where a field holds no number. */
  readonly device: { readonly major: number; readonly minor: number } | null;
}

/** First byte and length of each field. Source: POSIX pax, table "ustar Header Block". */
const field = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  typeFlag: [156, 1],
  linkName: [157, 100],
  magic: [257, 8],
  deviceMajor: [329, 8],
  deviceMinor: [337, 8],
  prefix: [345, 155],
  starPrefix: [345, 131],
  starTrailer: [508, 4],
  gnuAccessTime: [345, 12],
  gnuChangeTime: [357, 12],
} as const satisfies Record<string, readonly [number, number]>;

function slice(block: Uint8Array, [start, length]: readonly [number, number]): Uint8Array {
  return block.subarray(start, start + length);
}

/** Whether all 512 bytes are zero: half of an end-of-archive mark. */
export function isZeroBlock(block: Uint8Array): boolean {
  return block[0] === 0 && block.every((byte) => byte === 0);
}

/**
 * Whether the checksum in the block is the sum of its bytes with the checksum field as spaces. Old writers
 * added signed bytes, so both sums are accepted. Source: Go archive/tar format.go `computeChecksum`.
 */
export function hasValidChecksum(block: Uint8Array): boolean {
  const stored = tryOctal(slice(block, field.checksum));
  if (stored === null) return false;
  let unsigned = sumOfBytes(block);
  for (const byte of slice(block, field.checksum)) unsigned += 0x20 - byte;
  if (stored === unsigned) return true;
  const [start, length] = field.checksum;
  let highBytes = 0;
  for (let index = 0; index < blockBytes; index++) {
    const isInField = index >= start && index < start + length;
    if (!isInField) highBytes += (block[index] ?? 0) >> 7;
  }
  return stored === unsigned - 256 * highBytes;
}

/** Two bytes at a time in each half of a word: 512 bytes come to 65,280 a half at most. */
function sumOfBytes(block: Uint8Array): number {
  // A view of words must begin at a multiple of four; blocks in chunks do, in all but made-up streams.
  const { buffer, byteOffset } = block.byteOffset % 4 === 0 ? block : new Uint8Array(block);
  const words = new Int32Array(buffer, byteOffset, blockBytes / 4);
  let halves = 0;
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? 0;
    halves = (halves + (word & 0x00ff00ff) + ((word >>> 8) & 0x00ff00ff)) | 0;
  }
  return (halves & 0xffff) + (halves >>> 16);
}

/**
 * Reads one header block whose checksum was found right. Numbers are octal text or base-256.
 * Nothing of the block is shared. Throws FormatError when a number is neither, is negative or beyond 2^53.
 */
export function parseBlock(block: Uint8Array): TarBlock {
  const magic = latin1(slice(block, field.magic));
  const typeFlag = latin1(slice(block, field.typeFlag));
  const format =
    magic === "ustar  \0" ? "gnu" : magic.startsWith("ustar\0") ? "ustar" : ("v7" as const);
  return {
    format,
    typeFlag,
    name: joinPrefix(findPrefix(block, format), untilNul(slice(block, field.name))),
    linkName: untilNul(slice(block, field.linkName)).slice(),
    mode: parseNumber(block, "mode") & 0o7777,
    uid: parseNumber(block, "uid"),
    gid: parseNumber(block, "gid"),
    sizeBytes: parseNumber(block, "size"),
    modifiedSeconds: tryTime(slice(block, field.mtime)),
    device: format !== "v7" && (typeFlag === "3" || typeFlag === "4") ? parseDevice(block) : null,
  };
}

/**
 * The directory part that does not fit the name field. star keeps times in its last 24 bytes; GNU has no prefix,
 * but Go before 1.8 wrote one in GNU headers, which shows by times that are no numbers.
 * Source: Go archive/tar reader.go `readHeader`.
 */
function findPrefix(block: Uint8Array, format: TarBlock["format"]): Uint8Array {
  if (format === "v7") return new Uint8Array(0);
  if (format === "ustar") {
    const isStar = latin1(slice(block, field.starTrailer)) === "tar\0";
    return untilNul(slice(block, isStar ? field.starPrefix : field.prefix));
  }
  const times = [field.gnuAccessTime, field.gnuChangeTime];
  if (times.every((at) => isNumber(slice(block, at)))) return new Uint8Array(0);
  const prefix = untilNul(slice(block, field.prefix));
  return prefix.every((byte) => byte < 0x80) ? prefix : new Uint8Array(0);
}

function joinPrefix(prefix: Uint8Array, name: Uint8Array): Uint8Array {
  if (prefix.byteLength === 0) return name.slice();
  const joined = new Uint8Array(prefix.byteLength + 1 + name.byteLength);
  joined.set(prefix);
  joined[prefix.byteLength] = 0x2f;
  joined.set(name, prefix.byteLength + 1);
  return joined;
}

function isNumber(bytes: Uint8Array): boolean {
  return isBase256(bytes) || tryOctal(bytes) !== null;
}

function isBase256(bytes: Uint8Array): boolean {
  return ((bytes[0] ?? 0) & 0x80) !== 0;
}

function tryNumber(bytes: Uint8Array): number | null {
  return isBase256(bytes) ? tryBase256(bytes) : tryOctal(bytes);
}

/** The one field that may be negative. Source: GNU tar manual, "Extensions to the archive format"; Go strconv.go `parseNumeric`. */
function tryTime(bytes: Uint8Array): number | null {
  return isBase256(bytes) ? trySignedBase256(bytes) : tryOctal(bytes);
}

function parseDevice(block: Uint8Array): TarBlock["device"] {
  const major = tryNumber(slice(block, field.deviceMajor));
  const minor = tryNumber(slice(block, field.deviceMinor));
  return major === null || minor === null ? null : { major, minor };
}

function parseNumber(block: Uint8Array, name: "mode" | "uid" | "gid" | "size"): number {
  const [start, length] = field[name];
  const bytes = block.subarray(start, start + length);
  const value = isBase256(bytes) ? tryBase256(bytes) : tryOctal(bytes);
  if (value === null) {
    throw new FormatError(
      "tar",
      `the ${name} of a header is neither octal nor base-256 within 0 to 2^53`,
      start,
    );
  }
  return value;
}

/** A number field of a sparse map. Throws FormatError like `parseBlock`. */
export function parseSparseNumber(bytes: Uint8Array): number {
  const value = isBase256(bytes) ? tryBase256(bytes) : tryOctal(bytes);
  if (value === null)
    throw new FormatError("tar", "a sparse map holds no number where one must be");
  return value;
}

/** Spaces and NULs around, digits up to a NUL; nothing at all is 0. Null when it is no number. */
function tryOctal(bytes: Uint8Array): number | null {
  let start = 0;
  let end = bytes.byteLength;
  const isBlank = (at: number): boolean => bytes[at] === 0x20 || bytes[at] === 0;
  while (start < end && isBlank(start)) start++;
  while (end > start && isBlank(end - 1)) end--;
  let value = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 0) break;
    if (byte < 0x30 || byte > 0x37) return null;
    value = value * 8 + (byte - 0x30);
  }
  return Number.isSafeInteger(value) ? value : null;
}

/** As `trySignedBase256`, null when negative too. */
function tryBase256(bytes: Uint8Array): number | null {
  const isNegative = ((bytes[0] ?? 0) & 0x40) !== 0;
  return isNegative ? null : trySignedBase256(bytes);
}

/** Two's complement, big-endian, the top bit a mark. Null when too big or too small to be counted exactly. */
function trySignedBase256(bytes: Uint8Array): number | null {
  const first = bytes[0] ?? 0;
  const isNegative = (first & 0x40) !== 0;
  // The complement of a negative number is not negative, and so is counted the same way.
  const flipped = isNegative ? 0xff : 0;
  let value = (first ^ flipped) & 0x3f;
  for (const byte of bytes.subarray(1)) {
    value = value * 256 + (byte ^ flipped);
    if (!Number.isSafeInteger(value)) return null;
  }
  return isNegative ? -value - 1 : value;
}

/** The bytes before the first NUL, or all. */
export function untilNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
