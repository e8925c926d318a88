import { FormatError } from "../format-error.ts";
import { decodeName } from "./name.ts";

/** What the records of a PAX extended header say, as far as it matters here. Absent is undefined. */
export interface PaxRecords {
  path?: string;
  linkpath?: string;
  size?: number;
  uid?: number;
  gid?: number;
  /** Whole seconds since 1970, before it negative, rounded down as file systems count them. */
  mtime?: number;
  /** `SCHILY.xattr.security.capability`: binary, as lower-case hex. */
  capability?: string;
  sparse?: PaxSparse;
}

/** The `GNU.sparse.*` records. Source: GNU tar manual, "Storing Sparse Files", formats 0.0, 0.1, 1.0. */
export interface PaxSparse {
  name?: string;
  /** Of the file with its holes: `GNU.sparse.size` (0.x) or `GNU.sparse.realsize` (1.0). */
  realSizeBytes?: number;
  major?: string;
  minor?: string;
  /** Offsets and lengths in turn, from 0.0's pairs of records or 0.1's list. */
  map?: number[];
}

/**
 * Reads the records of one extended header into `records`, later ones winning.
 *
 *     30 mtime=1350244992.023960108\n
 *     21 path=usr/lib/long\n
 *     6 uid=\n                            (an empty value takes the record back)
 *
 * The length counts itself, in bytes, with space and newline. Values may be binary.
 * Throws FormatError with the offset of the record. Source: POSIX pax, "pax Extended Header".
 */
export function parsePax(bytes: Uint8Array, records: PaxRecords): PaxRecords {
  let offset = 0;
  while (offset < bytes.byteLength) {
    // Some writers fill the rest of the block with NUL instead of giving an exact size.
    if (bytes[offset] === 0 && bytes.subarray(offset).every((byte) => byte === 0)) break;
    const { end, key, value } = readRecord(bytes, offset);
    apply(records, key, { value, offsetBytes: offset });
    offset = end;
  }
  return records;
}

interface Value {
  readonly value: Uint8Array;
  readonly offsetBytes: number;
}

function readRecord(
  bytes: Uint8Array,
  offset: number,
): { end: number; key: string; value: Uint8Array } {
  let length = 0;
  let at = offset;
  for (; at < offset + 10; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x30 || byte > 0x39) break;
    length = length * 10 + (byte - 0x30);
  }
  const end = offset + length;
  const equals = bytes.indexOf(0x3d, at);
  const isSound =
    at > offset &&
    bytes[at] === 0x20 &&
    end <= bytes.byteLength &&
    bytes[end - 1] === 0x0a &&
    equals > at + 1 &&
    equals < end;
  if (!isSound) throw new FormatError("tar", "a PAX record is not `length key=value`", offset);
  return {
    end,
    key: decodeName(bytes.subarray(at + 1, equals)),
    value: bytes.subarray(equals + 1, end - 1),
  };
}

function apply(records: PaxRecords, key: string, at: Value): void {
  if (key.startsWith("GNU.sparse.")) {
    records.sparse ??= {};
    applySparse(records.sparse, key.slice("GNU.sparse.".length), at);
    return;
  }
  switch (key) {
    case "path":
    case "linkpath":
      if (at.value.byteLength === 0) delete records[key];
      else records[key] = decodeName(at.value);
      return;
    case "size":
    case "uid":
    case "gid":
      if (at.value.byteLength === 0) delete records[key];
      else records[key] = integer(key, at);
      return;
    case "mtime": {
      // Nothing is decided by it: one that is no number is as if it were not there.
      const seconds = wholeSeconds(decodeName(at.value));
      if (seconds === null) delete records.mtime;
      else records.mtime = seconds;
      return;
    }
    case "SCHILY.xattr.security.capability":
      if (at.value.byteLength === 0) delete records.capability;
      else records.capability = Buffer.from(at.value).toString("hex");
      return;
    default:
  }
}

/** `1350244992.023960108` or `-0.5`, which is in the second that begins at -1. Null for all else. */
function wholeSeconds(text: string): number | null {
  const [, sign = "", digits = "", fraction = ""] = /^(-?)(\d{1,15})(?:\.(\d*))?$/.exec(text) ?? [];
  if (digits === "") return null;
  if (sign === "") return Number(digits);
  // Not `-0`, which JSON would not keep.
  return 0 - Number(digits) - (/[1-9]/.test(fraction) ? 1 : 0);
}

function applySparse(sparse: PaxSparse, key: string, at: Value): void {
  switch (key) {
    case "name":
      sparse.name = text("GNU.sparse.name", at);
      return;
    case "size":
    case "realsize":
      sparse.realSizeBytes = integer(`GNU.sparse.${key}`, at);
      return;
    case "major":
      sparse.major = text("GNU.sparse.major", at);
      return;
    case "minor":
      sparse.minor = text("GNU.sparse.minor", at);
      return;
    case "offset":
    case "numbytes":
      (sparse.map ??= []).push(integer(`GNU.sparse.${key}`, at));
      // 0.0 gives them strictly in turn; an offset must come at an even place.
      if ((sparse.map.length % 2 === 1) !== (key === "offset")) {
        throw new FormatError("tar", "sparse offsets and lengths do not alternate", at.offsetBytes);
      }
      return;
    case "map":
      sparse.map = numbers(at);
      return;
    default:
  }
}

function numbers(at: Value): number[] {
  const list = text("GNU.sparse.map", at);
  if (list === "") return [];
  return list.split(",").map((part) => toInteger(part, "GNU.sparse.map", at.offsetBytes));
}

function text(key: string, { value, offsetBytes }: Value): string {
  if (value.includes(0))
    throw new FormatError("tar", `the PAX record ${key} holds a NUL`, offsetBytes);
  return decodeName(value);
}

function integer(key: string, { value, offsetBytes }: Value): number {
  const digits = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("latin1");
  return toInteger(digits, key, offsetBytes);
}

function toInteger(digits: string, key: string, offsetBytes: number): number {
  const number = /^\d{1,16}$/.test(digits) ? Number(digits) : NaN;
  if (!Number.isSafeInteger(number)) {
    throw new FormatError(
      "tar",
      `the PAX record ${key} is no number within 0 to 2^53`,
      offsetBytes,
    );
  }
  return number;
}
