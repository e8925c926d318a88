import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { failed, success, type Failure, type Result } from "../model/failure.ts";
import type { FactsCache } from "./cache/facts-cache.ts";
import type { LocalLayer } from "./image.ts";
import type { LayerBudgets } from "./layer-budgets.ts";
import { cancelled, type LayerReading } from "./layer-context.ts";
import { parseLayerFacts } from "./layer-record.ts";
import type { SectionName } from "./readers/section-names.ts";

/** One layer that has to be read. */
export interface LayerJob {
  /** Brings its bytes to this machine where they are not; asked once. */
  readonly locate: () => Promise<Result<LocalLayer>>;
  /** Stored bytes; 0 where that is not known. */
  readonly lengthBytes: number;
  readonly where: string;
  /** Sections to make. */
  readonly only: ReadonlySet<SectionName>;
}

/** Told how many stored bytes of a job were read so far. */
export type OnRead<Job> = (job: Job, readBytes: number) => void;

/** What a worker is asked, one at a time. */
export interface WorkerRequest {
  readonly layer: LocalLayer;
  readonly where: string;
  readonly only: readonly SectionName[];
  readonly budgets: Partial<LayerBudgets>;
  readonly cacheFolder: string | null;
}

/** What a worker says. Facts come as text: that is faster than copying as many objects between threads. */
export type WorkerReply =
  | { readonly kind: "progress"; readonly readBytes: number }
  | {
      readonly kind: "read";
      readonly facts: string;
      readonly elfLines: Uint8Array<ArrayBuffer>;
    }
  | { readonly kind: "failed"; readonly failure: Failure };

export interface WorkersOptions<Job> {
  readonly parallel: number;
  readonly onRead: OnRead<Job>;
  readonly cache?: FactsCache;
  readonly budgets?: Partial<LayerBudgets>;
  readonly signal?: AbortSignal;
  /** For tests. */
  readonly workerFile?: URL;
}

/** The sources are run as they are, and compiled: the worker stands beside this file in both. */
const besideThis = new URL(`./read-layer-worker${extname(import.meta.url)}`, import.meta.url);

/**
 * Reads layers in worker threads, the largest first. Each promise comes to a result: a worker that dies is an
 * `unreachable` failure of the layer it was at, and another one takes its place; the signal ends all at once. The threads end with the last
 * layer.
 */
export function readInWorkers<Job extends LayerJob>(
  jobs: readonly Job[],
  options: WorkersOptions<Job>,
): ReadonlyMap<Job, Promise<Result<LayerReading>>> {
  const waiting = [...jobs].sort((a, b) => b.lengthBytes - a.lengthBytes);
  const settle = new Map<Job, (result: Result<LayerReading>) => void>();
  const results = new Map<Job, Promise<Result<LayerReading>>>();
  for (const job of jobs) {
    results.set(job, new Promise((resolve) => settle.set(job, resolve)));
  }
  const takeAll = async (): Promise<void> => {
    let thread: Thread | null = null;
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      const layer = await job.locate();
      if (!layer.ok) {
        settle.get(job)?.(layer);
        continue;
      }
      thread ??= new Thread(options.workerFile ?? besideThis);
      settle.get(job)?.(await thread.read(job, layer.value, options));
      if (thread.isOver) thread = null;
    }
    await thread?.end();
  };
  for (let count = Math.min(options.parallel, jobs.length); count > 0; count--) void takeAll();
  return results;
}

class Thread {
  readonly #worker: Worker;
  #isOver = false;

  constructor(file: URL) {
    this.#worker = new Worker(file);
    // Without a listener an error between two layers would be thrown in this thread.
    this.#worker.on("error", () => (this.#isOver = true));
    this.#worker.on("exit", () => (this.#isOver = true));
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  async read<Job extends LayerJob>(
    job: Job,
    layer: LocalLayer,
    options: WorkersOptions<Job>,
  ): Promise<Result<LayerReading>> {
    const { signal, onRead, budgets = {}, cache } = options;
    const { where, only } = job;
    const worker = this.#worker;
    return new Promise((resolve) => {
      const finish = (result: Result<LayerReading>): void => {
        signal?.removeEventListener("abort", onAbort);
        worker.off("message", onMessage).off("error", onError).off("exit", onExit);
        resolve(result);
      };
      const onAbort = (): void => {
        this.#isOver = true;
        void worker.terminate().then(() => finish(failed(cancelled(where))));
      };
      const onMessage = (reply: WorkerReply): void => {
        if (reply.kind === "progress") onRead(job, reply.readBytes);
        else finish(toResult(reply));
      };
      const onError = (error: unknown): void => finish(failed(died(where, String(error))));
      const onExit = (): void =>
        finish(failed(signal?.aborted === true ? cancelled(where) : died(where, "it ended")));
      worker.on("message", onMessage).on("error", onError).on("exit", onExit);
      if (signal?.aborted === true) return onAbort();
      signal?.addEventListener("abort", onAbort, { once: true });
      const cacheFolder = cache?.folder ?? null;
      const request: WorkerRequest = { layer, where, only: [...only], budgets, cacheFolder };
      worker.postMessage(request);
    });
  }
}

function toResult(reply: Exclude<WorkerReply, { kind: "progress" }>): Result<LayerReading> {
  if (reply.kind === "failed") return failed(reply.failure);
  return success({ facts: parseLayerFacts(reply.facts), elfLines: reply.elfLines });
}

function died(what: string, why: string): Failure {
  const reason = `the worker thread that read it stopped: ${why}`;
  return { kind: "unreachable", what, where: null, reason };
}
