import type { Digest } from "../model/digest.ts";

/** Where blobs of registries go that are brought to this machine. Holds nothing open. */
export interface BlobStore {
  /** A blob that is kept, whose digest was verified when it was; null when there is none. */
  find(digest: Digest): KeptBlob | null;
  /** A place for a blob that is about to come. Throws the system's errors (a full disk, a folder that cannot be made). */
  begin(digest: Digest): BlobDraft;
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
