import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { Budgets } from "../../model/budgets.ts";
import type { Digest } from "../../model/digest.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import type { BlobLayer, FetchedLayer, FetchOptions } from "../image.ts";
import { makeFolder } from "../make-folder.ts";
import { systemFailure } from "../system-failure.ts";
import { unlessAborted } from "../unless-aborted.ts";
import type { EngineClient } from "./engine-client.ts";
import { openExport, type ExpectedImage } from "./open-export.ts";

/** Of an archive of an image. */
const maxExportBytes = 64 * 1024 ** 3;

export interface ExportRequest {
  readonly client: EngineClient;
  readonly image: ExpectedImage;
  /** Its owner removes it. */
  readonly temporaryFolder: string;
  readonly maxBytes?: number;
  /** What opening the archive may cost; the defaults when absent. */
  readonly budgets?: Budgets;
}

/** One export that is going on or done. */
interface Run {
  readonly file: string;
  readonly abort: AbortController;
  readonly listeners: Set<(receivedBytes: number) => void>;
  /** Layers that wait for it or read its file. */
  holders: number;
  readonly opened: Promise<Result<ReadonlyMap<Digest, BlobLayer>>>;
}

/**
 * The archive of an engine's image, brought to a file of this machine when the first of its layers is wanted and shared by all
 * of them. The file is removed when the last that has it gives it back, or with the temporary folder; who wants one after that
 * begins another export.
 */
export class EngineExport {
  readonly #request: ExportRequest;
  #run: Run | null = null;

  constructor(request: ExportRequest) {
    this.#request = request;
  }

  /** Progress counts the bytes of the whole archive. */
  async fetch(diffId: Digest, { signal, onProgress }: FetchOptions): Promise<Result<FetchedLayer>> {
    if (signal?.aborted === true) return failed(this.#cancelled());
    const run = (this.#run ??= this.#begin());
    run.holders++;
    if (onProgress !== undefined) run.listeners.add(onProgress);
    const opened = await unlessAborted(run.opened, signal);
    if (onProgress !== undefined) run.listeners.delete(onProgress);
    const layer = opened?.ok === true ? opened.value.get(diffId) : undefined;
    if (layer !== undefined) return success(this.#lend(layer, run));
    this.#leave(run);
    if (opened === null) return failed(this.#cancelled());
    if (!opened.ok) return opened;
    throw new TypeError(`Cannot take ${diffId} out of an export: it is not of this image`);
  }

  #lend(layer: BlobLayer, run: Run): FetchedLayer {
    let isHeld = true;
    return {
      layer,
      whole: Promise.resolve(success(null)),
      release: () => {
        if (isHeld) this.#leave(run);
        isHeld = false;
        return Promise.resolve(false);
      },
    };
  }

  #leave(run: Run): void {
    run.holders--;
    if (run.holders > 0) return;
    if (this.#run === run) this.#run = null;
    run.abort.abort();
    remove(run.file);
  }

  #begin(): Run {
    const name = `engine-${randomBytes(6).toString("hex")}.tar`;
    const file = join(this.#request.temporaryFolder, name);
    const abort = new AbortController();
    const listeners = new Set<(receivedBytes: number) => void>();
    const onBytes = (bytes: number): void => listeners.forEach((listener) => listener(bytes));
    const opened = this.#bring(file, { signal: abort.signal, onBytes });
    return { file, abort, listeners, holders: 0, opened };
  }

  async #bring(file: string, watch: Watch): Promise<Result<ReadonlyMap<Digest, BlobLayer>>> {
    const failure = await this.#write(file, watch);
    if (failure === null) return openExport(file, this.#request.image, this.#request.budgets);
    remove(file);
    return failed(failure);
  }

  async #write(file: string, watch: Watch): Promise<Failure | null> {
    const { client, image, temporaryFolder } = this.#request;
    const { what } = image;
    let handle: FileHandle;
    try {
      makeFolder(temporaryFolder);
      handle = await open(file, "wx", 0o600);
    } catch (error) {
      return this.#notWritten(error);
    }
    try {
      const pieces = await client.export(image.id, { what, signal: watch.signal });
      return pieces.ok ? await this.#copy(pieces.value, handle, watch) : pieces.failure;
    } finally {
      await handle.close();
    }
  }

  async #copy(
    pieces: AsyncGenerator<Buffer>,
    handle: FileHandle,
    { signal, onBytes }: Watch,
  ): Promise<Failure | null> {
    const { client, image, maxBytes = maxExportBytes } = this.#request;
    const { what, where } = image;
    let bytes = 0;
    try {
      for await (const piece of pieces) {
        bytes += piece.byteLength;
        if (bytes > maxBytes) {
          const [budget, unit] = ["export of an engine", "bytes"] as const;
          return { kind: "over-limit", what, where, budget, limit: maxBytes, unit };
        }
        const failure = await this.#writeWhole(handle, piece);
        if (failure !== null) return failure;
        onBytes(bytes);
      }
      return null;
    } catch (error) {
      return client.failureOf(error, what, signal);
    }
  }

  /** The system may take less than it is given, on a disk that is nearly full. */
  async #writeWhole(handle: FileHandle, bytes: Buffer): Promise<Failure | null> {
    try {
      for (let at = 0; at < bytes.byteLength;) {
        at += (await handle.write(bytes, at)).bytesWritten;
      }
      return null;
    } catch (error) {
      return this.#notWritten(error);
    }
  }

  /** Nothing is wrong with the image: the temporary folder is named, so that another one can be given. */
  #notWritten(error: unknown): Failure {
    const { image, temporaryFolder } = this.#request;
    const failure = systemFailure(error, temporaryFolder, null);
    const why = "reason" in failure ? failure.reason : "there is no such folder";
    const reason = `it has to be brought into ${temporaryFolder}: ${why}`;
    return { kind: "unreachable", what: image.what, where: image.where, reason };
  }

  #cancelled(): Failure {
    const { what, where } = this.#request.image;
    return { kind: "cancelled", what, where };
  }
}

interface Watch {
  readonly signal: AbortSignal;
  readonly onBytes: (receivedBytes: number) => void;
}

/** It is a file of this program's own making; where it cannot be removed the folder's owner does. */
function remove(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch (error) {
    systemFailure(error, file, null);
  }
}
