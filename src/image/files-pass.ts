import { FormatError } from "../formats/format-error.ts";
import { readWhiteout } from "../formats/tar/name.ts";
import type { TarEntry } from "../formats/tar/member.ts";
import type { Failure } from "../model/failure.ts";
import type { LayerBudgets } from "./layer-budgets.ts";
import type { FileSink, FilesRequest } from "./read-files.ts";
import type { BlobHandler } from "./stream-blob.ts";
import { systemFailure } from "./system-failure.ts";

/** Hands wanted files of a layer to their sinks while its archive streams by. */
export class FilesPass implements BlobHandler {
  /** In the order in which they came, at most as many as the budget allows. */
  readonly failures: Failure[] = [];
  readonly #request: FilesRequest;
  readonly #where: string;
  readonly #budgets: LayerBudgets;
  #open: { readonly path: string; readonly sink: FileSink } | null = null;
  #stopped: Failure | null = null;
  #givenBytes = 0;
  #allowedBytes = Infinity;

  constructor(request: FilesRequest, where: string, budgets: LayerBudgets) {
    this.#request = request;
    this.#where = where;
    this.#budgets = budgets;
  }

  /** Why a wanted file did not come whole, the first one; nothing is handed out any more then. */
  get stopped(): Failure | null {
    return this.#stopped;
  }

  allowBytes(maxBytes: number): void {
    this.#allowedBytes = maxBytes;
  }

  entry(entry: TarEntry): boolean {
    this.#open = null;
    if (entry.type !== "file" || this.#stopped !== null || isMark(entry.path)) return false;
    if (!this.#request.wants(entry)) return false;
    this.#guarded(entry.path, () => {
      this.#open = { path: entry.path, sink: this.#request.open(entry) };
    });
    return this.#open !== null;
  }

  content(bytes: Uint8Array): boolean {
    const file = this.#open;
    if (file === null) return false;
    this.#givenBytes += bytes.byteLength;
    if (this.#givenBytes > this.#allowedBytes) {
      const [what, where, limit] = [file.path, this.#where, this.#budgets.ratio];
      const budget = "content to stored bytes";
      this.#stop({ kind: "over-limit", what, where, budget, limit, unit: "ratio" });
      return false;
    }
    let isWanted = false;
    this.#guarded(file.path, () => (isWanted = file.sink.write(bytes)));
    if (!isWanted) this.#open = null;
    return isWanted;
  }

  endOfFile(): void {
    const file = this.#open;
    this.#open = null;
    if (file !== null) this.#guarded(file.path, () => file.sink.end());
  }

  problem(failure: Failure): void {
    if (this.failures.length >= this.#budgets.failures) this.failures.pop();
    this.failures.push(failure);
  }

  release(): void {
    const file = this.#open;
    this.#open = null;
    if (file === null) return;
    const reason = "the archive ends within it";
    const [what, where] = [file.path, this.#where];
    this.#stop({ kind: "malformed", what, where, format: "tar", reason, offsetBytes: null });
  }

  #guarded(path: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#stop(systemFailure(error, path, this.#where));
    }
  }

  #stop(failure: Failure): void {
    this.#stopped ??= failure;
    this.#open = null;
  }
}

/** Marks of deleted files have no content; what they say is in the facts. */
function isMark(path: string): boolean {
  try {
    return readWhiteout(path).kind !== "none";
  } catch (error) {
    if (error instanceof FormatError) return true;
    throw error;
  }
}
