import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { ElfFacts } from "../formats/elf/facts.ts";
import type { ElfStore } from "./layer-facts.ts";

/**
 * ELF facts as text, one file a line; the form in the cache and in the catalogue:
 *
 *     91c5…e07a {"class":64,"byteOrder":"little","machine":62,…}
 *
 * sha256 in hex, a space, JSON, a newline. Lines are sorted by sha256, so that equal facts are equal bytes.
 */
export class ElfLines {
  readonly #lines = new Map<string, Buffer>();

  has(sha256: string): boolean {
    return this.#lines.has(sha256);
  }

  add(sha256: string, facts: ElfFacts): void {
    this.#lines.set(sha256, Buffer.from(`${sha256} ${JSON.stringify(facts)}\n`));
  }

  /** All lines. */
  toBytes(): Uint8Array<ArrayBuffer> {
    const sorted = [...this.#lines].sort(([a], [b]) => (a < b ? -1 : 1));
    const parts = sorted.map(([, line]) => line);
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.byteLength;
    }
    return bytes;
  }
}

/** ELF facts that can also be listed. */
export interface ElfLineStore extends ElfStore {
  /** Sorted. */
  readonly sha256s: readonly string[];
}

const keyLength = 64;

/**
 * A store over lines in memory; a line is parsed when it is asked for, once. `bytes` must not be changed.
 * Bytes that are not such lines give a store without them. With `isFacts`, which others may have written, so does a line whose
 * value it does not take.
 */
export function openElfLines(
  bytes: Uint8Array,
  isFacts: (value: unknown) => boolean = () => true,
): ElfLineStore {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const ranges = new Map<string, readonly [number, number]>();
  for (let start = 0; start < buffer.byteLength;) {
    const newline = buffer.indexOf(0x0a, start);
    const end = newline < 0 ? buffer.byteLength : newline;
    const key = buffer.toString("latin1", start, start + keyLength);
    if (/^[0-9a-f]{64}$/.test(key)) ranges.set(key, [start + keyLength + 1, end]);
    start = end + 1;
  }
  const parsed = new Map<string, ElfFacts>();
  return {
    sha256s: [...ranges.keys()],
    get(sha256) {
      const known = parsed.get(sha256);
      const range = ranges.get(sha256);
      if (known !== undefined || range === undefined) return known ?? null;
      const facts: ElfFacts | null = parseLine(buffer.toString("utf8", ...range));
      if (facts === null || !isFacts(facts)) return null;
      parsed.set(sha256, facts);
      return facts;
    },
  };
}

function parseLine(line: string): ElfFacts | null {
  try {
    const facts: ElfFacts = JSON.parse(line);
    return facts;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}

/** From so many bytes on lines are worth packing. */
const packedFromBytes = 1024 * 1024;

/**
 * The same for lines of which few will be asked for, if any: those of a big layer are held packed, a tenth of their size, until the
 * first one is. `bytes` need not be kept by the caller.
 */
export function holdElfLines(bytes: Uint8Array): ElfStore {
  if (bytes.byteLength < packedFromBytes) return openElfLines(bytes);
  const packed = zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 1 } });
  let opened: ElfStore | null = null;
  return {
    get(sha256) {
      opened ??= openElfLines(zstdDecompressSync(packed));
      return opened.get(sha256);
    },
  };
}

/** Asks each store in turn. */
export function joinElfStores(stores: readonly ElfStore[]): ElfStore {
  return {
    get(sha256) {
      for (const store of stores) {
        const facts = store.get(sha256);
        if (facts !== null) return facts;
      }
      return null;
    },
  };
}
