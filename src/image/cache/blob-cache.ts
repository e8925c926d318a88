import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, renameSync, statfsSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import type { Digest } from "../../model/digest.ts";
import type { Failure } from "../../model/failure.ts";
import type { BlobDraft, BlobStore, KeptBlob } from "../blob-store.ts";
import { makeFolder } from "../make-folder.ts";
import { systemFailure } from "../system-failure.ts";
import { folderName } from "./cache-folders.ts";
import { digestName, parseDigestName } from "./digest-name.ts";
import { hashFile } from "./hash-file.ts";
import { removeQuietly } from "./remove-quietly.ts";
import { TemporaryBlobs } from "./temporary-blobs.ts";
import { isJustUsed, markEveryMs, markUsed } from "./use-mark.ts";

/** 2 GiB. */
export const defaultBlobCapBytes = 2 * 1024 ** 3;

/** A disk with less room than this, in bytes, is left alone. */
const leastFreeBytes = 64 * 1024 * 1024;

/** A draft that is not written to for so long belongs to a process that was killed. */
export const abandonedDraftMs = 24 * 60 * 60 * 1000;

export interface BlobCacheOptions {
  /** Of the whole cache; need not exist. */
  readonly folder: string;
  /** Of this run, for blobs that cannot be kept. */
  readonly temporaryFolder: string;
  /** All blobs together; one of more than half of it is not kept. */
  readonly maxBytes?: number;
  readonly now?: () => Date;
}

/**
 * Blobs in a folder that several processes may share:
 *
 *     blobs-1/sha256-<hex>             a whole blob, its mark of use is its modification time
 *     blobs-1/incoming/<random>/blob   a draft
 *
 * Those that were used longest ago make room for new ones; what was used in the last minutes stays, since another
 * process may be about to open it, and the new one is then not kept. Nothing here fails for the folder's sake: where it
 * cannot be written, drafts go to the run's own folder, and `problem` says why.
 */
export class BlobCache implements BlobStore {
  readonly #folder: string;
  readonly #temporary: TemporaryBlobs;
  readonly #maxBytes: number;
  readonly #now: () => Date;
  #isTidy = false;
  #problem: Failure | null = null;

  constructor({ folder, temporaryFolder, maxBytes, now }: BlobCacheOptions) {
    this.#folder = join(folder, folderName("blobs"));
    this.#temporary = new TemporaryBlobs(temporaryFolder);
    this.#maxBytes = maxBytes ?? defaultBlobCapBytes;
    this.#now = now ?? (() => new Date());
  }

  /** Why a blob could not be kept, once; null while all is well. That there was no room under the cap is no problem. */
  get problem(): Failure | null {
    return this.#problem;
  }

