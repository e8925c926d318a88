import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseDigestName } from "../../image/cache/digest-name.ts";
import { removeQuietly } from "../../image/cache/remove-quietly.ts";
import { isJustUsed } from "../../image/cache/use-mark.ts";

export interface RoomRequest {
  readonly sizeBytes: number;
  /** All files together. */
  readonly maxBytes: number;
  readonly nowMs: number;
}

/**
 * Removes the files of a folder that were used longest ago until so many bytes more are under the cap; false, and nothing is
 * removed, when they cannot be: what was used in the last minutes stays. Throws the system's errors.
 */
export function makeRoom(folder: string, { sizeBytes, maxBytes, nowMs }: RoomRequest): boolean {
  if (sizeBytes > maxBytes / 2) return false;
  const kept = listFiles(folder);
  let total = kept.reduce((sum, file) => sum + file.sizeBytes, sizeBytes);
  const free = kept.filter(({ usedAtMs }) => !isJustUsed(usedAtMs, nowMs));
  const freeable = free.reduce((sum, file) => sum + file.sizeBytes, 0);
  if (total - freeable > maxBytes) return false;
  for (const file of free) {
    if (total <= maxBytes) break;
    removeQuietly(file.path);
    total -= file.sizeBytes;
  }
  return true;
}

interface ListedFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly usedAtMs: number;
}

/** Used longest ago first. */
function listFiles(folder: string): readonly ListedFile[] {
  return readdirSync(folder)
    .flatMap((name) => {
      const path = join(folder, name);
      // Another process may have removed it since it was listed.
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat?.isFile() !== true || parseDigestName(name) === null) return [];
      return [{ path, sizeBytes: stat.size, usedAtMs: stat.mtimeMs }];
    })
    .sort((a, b) => a.usedAtMs - b.usedAtMs || (a.path < b.path ? -1 : 1));
}
