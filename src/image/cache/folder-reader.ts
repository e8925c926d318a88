import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Failure } from "../../model/failure.ts";
import { systemFailure } from "../system-failure.ts";

export interface ListedFile {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Milliseconds since 1970. */
  readonly modifiedMs: number;
}

export interface ListedFolder {
  readonly modifiedMs: number;
  /** Plain files, by name. */
  readonly files: readonly ListedFile[];
  /** Names, sorted. Links are neither files nor folders: what they point to is not this program's. */
  readonly folders: readonly string[];
}

/** Lists folders that other processes may change meanwhile. What cannot be listed is in `failures`. */
export class FolderReader {
  readonly #failures: Failure[] = [];
  readonly #root: string;

  /** `root`: for failures. */
  constructor(root: string) {
    this.#root = root;
  }

  get failures(): readonly Failure[] {
    return this.#failures;
  }

  /** Null where there is no such folder, or where it cannot be listed. */
  list(path: string): ListedFolder | null {
    return this.#attempt(path, () => {
      const { mtimeMs } = lstatSync(path);
      const files: ListedFile[] = [];
      const folders: string[] = [];
      for (const name of readdirSync(path).sort()) {
        const stat = this.#attempt(join(path, name), () => lstatSync(join(path, name)));
        if (stat?.isDirectory() === true) folders.push(name);
        else if (stat?.isFile() === true) {
          const { size: sizeBytes, mtimeMs: modifiedMs } = stat;
          files.push({ name, path: join(path, name), sizeBytes, modifiedMs });
        }
      }
      return { modifiedMs: mtimeMs, files, folders };
    });
  }

  #attempt<Value>(path: string, look: () => Value): Value | null {
    try {
      return look();
    } catch (error) {
      const failure = systemFailure(error, path, path === this.#root ? null : this.#root);
      // Gone since it was listed.
      if (failure.kind !== "not-found") this.#failures.push(failure);
      return null;
    }
  }
}
