import { closeSync, existsSync, fstatSync, openSync, readdirSync } from "node:fs";
import { readFully } from "../file-window.ts";

/** What is looked at on this machine to find engines. Paths are absolute. */
export interface HostFiles {
  exists(path: string): boolean;
  /** Null when there is no such file or it is longer than a configuration is. Throws the system's other errors. */
  readText(path: string): string | null;
  /** Names in a folder, sorted; none where there is no such folder. Throws the system's other errors. */
  list(folder: string): readonly string[];
}

/** Of a configuration or a certificate. */
const maxTextBytes = 1024 * 1024;

/** The files of this machine. */
export const hostFiles: HostFiles = {
  exists: (path) => existsSync(path),
  readText: (path) => orAbsent(() => readShort(path), null),
  list: (folder) => orAbsent(() => readdirSync(folder).toSorted(), []),
};

function readShort(path: string): string | null {
  const descriptor = openSync(path, "r");
  try {
    const { size } = fstatSync(descriptor);
    if (size > maxTextBytes) return null;
    const bytes = Buffer.alloc(size);
    return bytes.toString("utf8", 0, readFully(descriptor, bytes, 0));
  } finally {
    closeSync(descriptor);
  }
}

function orAbsent<Value>(read: () => Value, absent: Value): Value {
  try {
    return read();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code === "ENOENT" || code === "ENOTDIR") return absent;
    throw error;
  }
}
