import { openSync, closeSync, writeSync } from "node:fs";
import { constants, crc32, zstdCompressSync } from "node:zlib";
import { Arena } from "./arena.ts";
import {
  blockBytes,
  compareKeys,
  footerBytes,
  magic,
  maxKeyBytes,
  maxNumberBytes,
  maxValueBytes,
  putNumber,
} from "./layout.ts";

/** The fastest of zstd's usual levels: lists of paths become a tenth with it. */
const options = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** What came out of order is held so long, in bytes, before it becomes a run of its own. */
const maxStrayBytes = 24 * 1024 * 1024;

/** What one pair takes in memory beside its bytes. */
const pairOverheadBytes = 200;

interface Pair {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/**
 * Writes a table, pair by pair, in whatever order they come; those in the order of their keys cost no memory. A key may come
 * several times. Throws the system's errors.
 */
export class TableWriter {
  readonly #fd: number;
  #block = Buffer.allocUnsafeSlow(2 * blockBytes);
  #blockLength = 0;
  readonly #firstKey = Buffer.allocUnsafeSlow(maxKeyBytes);
  #firstKeyLength = 0;
  readonly #lastKey = Buffer.allocUnsafeSlow(maxKeyBytes);
  /** -1: the run has none yet. */
  #lastKeyLength = -1;
  readonly #index: Uint8Array[] = [];
  readonly #indexArena = new Arena();
  #run = 0;
  #offset = 0;
  #pairs = 0;
  #strays: Pair[] = [];
  #strayArena = new Arena();
  #strayBytes = 0;

  /** The file is made anew. */
  constructor(file: string) {
    this.#fd = openSync(file, "w", 0o600);
    this.#write(magic);
  }

  /** Takes copies of both. False, and nothing is added, where one is longer than a table holds. */
  add(key: Uint8Array, value: Uint8Array): boolean {
    if (key.length > maxKeyBytes || value.length > maxValueBytes) return false;
    const last = this.#lastKey.subarray(0, Math.max(this.#lastKeyLength, 0));
    if (this.#lastKeyLength >= 0 && compareKeys(key, last) < 0) this.#addStray(key, value);
    else this.#put(key, value);
    return true;
  }

  /** Writes the rest and closes the file. */
  finish(): void {
    try {
      this.#flushStrays();
      this.#endBlock();
      const raw = Buffer.concat(this.#index);
      const stored = zstdCompressSync(raw, options);
      const footer = Buffer.alloc(footerBytes);
      footer.writeUIntLE(this.#offset, 0, 6);
      footer.writeUInt32LE(stored.length, 6);
      footer.writeUInt32LE(raw.length, 10);
      footer.writeUInt32LE(crc32(raw), 14);
      footer.writeUIntLE(this.#pairs, 18, 6);
      magic.copy(footer, 24);
      this.#write(stored);
      this.#write(footer);
    } finally {
      closeSync(this.#fd);
    }
  }

  /** Closes the file as it is: it is no table. */
  abandon(): void {
    closeSync(this.#fd);
  }

  #addStray(key: Uint8Array, value: Uint8Array): void {
    const arena = this.#strayArena;
    this.#strays.push({ key: arena.copy(key), value: arena.copy(value) });
    this.#strayBytes += key.length + value.length + pairOverheadBytes;
    if (this.#strayBytes > maxStrayBytes) this.#flushStrays();
  }

  /** As a run of its own. What comes after goes on there. */
  #flushStrays(): void {
    if (this.#strays.length === 0) return;
    this.#endBlock();
    this.#run++;
    this.#lastKeyLength = -1;
    const sorted = this.#strays.sort((a, b) => compareKeys(a.key, b.key));
    [this.#strays, this.#strayBytes] = [[], 0];
    this.#strayArena = new Arena();
    for (const { key, value } of sorted) this.#put(key, value);
  }

  #put(key: Uint8Array, value: Uint8Array): void {
    const needed = key.length + value.length + 2 * maxNumberBytes;
    if (this.#blockLength > 0 && this.#blockLength + needed > blockBytes) this.#endBlock();
    if (this.#blockLength + needed > this.#block.length) {
      this.#block = Buffer.allocUnsafeSlow(this.#blockLength + needed);
    }
    if (this.#blockLength === 0) {
      this.#firstKey.set(key);
      this.#firstKeyLength = key.length;
    }
    let at = putNumber(this.#block, this.#blockLength, key.length);
    this.#block.set(key, at);
    at = putNumber(this.#block, at + key.length, value.length);
    this.#block.set(value, at);
    this.#blockLength = at + value.length;
    this.#lastKey.set(key);
    this.#lastKeyLength = key.length;
    this.#pairs++;
  }

  #endBlock(): void {
    if (this.#blockLength === 0) return;
    const raw = this.#block.subarray(0, this.#blockLength);
    const stored = zstdCompressSync(raw, options);
    const entry = Buffer.allocUnsafe(this.#firstKeyLength + 4 * maxNumberBytes + 4);
    let at = putNumber(entry, 0, this.#run);
    at = putNumber(entry, at, this.#firstKeyLength);
    this.#firstKey.copy(entry, at, 0, this.#firstKeyLength);
    at = putNumber(entry, at + this.#firstKeyLength, stored.length);
    at = putNumber(entry, at, raw.length);
    at = putNumber(entry, at, crc32(raw));
    this.#index.push(this.#indexArena.copy(entry.subarray(0, at)));
    this.#write(stored);
    this.#blockLength = 0;
  }

  #write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      done += writeSync(this.#fd, bytes, done, bytes.length - done, this.#offset + done);
    }
    this.#offset += bytes.length;
  }
}
