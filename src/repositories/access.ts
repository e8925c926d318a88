import type { Digest } from "../model/digest.ts";
import type { Result } from "../model/failure.ts";

/** One file of a repository. */
export interface FileRequest {
  /** `http:`, `https:` or `file:`. */
  readonly url: string;
  /**
   * `fixed`: its bytes never change (its name or its digest says which they are), it is fetched once. `moving`: it is asked
   * for again, with what is kept as the condition, when that is older than `maxAgeMs`.
   */
  readonly kind: "fixed" | { readonly maxAgeMs: number };
  /** Of the bytes as they are stored there; null where nobody promised one. */
  readonly digest: Digest | null;
  /** What is fetched at most. */
  readonly maxBytes: number;
  /** It is wanted for this run alone: what is made of it is kept instead. */
  readonly isTransient?: true;
}

/** A file of a repository on this machine. It must not be changed, and stays until the run ends. */
export interface FetchedFile {
  /** Absolute. */
  readonly file: string;
  readonly sizeBytes: number;
  /** When the repository last said that these are its bytes, ISO 8601. */
  readonly confirmedAt: string;
}

/** What reaches repositories and keeps what they said; passed in, so that tests and offline runs have their own. */
export interface RepositoryAccess {
  /**
   * Fails with `unreachable` when a host does not answer (or nothing is kept and no socket may be opened), `not-found`,
   * `denied`, `over-limit`, and `malformed` when the bytes do not have the digest. A `moving` file that cannot be confirmed
   * comes back as it was kept, with its older `confirmedAt`: who uses it says so.
   */
  fetch(request: FileRequest): Promise<Result<FetchedFile>>;
  /** Absolute folder for compiled indexes and facts of packages, shared by processes; null when nothing may be kept. */
  readonly cacheFolder: string | null;
  /** Absolute; removed when the run ends. */
  readonly temporaryFolder: string;
  /** Now, for the age of indexes. */
  readonly now: () => Date;
  readonly signal?: AbortSignal;
  /** Told what is being done and how far it is; `totalBytes` is null where nobody knows. */
  readonly onProgress?: (what: string, doneBytes: number, totalBytes: number | null) => void;
}
