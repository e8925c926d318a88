import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import { makeFolder } from "../make-folder.ts";

/**
 * One file of the cache: a first line that says what must follow, then the bytes.
 *
 *     fromage-cache 1 9ae0daaf 18231
 *
 * The numbers are the revision of this envelope, the CRC-32 in hex and the length of what follows, in bytes.
 */
const envelope = "fromage-cache 1";
const maxHeaderBytes = 64;

/** The bytes of a cache file; null when it is absent, unreadable, cut off or altered. */
export function readCacheFile(path: string): Uint8Array | null {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    return null;
  }
  const end = bytes.subarray(0, maxHeaderBytes).indexOf(0x0a);
  if (end < 0) return null;
  const payload = bytes.subarray(end + 1);
  return bytes.toString("latin1", 0, end) === header(payload) ? payload : null;
}

/**
 * Writes a cache file so that others see either the old one or the new one, whole: under another name in the same
 * folder first, then renamed. Throws the system's errors and leaves nothing behind.
 */
export function writeCacheFile(path: string, payload: Uint8Array): void {
  const folder = dirname(path);
  makeFolder(folder);
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    writeFileSync(temporary, Buffer.concat([Buffer.from(`${header(payload)}\n`), payload]), {
      mode: 0o600,
      flag: "wx",
    });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

const abandonedMs = 60 * 60 * 1000;

/** Removes what a process that was killed while it wrote has left in the folder, once it is an hour old. */
export function removeAbandoned(folder: string, nowMs: number): void {
  try {
    for (const name of readdirSync(folder)) {
      if (!name.endsWith(".tmp")) continue;
      const path = join(folder, name);
      if (nowMs - statSync(path).mtimeMs > abandonedMs) rmSync(path, { force: true });
    }
  } catch {
    // Only tidying: a folder that cannot be listed or a file that another process removed costs nothing.
  }
}

function header(payload: Uint8Array): string {
  return `${envelope} ${crc32(payload).toString(16).padStart(8, "0")} ${payload.byteLength}`;
}
