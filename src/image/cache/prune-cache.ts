import { rmdirSync, rmSync, statSync } from "node:fs";
import { basename } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Failure } from "../../model/failure.ts";
import { isJsonObject, textsAt } from "../sources/json.ts";
import { systemFailure } from "../system-failure.ts";
import { parseJson, readCacheFile } from "./cache-file.ts";
import type { CacheItem } from "./cache-item.ts";
import type { CacheContents } from "./list-cache.ts";
import { planPrune, type PruneWish } from "./plan-prune.ts";

export interface PruneOptions extends PruneWish {
  /** Of the ELF section, whose file says which packs a layer needs. */
  readonly elfRevision: number;
  readonly now: () => Date;
  /** True: nothing is removed, the outcome is what would be. */
  readonly isDryRun: boolean;
  /** Ends the removing; what went is in the outcome. */
  readonly signal?: AbortSignal;
}

/** What went, used longest ago first, packs after all others. */
export interface PruneOutcome {
  readonly removed: readonly CacheItem[];
  /** Would have gone, but a process was at it. */
  readonly spared: readonly CacheItem[];
  /** What could not be removed. */
  readonly failures: readonly Failure[];
}

/**
 * Removes from a cache while others may use it: a reader finds a thing whole or not at all, and what was used since it
 * was listed stays.
 */
export async function pruneCache(
  contents: CacheContents,
  options: PruneOptions,
): Promise<PruneOutcome> {
  const { elfRevision, now, isDryRun, signal } = options;
  const packsOf = (layer: CacheItem): readonly string[] => readPackNames(layer, elfRevision);
  const subject = { items: contents.items, nowMs: now().getTime(), packsOf };
  const plan = planPrune(subject, options);
  const removed: CacheItem[] = [];
  const spared: CacheItem[] = [...plan.spared];
  const failures: Failure[] = [];
  /** Packs of layers that were spared. */
  const needed = new Set<string>();
  for (const item of plan.remove) {
    // Ctrl-C is heard in between.
    await setImmediate();
    if (signal?.aborted === true) break;
    if (isUsedSince(item) || needed.has(item.name)) {
      spared.push(item);
      for (const pack of item.kind === "layer" ? packsOf(item) : []) needed.add(pack);
      continue;
    }
    const failure = isDryRun ? null : remove(item);
    if (failure === null) removed.push(item);
    else failures.push(failure);
  }
  return { removed, spared, failures };
}

/** Empty when it cannot be read: its ELF section is then made again, packs and all. */
function readPackNames({ files }: CacheItem, elfRevision: number): readonly string[] {
  const file = files.find((path) => basename(path) === `elf-${elfRevision}.json`);
  const bytes = file === undefined ? null : readCacheFile(file);
  if (bytes === null) return [];
  const record = parseJson(bytes);
  return isJsonObject(record) ? (textsAt(record, "packs") ?? []) : [];
}

/** Its first file has the mark. What was listed and is gone was not used. */
function isUsedSince({ files: [mark], usedAtMs }: CacheItem): boolean {
  if (mark === undefined) return false;
  try {
    return (statSync(mark, { throwIfNoEntry: false })?.mtimeMs ?? 0) > usedAtMs;
  } catch {
    return false;
  }
}

function remove({ kind, files, folder, name }: CacheItem): Failure | null {
  try {
    for (const path of files) rmSync(path, { force: true });
    if (folder === null) return null;
    if (kind === "layer") removeEmpty(folder);
    else rmSync(folder, { recursive: true, force: true });
    return null;
  } catch (error) {
    return systemFailure(error, files[0] ?? folder ?? name, null);
  }
}

/** Another process may have begun to write the layer again, and parts of other revisions may be in it. */
function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code !== "ENOTEMPTY" && code !== "EEXIST" && code !== "ENOENT") throw error;
  }
}
