import { FormatError } from "../format-error.ts";
import type { RandomAccess } from "../random-access.ts";

/** Magic number of a hash table, at byte 12 in the byte order of its machine. Source: Berkeley DB src/dbinc/db_page.h. */
const hashMagic = 0x0006_1561;
/** Of the metadata that are looked at, on page 0. */
const metadataBytes = 512;
const knownVersions: readonly number[] = [8, 9, 10];
const hashMetadataPage = 8;
/** Length of the header of every page. */
export const pageHeaderBytes = 26;

/** One page with the numbers of its header. */
export interface BerkeleyPage {
  readonly number: number;
  readonly type: number;
  /** The page that goes on where this one ends; 0 for none. */
  readonly next: number;
  readonly entryCount: number;
  /** On an overflow page how many bytes it holds. */
  readonly freeOffset: number;
  readonly bytes: Buffer;
}

/** Whether a file begins as a Berkeley DB hash table does. `head`: at least its first 16 bytes. */
export function isBerkeleyHash(head: Buffer): boolean {
  if (head.length < 16) return false;
  return head.readUInt32LE(12) === hashMagic || head.readUInt32BE(12) === hashMagic;
}

/**
 * The pages of a Berkeley DB hash table, in its own byte order. What belongs to one package is taken, which each page can
 * be once only: a hostile file can so make nobody read more than its own size, nor in a circle.
 */
export class BerkeleyPages {
  readonly #file: RandomAccess;
  readonly #isBigEndian: boolean;
  readonly #taken: Uint8Array;
  readonly pageBytes: number;
  /** Number of the last page that is in the file. */
  readonly lastPage: number;

  /** Throws FormatError when the metadata are none that rpm reads, or the table is encrypted. */
  constructor(file: RandomAccess) {
    const meta = Buffer.from(file.read(0, metadataBytes));
    if (meta.length < metadataBytes || !isBerkeleyHash(meta)) {
      throw new FormatError("rpm", "The file does not begin as a Berkeley DB hash table", 0);
    }
    this.#file = file;
    this.#isBigEndian = meta.readUInt32BE(12) === hashMagic;
    const [version, encryption, type] = [this.readUInt32(meta, 16), meta[24], meta[25]];
    if (!knownVersions.includes(version)) {
      throw new FormatError("rpm", `The hash table has version ${version}, not 8 to 10`, 16);
    }
    if (encryption !== 0) throw new FormatError("rpm", "The hash table is encrypted", 24);
    if (type !== hashMetadataPage) {
      throw new FormatError("rpm", `The first page has type ${type}, not ${hashMetadataPage}`, 25);
    }
    this.pageBytes = this.readUInt32(meta, 20);
    const isPowerOfTwo = (this.pageBytes & (this.pageBytes - 1)) === 0;
    if (this.pageBytes < 512 || this.pageBytes > 65_536 || !isPowerOfTwo) {
      throw new FormatError("rpm", `The page size is ${this.pageBytes}, not a power of two`, 20);
    }
    const inFile = Math.ceil(file.sizeBytes / this.pageBytes) - 1;
    this.lastPage = Math.min(this.readUInt32(meta, 32), inFile);
    this.#taken = new Uint8Array(Math.ceil((this.lastPage + 1) / 8));
  }

  /** Reads a page; it can still be taken. Throws FormatError when it is not there, cut short or says another number. */
  peek(number: number): BerkeleyPage {
    if (number < 1 || number > this.lastPage) {
      throw new FormatError("rpm", `Page ${number} is outside the ${this.lastPage} of the file`);
    }
    const bytes = Buffer.from(this.#file.read(this.offsetOf(number), this.pageBytes));
    if (bytes.length < this.pageBytes) {
      throw new FormatError("rpm", `Page ${number} is cut short`);
    }
    const written = this.readUInt32(bytes, 8);
    const type = bytes.readUInt8(25);
    // A page that was never used is all zeros.
    if (written !== number && (written !== 0 || type !== 0)) {
      throw new FormatError("rpm", `Page ${number} says that it is page ${written}`);
    }
    return {
      number,
      type,
      next: this.readUInt32(bytes, 16),
      entryCount: this.readUInt16(bytes, 20),
      freeOffset: this.readUInt16(bytes, 22),
      bytes,
    };
  }

  /** Reads a page as a part of one package. Throws FormatError also when it was taken before. */
  take(number: number): BerkeleyPage {
    const page = this.peek(number);
    const [index, bit] = [number >> 3, 1 << (number & 7)];
    const before = this.#taken[index] ?? 0;
    if ((before & bit) !== 0) throw new FormatError("rpm", `Page ${number} is in two places`);
    this.#taken[index] = before | bit;
    return page;
  }

  /** Where page `number` begins in the file, in bytes. */
  offsetOf(number: number): number {
    return number * this.pageBytes;
  }

  /** In the byte order of the table. */
  readUInt32(bytes: Buffer, at: number): number {
    return this.#isBigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
  }

  /** In the byte order of the table. */
  readUInt16(bytes: Buffer, at: number): number {
    return this.#isBigEndian ? bytes.readUInt16BE(at) : bytes.readUInt16LE(at);
  }
}
