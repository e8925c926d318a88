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
  return takePayload(bytes);
}

/** What follows the first line of a whole cache file; null when it is cut off or altered. Shares memory with `bytes`. */
export function takePayload(bytes: Buffer): Uint8Array | null {
  const end = bytes.subarray(0, maxHeaderBytes).indexOf(0x0a);
  if (end < 0) return null;
  const payload = bytes.subarray(end + 1);
  return bytes.toString("latin1", 0, end) === header(payload) ? payload : null;
}

/** What a payload says as JSON; null when it is none. */
export function parseJson(payload: Uint8Array): unknown {
  const { buffer, byteOffset, byteLength } = payload;
  try {
    return JSON.parse(Buffer.from(buffer, byteOffset, byteLength).toString());
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}

/** Writes a cache file, see `writeWhole`. */
export function writeCacheFile(path: string, payload: Uint8Array): void {
  writeWhole(path, Buffer.concat([Buffer.from(`${header(payload)}\n`), payload]));
}

/** So often a folder is made again that another process removed in between because it was empty. */
const maxTries = 3;

/**
 * Writes a file so that others see either the old one or the new one, whole: under another name in the same
 * folder first, then renamed. Makes the folder. Throws the system's errors and leaves nothing behind.
 */
export function writeWhole(path: string, bytes: Uint8Array): void {
  for (let tries = 1; ; tries++) {
    makeFolder(dirname(path));
    try {
      return writeOnce(path, bytes);
    } catch (error) {
      const isGone = error instanceof Error && "code" in error && error.code === "ENOENT";
      if (!isGone || tries === maxTries) throw error;
    }
  }
}

function writeOnce(path: string, bytes: Uint8Array): void {
  const name = `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`;
  const temporary = join(dirname(path), name);
  try {
    writeFileSync(temporary, bytes, { mode: 0o600, flag: "wx" });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

const abandonedMs = 60 * 60 * 1000;

/** Whether a file is one that `writeWhole` did not finish, of a process that was killed: unchanged for an hour. */
export function isAbandonedFile(name: string, ageMs: number): boolean {
  return name.startsWith(".") && name.endsWith(".tmp") && ageMs > abandonedMs;
}

/** Removes what a process that was killed while it wrote has left in the folder, once it is an hour old. */
export function removeAbandoned(folder: string, nowMs: number): void {
  try {
    for (const name of readdirSync(folder)) {
      if (!name.endsWith(".tmp")) continue;
      const path = join(folder, name);
      if (isAbandonedFile(name, nowMs - statSync(path).mtimeMs)) rmSync(path, { force: true });
    }
  } catch {
    // Only tidying: a folder that cannot be listed or a file that another process removed costs nothing.
  }
}

function header(payload: Uint8Array): string {
  return `${envelope} ${crc32(payload).toString(16).padStart(8, "0")} ${payload.byteLength}`;
}
