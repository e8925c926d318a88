import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder with those above it, for the user alone. Throws the system's errors. Not `recursive` of Node's own:
 * that never ends below /proc, where a folder can neither be found nor made (Node 24.21).
 */
export function makeFolder(path: string): void {
  const missing: string[] = [];
  for (let folder = path; !isThere(folder); folder = dirname(folder)) {
    missing.push(folder);
    if (dirname(folder) === folder) break;
  }
  for (const folder of missing.toReversed()) makeOne(folder);
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Another process may have made it meanwhile. */
function makeOne(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    const isOther = error instanceof Error && "code" in error && error.code === "EEXIST";
    if (!isOther) throw error;
  }
}
