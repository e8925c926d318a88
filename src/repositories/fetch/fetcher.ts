import { hashFile } from "../../image/cache/hash-file.ts";
import type { Wire } from "../../image/registry/client/persist.ts";
import type { Trust } from "../../image/registry/client/trust.ts";
import { systemFailure } from "../../image/system-failure.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import type { FetchedFile, FileRequest, RepositoryAccess } from "../access.ts";
import { download } from "./download.ts";
import { KeptFiles, type KeptFile } from "./kept-files.ts";
import { keyOf, offlineFailure, otherDigest, type Address } from "./request-address.ts";

export interface FetcherOptions {
  readonly kept: KeptFiles;
  readonly wire: Wire;
  readonly trust: Trust;
  readonly temporaryFolder: string;
  readonly isOffline: boolean;
  readonly signal: AbortSignal | undefined;
  readonly now: () => Date;
  readonly onProgress: NonNullable<RepositoryAccess["onProgress"]>;
}

/** Brings files of http and https addresses, from what is kept where that is enough. */
export class Fetcher {
  readonly #options: FetcherOptions;
  /** Files whose bytes were held against their digest in this run. */
  readonly #sound = new Set<string>();

  /** For what nobody wants in the next one. */
  readonly #ofRun: KeptFiles;

  constructor(options: FetcherOptions) {
    this.#options = options;
    const { temporaryFolder, now } = options;
    this.#ofRun = new KeptFiles({ cacheFolder: null, temporaryFolder, now });
  }

  /** As `RepositoryAccess.fetch` says. */
  async fetch(address: Address, request: FileRequest): Promise<Result<FetchedFile>> {
    const key = keyOf(address, request.digest);
    const kept = this.#ofRun.find(key) ?? (await this.#findSound(key));
    if (kept !== null && this.#isEnough(kept, request)) return success(toFetched(kept));
    if (this.#options.isOffline) return failed(offlineFailure(address));
    const fetched = await this.#bring(address, request, kept);
    if (fetched.ok || kept === null || !isPassing(fetched.failure)) return fetched;
    // It cannot be asked: what it said last is better than nothing, and says when that was.
    return success(toFetched(kept));
  }

  #isEnough({ record }: KeptFile, { kind, maxBytes }: FileRequest): boolean {
    if (record.sizeBytes > maxBytes) return false;
    const { isOffline, now } = this.#options;
    if (kind === "fixed" || isOffline) return true;
    const ageMs = now().getTime() - Date.parse(record.confirmedAt);
    return ageMs >= 0 && ageMs < kind.maxAgeMs;
  }

  /** What is kept and has its digest still; what has not is removed. */
  async #findSound(key: string): Promise<KeptFile | null> {
    const found = this.#options.kept.find(key);
    if (found === null || this.#sound.has(found.file)) return found;
    const { digest } = found.record;
    const hashed = await hashFile(found.file, { digest });
    if (hashed.ok && hashed.value === digest) {
      this.#sound.add(found.file);
      return found;
    }
    if (hashed.ok) this.#options.kept.remove(found);
    return null;
  }

  async #bring(
    address: Address,
    request: FileRequest,
    kept: KeptFile | null,
  ): Promise<Result<FetchedFile>> {
    const { wire, trust, signal, now, onProgress } = this.#options;
    const store = request.isTransient ? this.#ofRun : this.#options.kept;
    let draft;
    try {
      draft = store.begin(request.digest === null ? 0 : request.maxBytes);
    } catch (error) {
      return failed(systemFailure(error, address.what, null));
    }
    const done = await download({
      ...{ address, request, wire, trust, signal },
      file: draft.file,
      conditions: kept === null || request.kind === "fixed" ? {} : conditionsOf(kept),
      onBytes: (doneBytes, totalBytes) => onProgress(address.what, doneBytes, totalBytes),
    });
    const confirmedAt = now().toISOString();
    if (!done.ok || done.value.kind === "unchanged") {
      draft.drop();
      if (!done.ok) return done;
      if (kept !== null) return success(toFetched(store.confirm(kept, confirmedAt)));
      const reason = "it answered that nothing changed since nothing was asked";
      return failed({ kind: "unreachable", what: address.what, where: address.host, reason });
    }
    const { digest, asked, etag, lastModified } = done.value;
    if (request.digest !== null && asked !== request.digest) {
      draft.drop();
      return failed(otherDigest(address, asked, request.digest));
    }
    const key = keyOf(address, request.digest);
    const file = draft.keep(key, { digest, confirmedAt, etag, lastModified });
    this.#sound.add(file.file);
    return success(toFetched(file));
  }
}

function toFetched({ file, record }: KeptFile): FetchedFile {
  return { file, sizeBytes: record.sizeBytes, confirmedAt: record.confirmedAt };
}

/** Whether it may be there still: the host did not say that it is gone or of another kind. */
function isPassing({ kind }: Failure): boolean {
  return kind === "unreachable" || kind === "denied";
}

/** Source: RFC 9110 13.1.2, 13.1.3: with both, only the first counts. */
function conditionsOf({ record }: KeptFile): Readonly<Record<string, string>> {
  const { etag, lastModified } = record;
  return {
    ...(etag === null ? {} : { "if-none-match": etag }),
    ...(lastModified === null ? {} : { "if-modified-since": lastModified }),
  };
}
