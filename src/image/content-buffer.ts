import { randomBytes } from "node:crypto";
import { closeSync, openSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromBytes, type RandomAccess } from "../formats/random-access.ts";
import { SpareMemory } from "../formats/spare-memory.ts";
import { fromDescriptor } from "./file-window.ts";

/** Content up to this is held in memory, more goes to a temporary file. */
const maxMemoryBytes = 16 * 1024 * 1024;

/**
 * Gathers the content of one file at a time. What comes in one piece is not copied; up to 16 MiB share one
 * buffer; more is spooled to a temporary file that has no name any more once it is open, so that nothing is left
 * behind however the program ends. Throws the system's errors of that file.
 */
export class ContentBuffer {
  #sizeBytes = 0;
  #filledBytes = 0;
  #whole: Uint8Array | null = null;
  #scratch: Buffer | null = null;
  #descriptor: number | null = null;

  /** Forgets the last file and begins one of `sizeBytes`. */
  start(sizeBytes: number): void {
    this.release();
    this.#sizeBytes = sizeBytes;
    if (sizeBytes > maxMemoryBytes) this.#descriptor = openUnnamed();
  }

  add(bytes: Uint8Array): void {
    if (this.#descriptor !== null) {
      writeFully(this.#descriptor, bytes);
    } else if (this.#filledBytes === 0 && bytes.byteLength === this.#sizeBytes) {
      this.#whole = bytes;
    } else {
      this.#scratch ??= scratches.take();
      this.#scratch.set(bytes, this.#filledBytes);
    }
    this.#filledBytes += bytes.byteLength;
  }

  /** The content; valid until `start` or `release`, and within the call that gave the last piece. */
  open(): RandomAccess {
    if (this.#descriptor !== null) return fromDescriptor(this.#descriptor, this.#filledBytes);
    const gathered = this.#scratch?.subarray(0, this.#filledBytes) ?? new Uint8Array(0);
    return fromBytes(this.#whole ?? gathered);
  }

  /** Gives a temporary file back. */
  release(): void {
    this.#whole = null;
    this.#filledBytes = 0;
    if (this.#scratch !== null) scratches.giveBack(this.#scratch);
    this.#scratch = null;
    if (this.#descriptor === null) return;
    closeSync(this.#descriptor);
    this.#descriptor = null;
  }
}

/** For all layers of this thread, one after another. */
const scratches = new SpareMemory(maxMemoryBytes);

function openUnnamed(): number {
  const path = join(tmpdir(), `fromage-${randomBytes(12).toString("hex")}`);
  const descriptor = openSync(path, "wx+", 0o600);
  unlinkSync(path);
  return descriptor;
}

function writeFully(descriptor: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.byteLength) {
    written += writeSync(descriptor, bytes, written, bytes.byteLength - written);
  }
}
