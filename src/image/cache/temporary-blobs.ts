import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { BlobDraft, BlobStore } from "../blob-store.ts";
import { makeFolder } from "../make-folder.ts";
import { removeQuietly } from "./remove-quietly.ts";

/** Blobs that are kept no longer than they are read: for `--no-cache`, and where no folder can be written. */
export class TemporaryBlobs implements BlobStore {
  readonly #folder: string;

  /** Of the run, which removes it; need not exist. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  find(): null {
    return null;
  }

  /** Throws the system's errors. */
  begin(): BlobDraft {
    makeFolder(this.#folder);
    const file = join(this.#folder, `blob-${randomBytes(12).toString("hex")}`);
    const drop = (): void => removeQuietly(file);
    return { file, keep: drop, drop };
  }
}
