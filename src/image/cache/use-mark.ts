import { statSync, utimesSync } from "node:fs";

/**
 * When a file of the cache was last used is its modification time: unlike the access time it is kept on every mount,
 * and nothing else needs it. Files of the cache are replaced, never changed in place.
 */
const dayMs = 24 * 60 * 60 * 1000;
const minuteMs = 60 * 1000;

/** How exact a mark is: facts, documents and names are told apart by days, what may be open just now by minutes. */
export const markEveryMs = { day: dayMs, minute: minuteMs } as const;

/** Younger than this, another process may be about to open it: it is not removed. */
const justUsedMs = 10 * minuteMs;

/** Whether a process may still be at what was last used then. A clock that is a little ahead, as over NFS, counts too. */
export function isJustUsed(usedAtMs: number, nowMs: number): boolean {
  return Math.abs(nowMs - usedAtMs) < justUsedMs;
}

/** Marks a file as used now unless its mark is younger than that. A folder that is read only keeps no marks. */
export function markUsed(path: string, nowMs: number, everyMs: number): void {
  try {
    const { mtimeMs } = statSync(path);
    if (Math.abs(nowMs - mtimeMs) < everyMs) return;
    utimesSync(path, nowMs / 1000, nowMs / 1000);
  } catch {
    // Only the order in which files go depends on it; one that is gone needs no mark.
  }
}
