import { FormatError } from "../format-error.ts";

/** A value of a column. Integers are exact up to 2^53, beyond that rounded. */
export type SqliteValue = null | number | string | Uint8Array;

/** Columns of one row; the format's own limit. Source: https://www.sqlite.org/limits.html, SQLITE_MAX_COLUMN's hard bound. */
const maxColumns = 32_767;

/**
 * A variable-length integer at `at`: seven bits a byte, the ninth gives eight. Beyond 2^53 it is rounded, which no
 * length, page or type reaches. Throws FormatError when it is cut short.
 * Source: https://www.sqlite.org/fileformat2.html section 1.6.
 */
export function readVarint(bytes: Uint8Array, at: number): { value: number; next: number } {
  let value = 0;
  for (let index = 0; index < 9; index++) {
    const byte = bytes[at + index];
    if (byte === undefined) throw new FormatError("sqlite", "A number is cut short", at);
    if (index === 8) return { value: value * 256 + byte, next: at + 9 };
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, next: at + index + 1 };
  }
  return { value, next: at + 9 };
}

/**
 * The columns of a record: header with a type for each, then the values. A column that is null may be the row
 * number (`INTEGER PRIMARY KEY`). Blobs share memory with `payload`. Throws FormatError.
 * Source: https://www.sqlite.org/fileformat2.html section 2.1.
 */
export function readRecord(payload: Buffer): SqliteValue[] {
  const { value: headerBytes, next } = readVarint(payload, 0);
  if (headerBytes > payload.length || headerBytes < next) {
    throw new FormatError("sqlite", `A record's header of ${headerBytes} bytes is outside it`);
  }
  const values: SqliteValue[] = [];
  let bodyAt = headerBytes;
  for (let at = next; at < headerBytes;) {
    const type = readVarint(payload, at);
    if (type.next > headerBytes || values.length >= maxColumns) {
      throw new FormatError("sqlite", "A record's header runs over its end");
    }
    at = type.next;
    const length = lengthOfType(type.value);
    if (bodyAt + length > payload.length) {
      throw new FormatError("sqlite", `A value of ${length} bytes runs over its record's end`);
    }
    values.push(readValue(type.value, payload.subarray(bodyAt, bodyAt + length)));
    bodyAt += length;
  }
  return values;
}

const fixedLengths = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0];

function lengthOfType(type: number): number {
  if (type === 10 || type === 11) {
    throw new FormatError("sqlite", `A value has the type ${type}, which is reserved`);
  }
  return fixedLengths[type] ?? Math.floor((type - 12) / 2);
}

function readValue(type: number, bytes: Buffer): SqliteValue {
  if (type >= 12) return type % 2 === 0 ? bytes : bytes.toString("utf8");
  if (type === 0) return null;
  if (type === 7) return bytes.readDoubleBE(0);
  if (type === 6) return Number(bytes.readBigInt64BE(0));
  if (type >= 8) return type - 8;
  return bytes.readIntBE(0, bytes.length);
}