  find(digest: Digest): KeptBlob | null {
    const file = join(this.#folder, digestName(digest));
    const sizeBytes = sizeOf(file);
    if (sizeBytes === null) return null;
    markUsed(file, this.#now().getTime(), markEveryMs.minute);
    return { file, sizeBytes };
  }

  /**
   * `sizeBytes` as the descriptor says, null where none does: what will not be kept or has no room on the disk goes to the
   * run's own folder at once. Throws the system's errors, of that folder only.
   */
  begin(digest: Digest, sizeBytes: number | null = null): BlobDraft {
    const name = digestName(digest);
    const isTooBig = sizeBytes !== null && sizeBytes > this.#maxBytes / 2;
    if (this.#problem !== null || isTooBig) return this.#temporary.begin();
    const incoming = join(this.#folder, "incoming");
    const folder = join(incoming, randomBytes(12).toString("hex"));
    try {
      makeFolder(incoming);
      this.#tidy(incoming);
      // A folder that can be read but not written is found out here, before anything comes.
      mkdirSync(folder, { mode: 0o700 });
      const leastBytes = leastFreeBytes + (sizeBytes ?? 0);
      if (freeBytes(folder) >= leastBytes) return this.#draft(name, folder);
      const reason = `its disk has less than ${leastBytes} bytes of room`;
      this.#problem = { kind: "unreachable", what: this.#folder, where: null, reason };
    } catch (error) {
      this.#problem = systemFailure(error, this.#folder, null);
    }
    removeQuietly(folder);
    return this.#temporary.begin();
  }

  /**
   * For a reader that found that a kept blob does not have its digest: it is hashed again and removed when that is so.
   * Comes to whether it was. The reader's word is not enough, it may only have been stopped.
   */
  async removeDamaged(digest: Digest, signal?: AbortSignal): Promise<boolean> {
    const file = join(this.#folder, digestName(digest));
    const found = await hashFile(file, { digest, ...(signal === undefined ? {} : { signal }) });
    const isDamaged = found.ok && found.value !== digest;
    if (isDamaged) removeQuietly(file);
    return isDamaged;
  }

  #draft(name: string, folder: string): BlobDraft {
    const file = join(folder, "blob");
    return {
      file,
      keep: () => {
        this.#keep(file, name);
        removeQuietly(folder);
      },
      drop: () => removeQuietly(folder),
    };
  }

  #keep(draft: string, name: string): void {
    const file = join(this.#folder, name);
    const nowSeconds = this.#now().getTime() / 1000;
    try {
      // It stands already where two brought the same: renaming over it does no harm to who reads it.
      if (!this.#makeRoom(statSync(draft).size, name)) return;
      utimesSync(draft, nowSeconds, nowSeconds);
      renameSync(draft, file);
    } catch (error) {
      this.#problem ??= systemFailure(error, this.#folder, null);
    }
  }

  /** Removes what was used longest ago until so many bytes more are under the cap; false when they cannot be. */
  #makeRoom(sizeBytes: number, name: string): boolean {
    if (sizeBytes > this.#maxBytes / 2) return false;
    const nowMs = this.#now().getTime();
    const kept = listBlobs(this.#folder).filter((blob) => blob.name !== name);
    let total = kept.reduce((sum, blob) => sum + blob.sizeBytes, sizeBytes);
    const free = kept.filter(({ usedAtMs }) => !isJustUsed(usedAtMs, nowMs));
    const freeable = free.reduce((sum, blob) => sum + blob.sizeBytes, 0);
    if (total - freeable > this.#maxBytes) return false;
    for (const blob of free) {
      if (total <= this.#maxBytes) break;
      removeQuietly(join(this.#folder, blob.name));
      total -= blob.sizeBytes;
    }
    return true;
  }

  /** Once per run. */
  #tidy(incoming: string): void {
    if (this.#isTidy) return;
    this.#isTidy = true;
    for (const folder of listAbandonedDrafts(incoming, this.#now().getTime()))
      removeQuietly(folder);
  }
}

interface ListedBlob {
  readonly name: string;
  readonly sizeBytes: number;
  readonly usedAtMs: number;
}

/** Used longest ago first; of the same time by name. */
function listBlobs(folder: string): readonly ListedBlob[] {
  return readdirSync(folder)
    .flatMap((name) => {
      // Another process may have removed it since it was listed.
      const stat = statSync(join(folder, name), { throwIfNoEntry: false });
      if (stat?.isFile() !== true || parseDigestName(name) === null) return [];
      return [{ name, sizeBytes: stat.size, usedAtMs: stat.mtimeMs }];
    })
    .sort((a, b) => a.usedAtMs - b.usedAtMs || (a.name < b.name ? -1 : 1));
}

/** Folders of drafts that nobody writes to any more, absolute paths; empty where there is no such folder. */
export function listAbandonedDrafts(incoming: string, nowMs: number): readonly string[] {
  return namesIn(incoming)
    .map((name) => join(incoming, name))
    .filter((folder) => {
      const times = [folder, join(folder, "blob")].map(
        (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0,
      );
      return nowMs - Math.max(...times) > abandonedDraftMs;
    });
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Null also for an empty file, as a crash of the machine leaves it: no blob of an image is empty. */
function sizeOf(file: string): number | null {
  try {
    const stat = statSync(file, { throwIfNoEntry: false });
    return stat?.isFile() === true && stat.size > 0 ? stat.size : null;
  } catch {
    return null;
  }
}

/** What this user may still write there. */
function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
