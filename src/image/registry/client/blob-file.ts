import { createHash, type Hash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import type { Digest } from "../../../model/digest.ts";
import { Arrival } from "../../arrival.ts";
import { collectYoung } from "../../young-memory.ts";
import { WriteBehind } from "./write-behind.ts";

/** How many first bytes are kept in memory; enough for `detectCompression`. */
export const headBytes = 8;

export interface BlobFileOptions {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** Its bytes are hashed while they come. */
  readonly verify: boolean;
}

/** A blob that is being written into a file of its own, from its start to its end. */
export class BlobFile {
  readonly arrival = new Arrival();
  readonly #options: BlobFileOptions;
  readonly #handle: FileHandle;
  readonly #behind: WriteBehind;
  readonly #head = Buffer.alloc(headBytes);
  #hash: Hash | null = null;
  #writtenBytes = 0;

  private constructor(handle: FileHandle, options: BlobFileOptions) {
    this.#handle = handle;
    this.#options = options;
    this.#behind = new WriteBehind(handle, (byteCount) => this.arrival.add(byteCount));
    this.restart();
  }

  /** The file must not exist. Throws the system's errors, as `write`, `flush` and `close` do. */
  static async create(file: string, options: BlobFileOptions): Promise<BlobFile> {
    return new BlobFile(await open(file, "wx", 0o600), options);
  }

  /** Taken so far; the last of them may not stand in the file yet. */
  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  get missingBytes(): number {
    return this.#options.sizeBytes - this.#writtenBytes;
  }

  /** The first bytes, as far as they came. */
  get head(): Uint8Array {
    return this.#head.subarray(0, Math.min(headBytes, this.#writtenBytes));
  }

  /** The next bytes, no more than are missing. They are copied, and come into the file soon after: see `flush`. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#hash?.update(bytes);
    await this.#behind.add(bytes);
    if (this.#writtenBytes < headBytes)
      this.#head.set(bytes.subarray(0, headBytes - this.#writtenBytes), this.#writtenBytes);
    this.#writtenBytes += bytes.byteLength;
    collectYoung(bytes.byteLength);
  }

  /** Comes back when all of it is in the file. */
  async flush(): Promise<void> {
    await this.#behind.flush();
  }

  /** The digest of what was written; null when it is not hashed. Ends the hash. */
  digest(): Digest | null {
    if (this.#hash === null) return null;
    const algorithm = algorithmOf(this.#options.digest);
    return `${algorithm}:${this.#hash.digest("hex")}`;
  }

  /** From the first byte again, over what is there. After `flush`, and only while nobody reads the file. */
  restart(): void {
    const { verify, digest } = this.#options;
    this.#writtenBytes = 0;
    this.#behind.restart();
    this.#hash = verify ? createHash(algorithmOf(digest)) : null;
  }

  /** Tells readers how it ended. What was written and not flushed may be lost. */
  async close(): Promise<void> {
    await this.#behind.settle();
    if (this.missingBytes === 0) this.arrival.finish();
    else this.arrival.breakOff();
    await this.#handle.close();
  }
}

function algorithmOf(digest: Digest): "sha256" | "sha512" {
  return digest.startsWith("sha512:") ? "sha512" : "sha256";
}
