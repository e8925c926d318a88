import { join } from "node:path";
import type { Digest } from "../../model/digest.ts";
import type { Failure } from "../../model/failure.ts";
import { parseJson, readCacheFile, writeCacheFile } from "../../image/cache/cache-file.ts";
import { folderName } from "../../image/cache/cache-folders.ts";
import { digestName } from "../../image/cache/digest-name.ts";
import { systemFailure } from "../../image/system-failure.ts";
import { isHeaderFile, type HeaderFile } from "./header-shape.ts";
import type { PackageReader } from "./package-contents.ts";

/**
 * Headers of package files by the digest of the file, beside the facts of layers, in a folder that several processes may share:
 *
 *     packages-1/sha256-<hex>-dpkg-1.json     the number is the reader's revision
 *
 * A file that is damaged, or of another shape, counts as absent. The first write that fails is kept in `problem`.
 */
export class HeaderCache {
  readonly #folder: string;
  #problem: Failure | null = null;

  /** `folder` is that of the whole cache and need not exist. */
  constructor(folder: string) {
    this.#folder = join(folder, folderName("packages"));
  }

  /** Why the cache could not be written, once; null while all is well. */
  get problem(): Failure | null {
    return this.#problem;
  }

  load(digest: Digest, reader: PackageReader): HeaderFile | null {
    const bytes = readCacheFile(this.#file(digest, reader));
    const value = bytes === null ? null : parseJson(bytes);
    return isHeaderFile(value) ? value : null;
  }

  store(digest: Digest, reader: PackageReader, value: HeaderFile): void {
    if (this.#problem !== null) return;
    try {
      writeCacheFile(this.#file(digest, reader), Buffer.from(JSON.stringify(value)));
    } catch (error) {
      this.#problem = systemFailure(error, this.#folder, null);
    }
  }

  #file(digest: Digest, { family, revision }: PackageReader): string {
    return join(this.#folder, `${digestName(digest)}-${family}-${revision}.json`);
  }
}
