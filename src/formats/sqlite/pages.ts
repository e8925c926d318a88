import { FormatError } from "../format-error.ts";
import type { RandomAccess } from "../random-access.ts";
import { fileHeaderBytes, type PageSource } from "./table-page.ts";

const magic = "SQLite format 3\0";

/**
 * The pages of an SQLite file. Each page can be taken once only: in a sound file no page is in two places of a tree,
 * and a hostile one can so make nobody read more than its own size, nor in a circle.
 * Source: https://www.sqlite.org/fileformat2.html section 1.3.
 */
export class SqlitePages implements PageSource {
  readonly #file: RandomAccess;
  readonly #taken: Uint8Array;
  readonly pageBytes: number;
  /** Page size without the reserved bytes at its end: "U" in the format's formulas. */
  readonly usableBytes: number;
  readonly pageCount: number;

  /** Throws FormatError when the header is none. A page count in it that is not the file's own is passed over. */
  constructor(file: RandomAccess) {
    const header = Buffer.from(file.read(0, fileHeaderBytes));
    if (header.length < fileHeaderBytes || header.toString("latin1", 0, 16) !== magic) {
      throw new FormatError("sqlite", 'The file does not begin with "SQLite format 3"', 0);
    }
    const written = header.readUInt16BE(16);
    this.pageBytes = written === 1 ? 65_536 : written;
    if (this.pageBytes < 512 || (this.pageBytes & (this.pageBytes - 1)) !== 0) {
      throw new FormatError("sqlite", `The page size is ${written}, not a power of two`, 16);
    }
    this.usableBytes = this.pageBytes - header.readUInt8(20);
    if (this.usableBytes < 480) {
      throw new FormatError("sqlite", `A page has ${this.usableBytes} usable bytes, not 480`, 20);
    }
    if (header.readUInt32BE(56) > 1) {
      throw new FormatError("sqlite", "The text is UTF-16, only UTF-8 is read", 56);
    }
    this.#file = file;
    this.pageCount = Math.floor(file.sizeBytes / this.pageBytes);
    this.#taken = new Uint8Array(Math.ceil((this.pageCount + 1) / 8));
  }

  /** A copy of page `number`, 1-based. Throws FormatError when it is outside the file or was taken before. */
  take(number: number): Buffer {
    if (number < 1 || number > this.pageCount) {
      throw new FormatError(
        "sqlite",
        `Page ${number} is outside the ${this.pageCount} of the file`,
      );
    }
    const [index, bit] = [number >> 3, 1 << (number & 7)];
    const before = this.#taken[index] ?? 0;
    if ((before & bit) !== 0) {
      throw new FormatError("sqlite", `Page ${number} is in two places`, this.offsetOf(number));
    }
    this.#taken[index] = before | bit;
    const page = Buffer.from(this.#file.read(this.offsetOf(number), this.pageBytes));
    if (page.length === this.pageBytes) return page;
    throw new FormatError("sqlite", `Page ${number} is cut short`, this.offsetOf(number));
  }

  /** Where page `number` begins in the file, in bytes. */
  offsetOf(number: number): number {
    return (number - 1) * this.pageBytes;
  }

  /** Makes every page free to be taken again, for reading another table. */
  release(): void {
    this.#taken.fill(0);
  }
}
