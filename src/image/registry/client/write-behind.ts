import type { FileHandle } from "node:fs/promises";

const slabBytes = 512 * 1024;

/**
 * Writes a stream into a file from one piece of memory while the next is gathered in another. What comes from a socket is
 * let go of at once: held until it is written it would outlive the young collections, and 64 MB of it lie about.
 */
export class WriteBehind {
  readonly #handle: FileHandle;
  readonly #onWritten: (byteCount: number) => void;
  #gathering = Buffer.allocUnsafeSlow(slabBytes);
  #other = Buffer.allocUnsafeSlow(slabBytes);
  #gatheredBytes = 0;
  #position = 0;
  #writing: Promise<void> | null = null;
  #trouble: { readonly error: unknown } | null = null;

  /** From the start of the file on. `onWritten` is told what stands in the file, piece by piece. */
  constructor(handle: FileHandle, onWritten: (byteCount: number) => void) {
    this.#handle = handle;
    this.#onWritten = onWritten;
  }

  /** Takes a copy; waits while there is no room. Throws the system's errors, of earlier bytes too. */
  async add(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.byteLength;) {
      while (this.#gatheredBytes === slabBytes) await this.#writing;
      this.#check();
      const part = bytes.subarray(at, at + slabBytes - this.#gatheredBytes);
      this.#gathering.set(part, this.#gatheredBytes);
      this.#gatheredBytes += part.byteLength;
      at += part.byteLength;
      this.#writing ??= this.#write();
    }
  }

  /** Comes back when all that was added stands in the file. Throws the system's errors. */
  async flush(): Promise<void> {
    await this.#writing;
    this.#check();
  }

  /** Comes back when nothing is being written any more, whatever came of it. */
  async settle(): Promise<void> {
    await this.#writing;
  }

  /** Writes from the start of the file again. After `flush`. */
  restart(): void {
    this.#position = 0;
  }

  #check(): void {
    if (this.#trouble !== null) throw this.#trouble.error;
  }

  /** Goes on until nothing is gathered. Does not reject. */
  async #write(): Promise<void> {
    try {
      while (this.#gatheredBytes > 0) {
        const [full, length] = [this.#gathering, this.#gatheredBytes];
        [this.#gathering, this.#other, this.#gatheredBytes] = [this.#other, full, 0];
        await this.#writeAll(full.subarray(0, length));
      }
    } catch (error) {
      this.#trouble = { error };
      this.#gatheredBytes = 0;
    }
    this.#writing = null;
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.byteLength;) {
      const { bytesWritten } = await this.#handle.write(bytes, done, undefined, this.#position);
      done += bytesWritten;
      this.#position += bytesWritten;
      this.#onWritten(bytesWritten);
    }
  }
}
