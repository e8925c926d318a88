import { readFileSync, rmSync } from "node:fs";
import { relative } from "node:path";
import { setImmediate } from "node:timers/promises";
import { isDigest, type Digest } from "../../model/digest.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import { systemFailure } from "../system-failure.ts";
import { takePayload } from "./cache-file.ts";
import type { CacheItem, CacheItemKind } from "./cache-item.ts";
import { hashFile } from "./hash-file.ts";
import type { CacheContents } from "./list-cache.ts";

export interface VerifyOptions {
  /** Removes what is damaged. */
  readonly isRepair: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: VerifyProgress) => void;
}

/** Bytes of files. */
export interface VerifyProgress {
  readonly readBytes: number;
  readonly totalBytes: number;
}

/** One file that is not what was written. */
export interface DamagedFile {
  readonly kind: CacheItemKind;
  /** Below the cache's folder. */
  readonly path: string;
  readonly reason: string;
  readonly isRemoved: boolean;
}

export interface VerifyOutcome {
  readonly checkedFiles: number;
  readonly checkedBytes: number;
  readonly damaged: readonly DamagedFile[];
  /** What could not be read, or not removed. */
  readonly failures: readonly Failure[];
}

/**
 * Holds every file of the present revisions against its sum: facts, names and addresses against the one in their first line,
 * blobs, documents and files against the digest in their name. A file that is gone meanwhile is none. Failure: `cancelled`.
 */
export async function verifyCache(
  { folder, items }: CacheContents,
  { isRepair, signal, onProgress }: VerifyOptions,
): Promise<Result<VerifyOutcome>> {
  const checked = items.filter(({ kind }) => isChecked(kind));
  const totalBytes = checked.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let [readBytes, checkedFiles] = [0, 0];
  const onRead = (bytes: number): void => {
    readBytes += bytes;
    onProgress({ readBytes, totalBytes });
  };
  const damaged: DamagedFile[] = [];
  const failures: Failure[] = [];
  for (const item of checked) {
    // Facts are read at one go: Ctrl-C is heard in between.
    await setImmediate();
    for (const path of item.files) {
      if (signal.aborted) return failed({ kind: "cancelled", what: folder, where: null });
      const reason = await findDamage(item, path, { signal, onRead });
      if (!reason.ok) {
        if (reason.failure.kind === "cancelled") return reason;
        // Gone since it was listed.
        if (reason.failure.kind !== "not-found") failures.push(reason.failure);
        continue;
      }
      checkedFiles++;
      if (reason.value === null) continue;
      const failure = isRepair ? remove(path) : null;
      if (failure !== null) failures.push(failure);
      damaged.push({
        kind: item.kind,
        path: relative(folder, path),
        reason: reason.value,
        isRemoved: isRepair && failure === null,
      });
    }
  }
  return success({ checkedFiles, checkedBytes: readBytes, damaged, failures });
}

/** Old and newer revisions may have other sums; drafts are not whole yet. */
function isChecked(kind: CacheItemKind): boolean {
  switch (kind) {
    case "layer":
    case "pack":
    case "blob":
    case "document":
    case "name":
    case "address":
    case "file":
    case "package":
      return true;
    case "compiled":
    case "old":
    case "newer":
    case "draft":
    case "leftover":
      return false;
  }
}

interface Reading {
  readonly signal: AbortSignal;
  readonly onRead: (bytes: number) => void;
}

/** What is wrong with a file; null when nothing is. */
async function findDamage(
  { kind, name }: CacheItem,
  path: string,
  reading: Reading,
): Promise<Result<string | null>> {
  const isNamedByDigest = kind === "blob" || kind === "document" || kind === "file";
  if (isNamedByDigest && isDigest(name)) return findWrongDigest(path, name, reading);
  return findWrongSum(path, reading);
}

async function findWrongDigest(
  path: string,
  digest: Digest,
  reading: Reading,
): Promise<Result<string | null>> {
  const found = await hashFile(path, { digest, ...reading });
  if (!found.ok) return found;
  return success(found.value === digest ? null : `its digest is ${found.value}`);
}

function findWrongSum(path: string, { onRead }: Reading): Result<string | null> {
  try {
    const bytes = readFileSync(path);
    onRead(bytes.byteLength);
    return success(takePayload(bytes) === null ? "it is cut off or altered" : null);
  } catch (error) {
    return failed(systemFailure(error, path, null));
  }
}

function remove(path: string): Failure | null {
  try {
    rmSync(path, { force: true });
    return null;
  } catch (error) {
    return systemFailure(error, path, null);
  }
}
