import { FormatError } from "../format-error.ts";
import { OverLimitError } from "../over-limit-error.ts";
import { parseSparseNumber } from "./block.ts";

/** A piece of a sparse file that is stored; what lies between two is zeros. Both in bytes. */
export interface Fragment {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/** Where the map stands in the old GNU header and how many pairs it and an extension block hold. Source: GNU tar src/tar.h. */
const oldGnu = { map: 386, pairs: 4, isExtended: 482, realSize: 483 } as const;
const extension = { pairs: 21, isExtended: 504 } as const;

/** What an old GNU sparse header says of the file. `isExtended`: an extension block follows. */
export interface OldSparse {
  readonly fragments: Fragment[];
  readonly realSizeBytes: number;
  readonly isExtended: boolean;
}

/** The map in a header block of type `S`. Throws FormatError. */
export function parseOldSparse(block: Uint8Array): OldSparse {
  return {
    fragments: readPairs(block, oldGnu.map, oldGnu.pairs),
    realSizeBytes: parseSparseNumber(block.subarray(oldGnu.realSize, oldGnu.realSize + 12)),
    isExtended: block[oldGnu.isExtended] !== 0,
  };
}

/** One extension block. Throws FormatError. */
export function parseSparseExtension(block: Uint8Array): {
  readonly fragments: Fragment[];
  readonly isExtended: boolean;
} {
  return {
    fragments: readPairs(block, 0, extension.pairs),
    isExtended: block[extension.isExtended] !== 0,
  };
}

/** Pairs of 12 and 12 bytes; the first empty one ends them. Source: Go archive/tar reader.go `readOldGNUSparseMap`. */
function readPairs(block: Uint8Array, start: number, count: number): Fragment[] {
  const fragments: Fragment[] = [];
  for (let at = start; at < start + count * 24; at += 24) {
    if (block[at] === 0) break;
    fragments.push({
      offsetBytes: parseSparseNumber(block.subarray(at, at + 12)),
      lengthBytes: parseSparseNumber(block.subarray(at + 12, at + 24)),
    });
  }
  return fragments;
}

/** Offsets and lengths in turn, as the PAX formats 0.0 and 0.1 list them. Throws FormatError when one is left over. */
export function pairUp(numbers: readonly number[]): Fragment[] {
  if (numbers.length % 2 !== 0) throw new FormatError("tar", "a sparse map ends with an offset");
  const fragments: Fragment[] = [];
  for (let at = 0; at < numbers.length; at += 2) {
    fragments.push({ offsetBytes: numbers[at] ?? 0, lengthBytes: numbers[at + 1] ?? 0 });
  }
  return fragments;
}

/**
 * The map that PAX 1.0 puts before the data, read block by block: a count, then offsets and lengths, one
 * decimal number a line, filled up to whole blocks. Source: GNU tar manual, "PAX Format, Version 1.0".
 */
export class SparseLines {
  readonly #maxPieces: number;
  readonly #numbers: number[] = [];
  #digits = "";

  constructor(maxPieces: number) {
    this.#maxPieces = maxPieces;
  }

  /** The whole map once the last of its blocks is given, null before. Throws FormatError. */
  push(block: Uint8Array): Fragment[] | null {
    for (const byte of block) {
      if (byte !== 0x0a) {
        this.#digits += String.fromCharCode(byte);
        if (this.#digits.length > 16) throw notANumber();
        continue;
      }
      const number = /^\d+$/.test(this.#digits) ? Number(this.#digits) : NaN;
      if (!Number.isSafeInteger(number)) throw notANumber();
      if (this.#numbers.length === 0 && number > this.#maxPieces) {
        throw tooManyFragments(this.#maxPieces);
      }
      this.#numbers.push(number);
      this.#digits = "";
      if (this.#numbers.length === 1 + 2 * (this.#numbers[0] ?? 0)) {
        return pairUp(this.#numbers.slice(1));
      }
    }
    return null;
  }
}

function notANumber(): FormatError {
  return new FormatError("tar", "a sparse map holds no number where one must be");
}

export function tooManyFragments(limit: number): OverLimitError {
  return new OverLimitError("tar", { budget: "pieces of a sparse file", limit, unit: "entries" });
}

/**
 * Throws FormatError unless the pieces are in order, do not overlap, end within the file and hold exactly the
 * stored bytes. Source: Go archive/tar common.go `validateSparseEntries`, reader.go `sparseFileReader`.
 */
export function checkFragments(
  fragments: readonly Fragment[],
  realSizeBytes: number,
  storedBytes: number,
): void {
  let end = 0;
  let stored = 0;
  for (const { offsetBytes, lengthBytes } of fragments) {
    if (offsetBytes < end || offsetBytes + lengthBytes > realSizeBytes) {
      throw new FormatError("tar", "the pieces of a sparse file overlap or lie beyond its end");
    }
    end = offsetBytes + lengthBytes;
    stored += lengthBytes;
  }
  if (stored !== storedBytes) {
    throw new FormatError(
      "tar",
      `a sparse file stores ${storedBytes} bytes, but its map names ${stored}`,
    );
  }
}
