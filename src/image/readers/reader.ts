import type { RandomAccess } from "../../formats/random-access.ts";
import type { FileEntry } from "../layer-facts.ts";

/** How many first bytes of every regular file a reader is shown before it decides. Source: the kernel's BINPRM_BUF_SIZE. */
export const headBytes = 256;

/** One regular file while its layer streams by. Valid during the call of `read` only. */
export interface FileView {
  readonly entry: FileEntry;
  readonly content: RandomAccess;
}

/**
 * Looks into the files of a layer and yields one fact per file. Holds no state, opens nothing, walks nothing:
 * the pass over the layer hands it each file that it wants, once.
 */
export interface Reader<Fact> {
  /** The section its facts are stored in. */
  readonly section: "elf" | "shebangs" | "texts" | "loaderCaches" | "packages";
  /** Goes up when the same bytes may yield other facts; part of the cache key. */
  readonly revision: number;
  /** A wanted file bigger than this is an `over-limit` failure, not read. In bytes. */
  readonly maxBytes: number;
  /** From the entry and its first `headBytes` bytes (fewer when the file is shorter). */
  wants(entry: FileEntry, head: Uint8Array): boolean;
  /** Null when the file turned out to be none of its kind. Throws FormatError, nothing else, for malformed content. */
  read(file: FileView): Fact | null;
}
