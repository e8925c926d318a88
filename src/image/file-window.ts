import { readSync } from "node:fs";
import type { RandomAccess } from "../formats/random-access.ts";

const windowBytes = 256 * 1024;

/**
 * Random access over an open file, through a window that serves the many small reads of a parser. The caller
 * keeps the descriptor open and closes it. A file that shrank gives fewer bytes. Throws the system's errors.
 */
export function fromDescriptor(descriptor: number, sizeBytes: number): RandomAccess {
  let window = Buffer.alloc(0);
  let start = 0;
  let filled = 0;
  return {
    sizeBytes,
    read(offset, length, scratch) {
      const end = Math.min(offset + length, sizeBytes);
      if (offset >= end) return new Uint8Array(0);
      if (end - offset > windowBytes) {
        const bytes = scratch?.subarray(0, end - offset) ?? Buffer.allocUnsafe(end - offset);
        return bytes.subarray(0, readFully(descriptor, bytes, offset));
      }
      if (offset < start || end > start + filled) {
        start = offset;
        // What was given out of the last window stays as it is.
        window = Buffer.allocUnsafe(Math.min(windowBytes, sizeBytes - offset));
        filled = readFully(descriptor, window, offset);
      }
      return window.subarray(offset - start, Math.min(end - start, filled));
    },
  };
}

/** Fills the buffer from that place of the file; how many bytes there were. */
export function readFully(descriptor: number, buffer: Uint8Array, offsetBytes: number): number {
  let filled = 0;
  while (filled < buffer.byteLength) {
    const length = buffer.byteLength - filled;
    const count = readSync(descriptor, buffer, filled, length, offsetBytes + filled);
    if (count === 0) break;
    filled += count;
  }
  return filled;
}
