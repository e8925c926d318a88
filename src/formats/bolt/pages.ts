import { FormatError } from "../format-error.ts";
import type { RandomAccess } from "../random-access.ts";
import { readNewestMeta, type BoltMeta } from "./meta.ts";

/** Bytes before the elements of a page: id, flags, count, overflow. Source: go.etcd.io/bbolt page.go, `page`. */
export const pageHeaderBytes = 16;

/** The elements of a tree's page. `bytes` begin with its header. */
export interface BoltPage {
  readonly kind: "branch" | "leaf";
  readonly bytes: Buffer;
  readonly count: number;
  /** Where it begins in the file; of a bucket inside a leaf, where its value begins. */
  readonly offsetBytes: number;
}

const branchFlag = 0x01;
const leafFlag = 0x02;

/**
 * The pages of a bbolt file as of its newest sound transaction. Each page can be taken once only: in a sound file no page is
 * in two places, and a hostile one can so make nobody read more than its own size, nor in a circle. Numbers are
 * little-endian: bbolt writes those of its machine. Source: go.etcd.io/bbolt page.go, db.go.
 */
export class BoltPages {
  readonly meta: BoltMeta;
  readonly #file: RandomAccess;
  readonly #taken: Uint8Array;
  readonly #count: number;

  /** Throws FormatError when no transaction in it is sound. */
  constructor(file: RandomAccess) {
    this.#file = file;
    this.meta = readNewestMeta(file);
    const whole = Math.floor(file.sizeBytes / this.meta.pageBytes);
    this.#count = Math.min(whole, this.meta.endPage);
    this.#taken = new Uint8Array(Math.ceil(this.#count / 8));
  }

  /** A page of a tree with what of it overflows into those behind it. Throws FormatError. */
  take(number: number): BoltPage {
    const { pageBytes } = this.meta;
    const offsetBytes = number * pageBytes;
    this.#mark(number);
    const header = Buffer.from(this.#file.read(offsetBytes, pageHeaderBytes));
    // A file that became shorter meanwhile.
    if (header.length < pageHeaderBytes) {
      throw new FormatError("bolt", `Page ${number} is cut off`, offsetBytes);
    }
    const id = header.readBigUInt64LE(0);
    if (id !== BigInt(number)) {
      throw new FormatError("bolt", `Page ${number} says that it is page ${id}`, offsetBytes);
    }
    const overflow = header.readUInt32LE(12);
    if (overflow > this.#count - number - 1) {
      const reason = `Page ${number} overflows into ${overflow} more, beyond the end`;
      throw new FormatError("bolt", reason, offsetBytes);
    }
    for (let next = 1; next <= overflow; next++) this.#mark(number + next);
    const length = (overflow + 1) * pageBytes;
    return parsePage(Buffer.from(this.#file.read(offsetBytes, length)), offsetBytes);
  }

  #mark(number: number): void {
    if (number < 2 || number >= this.#count) {
      const reason = `Page ${number} is none of the ${this.#count} pages of the file`;
      throw new FormatError("bolt", reason);
    }
    const [index, bit] = [number >> 3, 1 << (number & 7)];
    const before = this.#taken[index] ?? 0;
    if ((before & bit) !== 0) {
      const reason = `Page ${number} is in two places`;
      throw new FormatError("bolt", reason, number * this.meta.pageBytes);
    }
    this.#taken[index] = before | bit;
  }
}

/** A page that is in memory: one of the file's, or that of a small bucket inside a leaf. Throws FormatError. */
export function parsePage(bytes: Buffer, offsetBytes: number): BoltPage {
  if (bytes.length < pageHeaderBytes) {
    throw new FormatError("bolt", "A page is cut off", offsetBytes);
  }
  const flags = bytes.readUInt16LE(8);
  if (flags !== branchFlag && flags !== leafFlag) {
    throw new FormatError(
      "bolt",
      `A page has the flags ${flags}, not those of a tree`,
      offsetBytes,
    );
  }
  const count = bytes.readUInt16LE(10);
  if (pageHeaderBytes + count * pageHeaderBytes > bytes.length) {
    throw new FormatError("bolt", `A page cannot hold its ${count} elements`, offsetBytes);
  }
  return { kind: flags === leafFlag ? "leaf" : "branch", bytes, count, offsetBytes };
}
