import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, renameSync, statfsSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { listAbandonedDrafts } from "../../image/cache/blob-cache.ts";
import { parseJson, readCacheFile, writeCacheFile } from "../../image/cache/cache-file.ts";
import { folderName } from "../../image/cache/cache-folders.ts";
import { digestName } from "../../image/cache/digest-name.ts";
import { removeQuietly } from "../../image/cache/remove-quietly.ts";
import { markEveryMs, markUsed } from "../../image/cache/use-mark.ts";
import { makeFolder } from "../../image/make-folder.ts";
import { systemFailure } from "../../image/system-failure.ts";
import type { Digest } from "../../model/digest.ts";
import type { Failure } from "../../model/failure.ts";
import { isKeptRecord, type KeptRecord } from "./kept-record.ts";
import { makeRoom } from "./make-room.ts";

/** 2 GiB: a release with its lists of files takes some 100 MB. */
const defaultCapBytes = 2 * 1024 ** 3;

/** A disk with less room than this, in bytes, is left alone. */
const leastFreeBytes = 64 * 1024 * 1024;

export interface KeptFilesOptions {
  /** Of the whole cache; need not exist. Null keeps nothing. */
  readonly cacheFolder: string | null;
  /** Of this run, for what cannot be kept. */
  readonly temporaryFolder: string;
  readonly now: () => Date;
  /** All files together. */
  readonly maxBytes?: number;
}

/** A file that is there, whole. */
export interface KeptFile {
  /** Absolute. */
  readonly file: string;
  readonly record: KeptRecord;
}

/** What is known of a file once it is written. */
export type DraftRecord = Omit<KeptRecord, "key" | "sizeBytes">;

/** A file on its way; its owner ends it by one of both. */
export interface Draft {
  /** Absolute; does not exist yet, its folder does. */
  readonly file: string;
  /** Keeps it under `key`. Comes back with where it is now: in the run's folder where it could not be kept. */
  keep(key: string, record: DraftRecord): KeptFile;
  drop(): void;
}

/**
 * Files of repositories, and what was compiled from them, in a folder that several processes may share:
 *
 *     addresses-1/<hex>                what stands at an address; named after the sha256 of the key
 *     files-1/sha256-<hex>             the bytes, its mark of use is its modification time
 *     files-1/incoming/<random>/blob   a draft
 *
 * Nothing here fails for the folder's sake: where it cannot be written files go to the run's own, and `problem` says why.
 */
export class KeptFiles {
  readonly #options: KeptFilesOptions;
  readonly #ofRun = new Map<string, KeptFile>();
  #problem: Failure | null = null;
  #isTidy = false;

  constructor(options: KeptFilesOptions) {
    this.#options = options;
  }

  /** Why something could not be kept, once; null while all is well. */
  get problem(): Failure | null {
    return this.#problem;
  }

  /** What is kept under `key`, by its size and not by its bytes; null when nothing is. */
  find(key: string): KeptFile | null {
    const own = this.#ofRun.get(key);
    if (own !== undefined) return own;
    const { cacheFolder } = this.#options;
    if (cacheFolder === null) return null;
    const bytes = readCacheFile(recordFile(cacheFolder, key));
    const record = bytes === null ? null : parseJson(bytes);
    if (!isKeptRecord(record) || record.key !== key) return null;
    const file = contentFile(cacheFolder, record.digest);
    if (sizeOf(file) !== record.sizeBytes) return null;
    const nowMs = this.#options.now().getTime();
    markUsed(file, nowMs, markEveryMs.minute);
    markUsed(recordFile(cacheFolder, key), nowMs, markEveryMs.day);
    return { file, record };
  }

  /** What is known to have no room on the disk goes to the run's folder at once. Throws the system's errors, of that folder only. */
  begin(sizeBytes = 0): Draft {
    const folder = this.#draftFolder(sizeBytes);
    const file = join(folder, "blob");
    return {
      file,
      keep: (key, record) => this.#keep(file, key, record),
      drop: () => removeQuietly(folder),
    };
  }

