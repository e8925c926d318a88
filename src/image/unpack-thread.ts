import { extname } from "node:path";
import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { FormatError } from "../formats/format-error.ts";
import { OverLimitError, type UsedUp } from "../formats/over-limit-error.ts";
import type { BlobLayer } from "./image.ts";
import type { BlobSums, UnpackOptions, Unpacking } from "./unpack-blob.ts";

/** What the thread is asked. Blobs are unpacked in the order of their requests. */
export type UnpackRequest =
  | {
      readonly kind: "unpack";
      readonly id: number;
      readonly layer: BlobLayer;
      readonly budgets?: UnpackOptions["budgets"];
    }
  /** No more chunks of this blob; its sums are still wanted. */
  | { readonly kind: "stop"; readonly id: number }
  /** To be filled. */
  | { readonly kind: "buffer"; readonly buffer: ArrayBuffer };

export type UnpackReply =
  | {
      readonly kind: "chunk";
      readonly id: number;
      readonly buffer: ArrayBuffer;
      readonly lengthBytes: number;
      readonly readBytes: number;
    }
  | { readonly kind: "end"; readonly id: number; readonly end: UnpackEnd };

/** `problem`: why the stream broke off, a FormatError in parts. */
export type UnpackEnd = {
  readonly problem: {
    readonly format: string;
    readonly reason: string;
    readonly offsetBytes: number | null;
    /** Set where a budget was used up. */
    readonly usedUp: UsedUp | null;
  } | null;
} & (
  | { readonly sums: BlobSums }
  | { readonly error: { readonly code: string; readonly message: string } }
);

/** Buffers that go to and fro: enough that neither side waits for the other, few enough to stay in the processor's cache. */
const bufferCount = 6;
const bufferBytes = 1024 * 1024;

/** Its heap holds next to nothing; without a limit what its streams let go of is collected late. */
const resourceLimits = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 };

/** The sources are run as they are, and compiled: the worker stands beside this file in both. */
const besideThis = new URL(`./unpack-worker${extname(import.meta.url)}`, import.meta.url);

/**
 * Inflates and hashes blobs in a thread of its own, so that a layer keeps two processors busy: that one and the one that
 * reads the archive. Blobs have to be taken in the order in which they were begun.
 */
export class UnpackThread {
  readonly #worker: Worker;
  readonly #open = new Map<number, ThreadUnpacking>();
  #lastId = 0;
  #death: Error | null = null;

  /** `workerFile` is for tests. */
  constructor(workerFile: URL = besideThis) {
    this.#worker = new Worker(workerFile, { resourceLimits });
    this.#worker.on("message", (reply: UnpackReply) => {
      const unpacking = this.#open.get(reply.id);
      if (unpacking !== undefined) unpacking.take(reply);
      else if (reply.kind === "chunk") this.#post({ kind: "buffer", buffer: reply.buffer });
    });
    this.#worker.on("error", (error: unknown) => this.#die(String(error)));
    this.#worker.on("exit", () => this.#die("it ended"));
    for (let count = 0; count < bufferCount; count++) {
      this.#post({ kind: "buffer", buffer: new ArrayBuffer(bufferBytes) });
    }
  }

  begin(layer: BlobLayer, options: UnpackOptions): Unpacking {
    const id = ++this.#lastId;
    const unpacking = new ThreadUnpacking(id, options, {
      post: (request) => this.#post(request),
      forget: () => this.#open.delete(id),
    });
    this.#open.set(id, unpacking);
    if (this.#death !== null) unpacking.fail(this.#death);
    const { budgets } = options;
    this.#post({ kind: "unpack", id, layer, ...(budgets === undefined ? {} : { budgets }) });
    return unpacking;
  }

  /** Lets the process end while nobody waits for this thread. */
  unref(): void {
    this.#worker.unref();
  }

  ref(): void {
    this.#worker.ref();
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #post(request: UnpackRequest): void {
    this.#worker.postMessage(request, request.kind === "buffer" ? [request.buffer] : []);
  }

  /** The code makes it a failure of the system for who reads the layer. */
  #die(why: string): void {
    const message = `the worker thread that unpacked it stopped: ${why}`;
    this.#death ??= Object.assign(new Error(message), { code: "ERR_WORKER_ENDED" });
    for (const unpacking of this.#open.values()) unpacking.fail(this.#death);
  }
}

/** The thread as one of its blobs sees it. */
interface ThreadPort {
  readonly post: (request: UnpackRequest) => void;
  readonly forget: () => void;
}

class ThreadUnpacking implements Unpacking {
  readonly #id: number;
  readonly #options: UnpackOptions;
  readonly #thread: ThreadPort;
  readonly #replies: UnpackReply[] = [];
  #wake = (): void => {};
  #end: UnpackEnd | null = null;
  #death: Error | null = null;
  #readBytes = 0;

  constructor(id: number, options: UnpackOptions, thread: ThreadPort) {
    this.#id = id;
    this.#options = options;
    this.#thread = thread;
    options.signal?.addEventListener("abort", () => this.#wake(), { once: true });
  }

  get readBytes(): number {
    return this.#readBytes;
  }

  take(reply: UnpackReply): void {
    this.#replies.push(reply);
    this.#wake();
  }

  fail(error: Error): void {
    this.#death = error;
    this.#wake();
  }

  async *chunks(): AsyncGenerator<Uint8Array, void, void> {
    for (let reply = await this.#next(); reply !== null; reply = await this.#next()) {
      this.#readBytes = reply.readBytes;
      this.#options.onProgress(reply.readBytes);
      try {
        yield new Uint8Array(reply.buffer, 0, reply.lengthBytes);
      } finally {
        this.#thread.post({ kind: "buffer", buffer: reply.buffer });
      }
    }
    const problem = this.#end?.problem ?? null;
    if (problem === null) return;
    if (problem.usedUp !== null) throw new OverLimitError(problem.format, problem.usedUp);
    throw new FormatError(problem.format, problem.reason, problem.offsetBytes);
  }

  async finish(): Promise<BlobSums | null> {
    this.#thread.post({ kind: "stop", id: this.#id });
    for (let reply = await this.#next(); reply !== null; reply = await this.#next()) {
      this.#thread.post({ kind: "buffer", buffer: reply.buffer });
    }
    const end = this.#end;
    if (end === null) return null;
    if ("error" in end) throw Object.assign(new Error(end.error.message), end.error);
    this.#readBytes = end.sums.readBytes;
    this.#options.onProgress(this.#readBytes);
    return end.sums;
  }

  close(): void {
    this.#thread.forget();
    for (const reply of this.#replies) {
      if (reply.kind === "chunk") this.#thread.post({ kind: "buffer", buffer: reply.buffer });
    }
  }

  /** The next chunk; null at the end and when the signal fires. */
  async #next(): Promise<(UnpackReply & { readonly kind: "chunk" }) | null> {
    while (this.#end === null && this.#options.signal?.aborted !== true) {
      // What has come already must not keep Ctrl-C and progress waiting.
      await setImmediate();
      const reply = this.#replies.shift();
      if (reply?.kind === "chunk") return reply;
      if (reply !== undefined) this.#end = reply.end;
      else if (this.#death !== null) throw this.#death;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return null;
  }
}
