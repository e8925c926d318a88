import { rmSync } from "node:fs";

/** Removes a file or a folder with what is in it, where that is possible: what is left is tidied up another time. */
export function removeQuietly(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // A folder that is read only, or another process that puts files into it.
  }
}
