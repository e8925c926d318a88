/**
 * A table on the disk: pairs of a key and a value, bytes both, in runs that are sorted by key each.
 *
 *     fromage-table 1\n            magic and revision of this layout
 *     <block> <block> …            zstd frames of about 64 KiB of pairs
 *     <index>                      a zstd frame: for each block what a lookup needs
 *     <footer>                     where the index is, its sum, and the magic again
 *
 * A pair is `length key length value`, an entry of the index `run length key stored raw crc32`; all numbers are LEB128 but
 * the sum and those of the footer, which are little-endian. Most tables have one run; keys that came out of order are in
 * further ones.
 */
export const magic = Buffer.from("fromage-table 1\n");

/** `u48 offset, u32 stored, u32 raw, u32 crc32, u48 pairs` and the magic. Bytes. */
export const footerBytes = 24 + magic.length;

/** Where the pairs of a block end. Uncompressed bytes. */
export const blockBytes = 64 * 1024;

/** Longest key and longest value. Bytes. */
export const maxKeyBytes = 16 * 1024;
export const maxValueBytes = 16 * 1024 * 1024;

/** Blocks of a table, and bytes of its index: what is more is not read. */
export const maxBlocks = 1_000_000;
export const maxIndexBytes = 256 * 1024 * 1024;

/** Room for one number. */
export const maxNumberBytes = 5;

/** Writes a whole number below 2^35; gives back where it ends. */
export function putNumber(bytes: Uint8Array, at: number, value: number): number {
  let rest = value;
  while (rest >= 0x80) {
    bytes[at++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  bytes[at++] = rest;
  return at;
}

/** Reads numbers and pieces one after another. Throws RangeError behind the end. */
export class PieceReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  number(): number {
    let value = 0;
    for (let factor = 1, count = 0; count < maxNumberBytes; factor *= 0x80, count++) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw new RangeError("a number ends too early or never");
  }

  /** Shares memory. */
  piece(): Uint8Array {
    const length = this.number();
    if (length > this.#bytes.length - this.#at) throw new RangeError("a piece ends too early");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

/** Byte by byte; a key that begins another one is before it. */
export function compareKeys(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}

export function startsWith(key: Uint8Array, prefix: Uint8Array): boolean {
  return key.length >= prefix.length && compareKeys(key.subarray(0, prefix.length), prefix) === 0;
}
