import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { crc32, zstdDecompressSync } from "node:zlib";
import { systemFailure } from "../../image/system-failure.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import {
  compareKeys,
  footerBytes,
  magic,
  maxBlocks,
  maxIndexBytes,
  maxValueBytes,
  PieceReader,
  startsWith,
} from "./layout.ts";

/** One pair of a table. Shares memory with the table: it must not be changed. */
export interface TablePair {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

interface Block {
  readonly firstKey: Uint8Array;
  readonly offset: number;
  readonly storedBytes: number;
  readonly rawBytes: number;
  readonly sum: number;
}

/** Uncompressed blocks that stay in memory where nobody says otherwise. */
const defaultKeptBlocks = 32;

/** A table that was found to be no sound one while it was asked. */
export class DamagedTableError extends Error {
  override readonly name = "DamagedTableError";
}

/** A table of the disk, opened: lookups read a block each and nothing else. */
export class Table {
  readonly #file: string;
  readonly #fd: number;
  readonly #runs: readonly (readonly Block[])[];
  readonly #keptBlocks: number;
  /** Least recently used first. */
  #isClosed = false;
  readonly #cache = new Map<Block, readonly TablePair[]>();

  private constructor(
    {
      file,
      fd,
      keptBlocks,
    }: { readonly file: string; readonly fd: number; readonly keptBlocks: number },
    runs: readonly (readonly Block[])[],
  ) {
    [this.#file, this.#fd, this.#keptBlocks, this.#runs] = [file, fd, keptBlocks, runs];
  }

  /** Reads the index alone. Failures: the system's, and `malformed` for what is no sound table of this revision. */
  static open(file: string, keptBlocks = defaultKeptBlocks): Result<Table> {
    let fd: number | null = null;
    try {
      fd = openSync(file, "r");
      const runs = readIndex(fd, fstatSync(fd).size);
      if (typeof runs === "string") {
        closeSync(fd);
        return failed(malformed(file, runs));
      }
      return success(new Table({ file, fd, keptBlocks }, runs));
    } catch (error) {
      if (fd !== null) closeSync(fd);
      return failed(systemFailure(error, file, null));
    }
  }

  /** The values of a key, in the order in which they were added. Throws `DamagedTableError` and the system's errors. */
  get(key: Uint8Array): readonly Uint8Array[] {
    const values: Uint8Array[] = [];
    for (const pair of this.startingWith(key)) {
      if (pair.key.length === key.length) values.push(pair.value);
    }
    return values;
  }

  /** All pairs whose key begins with that; sorted by key within each run. Throws as `get` does. */
  *startingWith(prefix: Uint8Array): Generator<TablePair> {
    for (const blocks of this.#runs) {
      for (let at = firstBlock(blocks, prefix); at < blocks.length; at++) {
        const block = blocks[at];
        if (block === undefined || isBehind(block.firstKey, prefix)) break;
        const pairs = this.#read(block);
        for (let i = firstPair(pairs, prefix); i < pairs.length; i++) {
          const pair = pairs[i];
          if (pair === undefined || !startsWith(pair.key, prefix)) break;
          yield pair;
        }
      }
    }
  }

  /** May be called again. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    closeSync(this.#fd);
    this.#cache.clear();
  }

  #read(block: Block): readonly TablePair[] {
    const known = this.#cache.get(block);
    if (known !== undefined) {
      this.#cache.delete(block);
      this.#cache.set(block, known);
      return known;
    }
    const raw = inflate(readAt(this.#fd, block.offset, block.storedBytes), block);
    const pairs = raw === null ? null : parsePairs(raw);
    if (pairs === null) throw new DamagedTableError(`a block of ${this.#file} is not sound`);
    const [oldest] = this.#cache.keys();
    if (this.#cache.size >= this.#keptBlocks && oldest !== undefined) this.#cache.delete(oldest);
    this.#cache.set(block, pairs);
    return pairs;
  }
}

function malformed(what: string, reason: string): Failure {
  return { kind: "malformed", what, where: null, format: "table", reason, offsetBytes: null };
}

/** By run; in words what is wrong. */
function readIndex(fd: number, sizeBytes: number): readonly (readonly Block[])[] | string {
  if (sizeBytes < magic.length + footerBytes) return "it is too short";
  if (!readAt(fd, 0, magic.length).equals(magic)) return "it is of another kind or revision";
  const footer = readAt(fd, sizeBytes - footerBytes, footerBytes);
  if (!footer.subarray(24).equals(magic)) return "it is cut off";
  const offset = footer.readUIntLE(0, 6);
  const storedBytes = footer.readUInt32LE(6);
  const rawBytes = footer.readUInt32LE(10);
  const sum = footer.readUInt32LE(14);
  if (offset + storedBytes + footerBytes !== sizeBytes) return "its index is elsewhere";
  if (rawBytes > maxIndexBytes) return "its index is too long";
  const raw = inflate(readAt(fd, offset, storedBytes), { rawBytes, sum });
  return raw === null ? "its index is not sound" : parseIndex(raw, offset);
}

function parseIndex(raw: Uint8Array, endOffset: number): readonly (readonly Block[])[] | string {
  const runs: Block[][] = [];
  const reader = new PieceReader(raw);
  let offset = magic.length;
  try {
    for (let count = 0; !reader.isAtEnd; count++) {
      const run = reader.number();
      const firstKey = reader.piece();
      const [storedBytes, rawBytes, sum] = [reader.number(), reader.number(), reader.number()];
      const isSound = run === runs.length - 1 || run === runs.length;
      if (!isSound || count >= maxBlocks || rawBytes > 2 * maxValueBytes) {
        return "its index is not sound";
      }
      (runs[run] ??= []).push({ firstKey, offset, storedBytes, rawBytes, sum });
      offset += storedBytes;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return "its index is not sound";
  }
  return offset === endOffset ? runs : "its index is not sound";
}

function readAt(fd: number, offset: number, lengthBytes: number): Buffer {
  const bytes = Buffer.alloc(lengthBytes);
  for (let done = 0; done < lengthBytes;) {
    const count = readSync(fd, bytes, done, lengthBytes - done, offset + done);
    if (count === 0) return bytes.subarray(0, done);
    done += count;
  }
  return bytes;
}

/** Null where they are other bytes than were written. */
function inflate(
  stored: Uint8Array,
  { rawBytes, sum }: Pick<Block, "rawBytes" | "sum">,
): Uint8Array | null {
  try {
    const raw = zstdDecompressSync(stored, { maxOutputLength: Math.max(rawBytes, 1) });
    return raw.length === rawBytes && crc32(raw) === sum ? raw : null;
  } catch (error) {
    if (error instanceof Error && "code" in error) return null;
    throw error;
  }
}

function parsePairs(raw: Uint8Array): readonly TablePair[] | null {
  const reader = new PieceReader(raw);
  const pairs: TablePair[] = [];
  try {
    while (!reader.isAtEnd) pairs.push({ key: reader.piece(), value: reader.piece() });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return null;
  }
  return pairs;
}

/** The last block that begins before the key, since it may have it at its end; the first one where none does. */
function firstBlock(blocks: readonly Block[], key: Uint8Array): number {
  return Math.max(lowerBound(blocks, (block) => compareKeys(block.firstKey, key)) - 1, 0);
}

function firstPair(pairs: readonly TablePair[], key: Uint8Array): number {
  return lowerBound(pairs, (pair) => compareKeys(pair.key, key));
}

/** How many of them are before. */
function lowerBound<Item>(items: readonly Item[], order: (item: Item) => number): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = items[middle];
    if (item !== undefined && order(item) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether the key is behind all that begin with the prefix. */
function isBehind(key: Uint8Array, prefix: Uint8Array): boolean {
  return compareKeys(key, prefix) > 0 && !startsWith(key, prefix);
}
