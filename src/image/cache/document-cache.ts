import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { isDigest, type Digest } from "../../model/digest.ts";
import type { Failure } from "../../model/failure.ts";
import { maxJsonBytes } from "../sources/blobs.ts";
import { isJsonObject, textAt } from "../sources/json.ts";
import { systemFailure } from "../system-failure.ts";
import {
  parseJson,
  readCacheFile,
  removeAbandoned,
  writeCacheFile,
  writeWhole,
} from "./cache-file.ts";
import { folderName } from "./cache-folders.ts";
import { digestName, hasDigest } from "./digest-name.ts";
import { isMoment } from "./layer-shapes.ts";
import { markEveryMs, markUsed } from "./use-mark.ts";

/** What a name of a registry stood for. */
export interface ResolvedName {
  readonly digest: Digest;
  /** Of the manifest or index; null where the registry did not say. */
  readonly mediaType: string | null;
  /** When the registry was asked, ISO 8601. */
  readonly resolvedAt: string;
}

/**
 * What registries said, in a folder that several processes may share:
 *
 *     documents-1/sha256-<hex>   a manifest, index or config as it came; its name is its sum
 *     names-1/<hex>              what `HOST/REPOSITORY:TAG` stood for; named after the sha256 of that text
 *
 * Nothing here fails: a folder that cannot be read is empty, and the first write that fails is kept in `problem`, after
 * which nothing more is written.
 */
export class DocumentCache {
  readonly #documents: string;
  readonly #names: string;
  readonly #now: () => Date;
  #problem: Failure | null = null;
  #isTidy = false;

  /** `folder` is that of the whole cache and need not exist. */
  constructor(folder: string, now: () => Date = () => new Date()) {
    this.#documents = join(folder, folderName("documents"));
    this.#names = join(folder, folderName("names"));
    this.#now = now;
  }

  /** Why the cache could not be written, once; null while all is well. */
  get problem(): Failure | null {
    return this.#problem;
  }

  /** A document of that digest, verified; null when there is none or it is damaged. */
  load(digest: Digest): Uint8Array | null {
    const file = join(this.#documents, digestName(digest));
    const bytes = readDocument(file);
    if (bytes === null || !hasDigest(bytes, digest)) return null;
    markUsed(file, this.#now().getTime(), markEveryMs.day);
    return bytes;
  }

  /** Keeps a document that has this digest. One that is longer than 16 MiB is not kept. */
  store(digest: Digest, bytes: Uint8Array): void {
    if (bytes.byteLength > maxJsonBytes) return;
    const file = join(this.#documents, digestName(digest));
    this.#write(this.#documents, () => writeWhole(file, bytes));
  }

  /** What the name stood for when a registry was last asked; null when none was, or it is damaged. */
  loadName(name: string): ResolvedName | null {
    const file = this.#nameFile(name);
    const bytes = readCacheFile(file);
    const resolved = bytes === null ? null : parseName(bytes, name);
    if (resolved !== null) markUsed(file, this.#now().getTime(), markEveryMs.day);
    return resolved;
  }

  /** `name` as `docker.io/library/alpine:3.20`: host, repository and tag. It was resolved now. */
  storeName(name: string, { digest, mediaType }: Omit<ResolvedName, "resolvedAt">): void {
    const record = { name, digest, mediaType, resolvedAt: this.#now().toISOString() };
    const payload = Buffer.from(JSON.stringify(record));
    this.#write(this.#names, () => writeCacheFile(this.#nameFile(name), payload));
  }

  #nameFile(name: string): string {
    return join(this.#names, createHash("sha256").update(name).digest("hex"));
  }

  #write(folder: string, write: () => void): void {
    if (this.#problem !== null) return;
    if (!this.#isTidy) {
      this.#isTidy = true;
      for (const one of [this.#documents, this.#names]) removeAbandoned(one, Date.now());
    }
    try {
      write();
    } catch (error) {
      this.#problem = systemFailure(error, folder, null);
    }
  }
}

/** Null when it is absent, unreadable or too long. */
function readDocument(file: string): Uint8Array | null {
  try {
    const stat = statSync(file);
    // A fifo or a device under that name would never end.
    return stat.isFile() && stat.size <= maxJsonBytes ? readFileSync(file) : null;
  } catch {
    return null;
  }
}

/** The sum was right; that it is for this name, and what a digest is, is looked at all the same. */
function parseName(bytes: Uint8Array, name: string): ResolvedName | null {
  const record = parseJson(bytes);
  if (!isJsonObject(record) || record["name"] !== name) return null;
  const { digest, mediaType } = record;
  if (!isDigest(digest)) return null;
  const type = typeof mediaType === "string" ? mediaType : null;
  const resolvedAt = textAt(record, "resolvedAt");
  return isMoment(resolvedAt) ? { digest, mediaType: type, resolvedAt } : null;
}
