import { blockBytes, untilNul } from "./block.ts";
import { parsePax, type PaxRecords } from "./pax.ts";

/** How many bytes fill content of that length up to a whole block. */
export function paddingOf(sizeBytes: number): number {
  return (blockBytes - (sizeBytes % blockBytes)) % blockBytes;
}

/**
 * What stands before an entry's own header: PAX records (`x` for the next entry, `g` for all that follow) and
 * GNU long names (`L` the name, `K` the link). Of two of a kind before one entry the later one counts, as in Go.
 * Go reads `g` and does not apply it; GNU tar, bsdtar and POSIX do, and so does this.
 */
export class ExtendedHeaders {
  #global: PaxRecords = {};
  #pax: PaxRecords | null = null;
  #longName: Uint8Array | null = null;
  #longLink: Uint8Array | null = null;

  static isOne(typeFlag: string): boolean {
    return "xgLK".includes(typeFlag);
  }

  /** Whether something waits for an entry. */
  get areOpen(): boolean {
    return this.#pax !== null || this.#longName !== null || this.#longLink !== null;
  }

  /** Throws FormatError when PAX records cannot be read. `bytes` is kept. */
  add(typeFlag: string, bytes: Uint8Array): void {
    if (typeFlag === "x") this.#pax = parsePax(bytes, { ...this.#global });
    else if (typeFlag === "L") this.#longName = untilNul(bytes);
    else if (typeFlag === "K") this.#longLink = untilNul(bytes);
    else {
      this.#global = parsePax(bytes, { ...this.#global });
      // A sparse map belongs to one file.
      delete this.#global.sparse;
    }
  }

  /** What belongs to the entry whose header comes now. */
  take(): {
    readonly pax: PaxRecords;
    readonly longName: Uint8Array | null;
    readonly longLink: Uint8Array | null;
  } {
    const taken = {
      pax: this.#pax ?? this.#global,
      longName: this.#longName,
      longLink: this.#longLink,
    };
    this.#pax = this.#longName = this.#longLink = null;
    return taken;
  }
}
