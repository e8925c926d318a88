import type { Digest } from "../model/digest.ts";

/** Where blobs of registries go that are brought to this machine. Holds nothing open. */
export interface BlobStore {
  /** A blob that is kept, whose digest was verified when it was; null when there is none. */
  find(digest: Digest): KeptBlob | null;
  /**
   * A place for a blob that is about to come, of so many bytes; null where that is not known. Throws the system's errors (a
   * full disk, a folder that cannot be made).
   */
  begin(digest: Digest, sizeBytes: number | null): BlobDraft;
  /**
   * For a reader that could not verify a kept blob: removes it when its bytes really do not have that digest. Comes to
   * whether it did. Absent in a store that keeps nothing.
   */
  removeDamaged?(digest: Digest, signal?: AbortSignal): Promise<boolean>;
}

/** A whole blob in a file that is read only. */
export interface KeptBlob {
  /** Absolute path. */
  readonly file: string;
  readonly sizeBytes: number;
}

/** A blob on its way. Exactly one of `keep` and `drop` is called, once. */
export interface BlobDraft {
  /** Absolute path of a file that does not exist yet; its folder does. Who asked for the draft writes it. */
  readonly file: string;
  /** Its digest was found right: keeps it if the store keeps blobs and there is room, else removes it. Never throws. */
  keep(): void;
  /** Removes it. Never throws. */
  drop(): void;
}
