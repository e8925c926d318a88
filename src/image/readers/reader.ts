import type { RandomAccess } from "../../formats/random-access.ts";
import type { Budgets, FileBudgets } from "../../model/budgets.ts";
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
  /** A wanted file bigger than this budget is an `over-limit` failure, not read; null where only its first bytes are. */
  readonly sizeBudget: keyof FileBudgets | null;
  /** The facts grow with the file: all such files of a layer share `factBytes`. */
  readonly keepsContent: boolean;
  /** From the entry and its first `headBytes` bytes (fewer when the file is shorter). */
  wants(entry: FileEntry, head: Uint8Array): boolean;
  /**
   * Null when the file turned out to be none of its kind. Throws FormatError, nothing else, for malformed content.
   * `budgets` are the defaults when absent.
   */
  read(file: FileView, budgets?: Budgets): Fact | null;
}
