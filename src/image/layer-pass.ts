import { FormatError } from "../formats/format-error.ts";
import { readWhiteout } from "../formats/tar/name.ts";
import type { TarEntry } from "../formats/tar/member.ts";
import type { TarHandler } from "../formats/tar/tar-handler.ts";
import type { Failure } from "../model/failure.ts";
import { ContentBuffer } from "./content-buffer.ts";
import type { FileEntry } from "./layer-facts.ts";
import type { LayerBudgets } from "./layer-budgets.ts";
import { headBytes } from "./readers/reader.ts";
import type { SectionPass } from "./section-pass.ts";
import type { Sections } from "./sections.ts";
import { systemFailure } from "./system-failure.ts";

/** The entries of a layer while its archive streams by; shows each file to the readers. */
export class LayerPass implements TarHandler {
  readonly entries: FileEntry[] = [];
  readonly #failures: Failure[] = [];
  readonly #sections: Sections;
  readonly #where: string;
  readonly #budgets: LayerBudgets;
  readonly #buffer = new ContentBuffer();
  readonly #head = new Uint8Array(headBytes);
  #headFilled = 0;
  #entry: FileEntry | null = null;
  #readers: readonly SectionPass[] | null = null;
  #failuresLeftOut = 0;
  #lookedIntoBytes = 0;
  #allowedBytes = Infinity;

  constructor(sections: Sections, where: string, budgets: LayerBudgets) {
    this.#sections = sections;
    this.#where = where;
    this.#budgets = budgets;
  }

  /**
   * How many bytes of content may be looked at so far, holes included: a header of 512 bytes can stand for a
   * terabyte of zeros.
   */
  allowBytes(maxBytes: number): void {
    this.#allowedBytes = maxBytes;
  }

  /** In the order in which they came; what went beyond the budget is one failure more. */
  get failures(): readonly Failure[] {
    const { leftOut } = this.#sections;
    if (this.#failuresLeftOut === 0) {
      return leftOut.length === 0 ? this.#failures : [...this.#failures, ...leftOut];
    }
    const limit = this.#budgets.failures;
    const [what, unit] = [this.#where, "entries" as const];
    const last = {
      kind: "over-limit",
      what,
      where: null,
      budget: "failures",
      limit,
      unit,
    } as const;
    return [...this.#failures, last, ...leftOut];
  }

  problem(failure: Failure): void {
    if (this.#failures.length < this.#budgets.failures) this.#failures.push(failure);
    else this.#failuresLeftOut++;
  }

  /** Notes an entry of whatever type; one that was there at the same path counts no more. */
  add(entry: FileEntry): void {
    this.entries.push(entry);
    this.#sections.forget(entry.path);
  }

  entry(entry: TarEntry): boolean {
    this.#entry = null;
    const kept = this.#readMark(entry);
    if (kept === null) return false;
    this.add(kept);
    if (kept.type !== "file") return false;
    this.#entry = kept;
    this.#readers = null;
    this.#headFilled = 0;
    return true;
  }

  content(bytes: Uint8Array): boolean {
    const entry = this.#entry;
    if (entry === null) return false;
    this.#lookedIntoBytes += bytes.byteLength;
    if (this.#lookedIntoBytes > this.#allowedBytes) {
      this.#overLimit(entry, "content to stored bytes", {
        limit: this.#budgets.ratio,
        unit: "ratio",
      });
      return false;
    }
    if (this.#readers !== null) return this.#add(bytes);
    const neededBytes = Math.min(headBytes, entry.sizeBytes);
    if (this.#headFilled === 0 && bytes.byteLength >= neededBytes) {
      return this.#decide(entry, bytes.subarray(0, neededBytes)) && this.#add(bytes);
    }
    const part = bytes.subarray(0, neededBytes - this.#headFilled);
    this.#head.set(part, this.#headFilled);
    this.#headFilled += part.byteLength;
    if (this.#headFilled < neededBytes) return true;
    const head = this.#head.subarray(0, neededBytes);
    return (
      this.#decide(entry, head) && this.#add(head) && this.#add(bytes.subarray(part.byteLength))
    );
  }

  endOfFile(): void {
    const entry = this.#entry;
    if (entry === null) return;
    if (this.#readers === null && !this.#decide(entry, new Uint8Array(0))) return;
    const file = { entry, content: this.#buffer.open() };
    for (const reader of this.#readers ?? []) reader.read(file);
    this.release();
  }

  /** Gives a temporary file back that a file which was cut off has left. */
  release(): void {
    this.#entry = null;
    this.#buffer.release();
  }

  /** A whiteout as its own type; null for AUFS bookkeeping and for a mark that is refused. */
  #readMark(entry: TarEntry): FileEntry | null {
    try {
      const mark = readWhiteout(entry.path);
      if (mark.kind === "none") return entry;
      if (mark.kind === "metadata") return null;
      const { mode, uid, gid } = entry;
      return { path: mark.path, type: mark.kind, mode, uid, gid, sizeBytes: 0 };
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      const [what, where, reason] = [entry.path, this.#where, error.message];
      this.problem({ kind: "malformed", what, where, format: "tar", reason, offsetBytes: null });
      return null;
    }
  }

  /** Asks the readers; false when none wants the file. */
  #decide(entry: FileEntry, head: Uint8Array): boolean {
    this.#readers = this.#sections.wanting(entry, head);
    if (this.#readers.length === 0) this.#entry = null;
    else if (entry.sizeBytes > this.#budgets.spoolBytes) {
      const limit = this.#budgets.spoolBytes;
      this.#overLimit(entry, "size of a file that is looked into", { limit, unit: "bytes" });
    } else this.#guarded(() => this.#buffer.start(entry.sizeBytes));
    return this.#entry !== null;
  }

  #overLimit(
    entry: FileEntry,
    budget: string,
    limit: { readonly limit: number; readonly unit: "bytes" | "ratio" },
  ): void {
    this.problem({ kind: "over-limit", what: entry.path, where: this.#where, budget, ...limit });
    this.release();
  }

  #add(bytes: Uint8Array): boolean {
    if (bytes.byteLength > 0) this.#guarded(() => this.#buffer.add(bytes));
    return this.#entry !== null;
  }

  /** A temporary file that cannot be written costs this file, not the layer. */
  #guarded(write: () => void): void {
    const what = this.#entry?.path ?? "";
    try {
      write();
    } catch (error) {
      this.problem(systemFailure(error, what, this.#where));
      this.release();
    }
  }
}
