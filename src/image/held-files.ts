import { randomBytes } from "node:crypto";
import { closeSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "./make-folder.ts";
import type { FileSink } from "./read-files.ts";

/** Contents up to this many bytes in all are held in memory, what comes beyond goes to temporary files. */
const maxMemoryBytes = 8 * 1024 * 1024;
const chunkBytes = 1024 * 1024;

/** Bytes of one file, until `HeldFiles` is closed. */
interface Held {
  readonly chunks: Buffer[];
  descriptor: number | null;
  spooledBytes: number;
  isWhole: boolean;
}

/**
 * Keeps the contents of files that stream by until it is known whether they are right, under keys of who asks. Temporary files have no
 * name any more once they are open. Its sinks throw the system's errors.
 */
export class HeldFiles {
  readonly #temporaryFolder: string;
  readonly #files = new Map<string, Held>();
  #memoryBytes = 0;

  /** `temporaryFolder` need not exist. */
  constructor(temporaryFolder: string) {
    this.#temporaryFolder = temporaryFolder;
  }

  /** For `FilesRequest.open`. One that comes again under its key takes the place of the former. */
  open(key: string): FileSink {
    this.#drop(key);
    const held: Held = { chunks: [], descriptor: null, spooledBytes: 0, isWhole: false };
    this.#files.set(key, held);
    return {
      write: (bytes) => {
        this.#add(held, bytes);
        return true;
      },
      end: () => (held.isWhole = true),
    };
  }

  has(key: string): boolean {
    return this.#files.get(key)?.isWhole === true;
  }

  /** The content in pieces of up to 1 MiB, each its own memory; nothing for a key that is not held. */
  *read(key: string): Generator<Uint8Array> {
    const held = this.#files.get(key);
    if (held?.isWhole !== true) return;
    yield* held.chunks;
    if (held.descriptor === null) return;
    for (let at = 0; at < held.spooledBytes;) {
      const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, held.spooledBytes - at));
      const count = readSync(held.descriptor, chunk, 0, chunk.byteLength, at);
      if (count === 0) throw new RangeError(`Cannot read ${key} again: its temporary file was cut`);
      at += count;
      yield chunk.subarray(0, count);
    }
  }

  close(): void {
    for (const key of [...this.#files.keys()]) this.#drop(key);
  }

  #drop(key: string): void {
    const held = this.#files.get(key);
    if (held === undefined) return;
    this.#files.delete(key);
    this.#memoryBytes -= held.chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
    if (held.descriptor !== null) closeSync(held.descriptor);
  }

  #add(held: Held, bytes: Uint8Array): void {
    const fits = this.#memoryBytes + bytes.byteLength <= maxMemoryBytes;
    if (held.descriptor === null && fits) {
      this.#memoryBytes += bytes.byteLength;
      held.chunks.push(Buffer.from(bytes));
      return;
    }
    held.descriptor ??= this.#openUnnamed();
    for (let written = 0; written < bytes.byteLength;) {
      written += writeSync(held.descriptor, bytes, written, bytes.byteLength - written);
    }
    held.spooledBytes += bytes.byteLength;
  }

  #openUnnamed(): number {
    makeFolder(this.#temporaryFolder);
    const path = join(this.#temporaryFolder, `held-${randomBytes(12).toString("hex")}`);
    const descriptor = openSync(path, "wx+", 0o600);
    unlinkSync(path);
    return descriptor;
  }
}