  /** The same bytes are there still: its record is written anew. */
  confirm({ file, record }: KeptFile, confirmedAt: string): KeptFile {
    const confirmed = { file, record: { ...record, confirmedAt } };
    if (this.#ofRun.has(record.key)) this.#ofRun.set(record.key, confirmed);
    else this.#writeRecord(confirmed.record);
    return confirmed;
  }

  /** It was found to be damaged. */
  remove({ file, record }: KeptFile): void {
    this.#ofRun.delete(record.key);
    removeQuietly(file);
  }

  #keep(draft: string, key: string, fields: DraftRecord): KeptFile {
    const record: KeptRecord = { ...fields, key, sizeBytes: statSync(draft).size };
    const { cacheFolder } = this.#options;
    const kept = cacheFolder === null ? null : this.#keepIn(cacheFolder, draft, record);
    if (kept !== null) return kept;
    const ofRun = { file: draft, record };
    this.#ofRun.set(key, ofRun);
    return ofRun;
  }

  /** Null where it cannot be. */
  #keepIn(cacheFolder: string, draft: string, record: KeptRecord): KeptFile | null {
    if (this.#problem !== null || draft.startsWith(this.#options.temporaryFolder)) return null;
    const { now, maxBytes = defaultCapBytes } = this.#options;
    const file = contentFile(cacheFolder, record.digest);
    const nowMs = now().getTime();
    try {
      const folder = join(cacheFolder, folderName("files"));
      if (!makeRoom(folder, { sizeBytes: record.sizeBytes, maxBytes, nowMs })) return null;
      utimesSync(draft, nowMs / 1000, nowMs / 1000);
      // It may stand there already: renaming over it does no harm to who reads it.
      renameSync(draft, file);
      removeQuietly(join(draft, ".."));
    } catch (error) {
      this.#problem = systemFailure(error, cacheFolder, null);
      return null;
    }
    this.#writeRecord(record);
    return { file, record };
  }

  #writeRecord(record: KeptRecord): void {
    const { cacheFolder } = this.#options;
    if (cacheFolder === null || this.#problem !== null) return;
    try {
      writeCacheFile(recordFile(cacheFolder, record.key), Buffer.from(JSON.stringify(record)));
    } catch (error) {
      this.#problem = systemFailure(error, cacheFolder, null);
    }
  }

  #draftFolder(sizeBytes: number): string {
    const { cacheFolder, temporaryFolder } = this.#options;
    const name = randomBytes(12).toString("hex");
    const kept =
      cacheFolder === null ? null : this.#keptDraftFolder(cacheFolder, { name, sizeBytes });
    if (kept !== null) return kept;
    const folder = join(temporaryFolder, "repositories", name);
    makeFolder(folder);
    return folder;
  }

  #keptDraftFolder(
    cacheFolder: string,
    { name, sizeBytes }: { readonly name: string; readonly sizeBytes: number },
  ): string | null {
    if (this.#problem !== null) return null;
    const incoming = join(cacheFolder, folderName("files"), "incoming");
    const folder = join(incoming, name);
    try {
      makeFolder(incoming);
      this.#tidy(incoming);
      mkdirSync(folder, { mode: 0o700 });
      const { bavail, bsize } = statfsSync(folder);
      const leastBytes = leastFreeBytes + sizeBytes;
      if (bavail * bsize >= leastBytes) return folder;
      const reason = `its disk has less than ${leastBytes} bytes of room`;
      this.#problem = { kind: "unreachable", what: cacheFolder, where: null, reason };
    } catch (error) {
      this.#problem = systemFailure(error, cacheFolder, null);
    }
    removeQuietly(folder);
    return null;
  }

  /** Once per run. */
  #tidy(incoming: string): void {
    if (this.#isTidy) return;
    this.#isTidy = true;
    for (const folder of listAbandonedDrafts(incoming, this.#options.now().getTime())) {
      removeQuietly(folder);
    }
  }
}

function recordFile(cacheFolder: string, key: string): string {
  const name = createHash("sha256").update(key).digest("hex");
  return join(cacheFolder, folderName("addresses"), name);
}

function contentFile(cacheFolder: string, digest: Digest): string {
  return join(cacheFolder, folderName("files"), digestName(digest));
}

/** Null when it is no file. */
function sizeOf(file: string): number | null {
  try {
    const stat = statSync(file, { throwIfNoEntry: false });
    return stat?.isFile() === true ? stat.size : null;
  } catch {
    return null;
  }
}
