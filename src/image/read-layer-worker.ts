import { parentPort } from "node:worker_threads";
import { FactsCache } from "./cache/facts-cache.ts";
import { serialiseLayerFacts } from "./layer-record.ts";
import type { WorkerReply, WorkerRequest } from "./layer-workers.ts";
import { readLayer } from "./read-layer.ts";
import { readers } from "./readers/list.ts";

/** The body of a worker thread: reads the layers it is asked for, one at a time. Started by `readInWorkers`. */
parentPort?.on("message", (request: WorkerRequest) => void answer(request));

async function answer(request: WorkerRequest): Promise<void> {
  const { layer, where, only, budgets, cacheFolder } = request;
  const known = cacheFolder === null ? undefined : new FactsCache(cacheFolder, readers).elf;
  const result = await readLayer(layer, {
    where,
    budgets,
    only: new Set(only),
    onProgress: (readBytes) => post({ kind: "progress", readBytes }),
    ...(known === undefined ? {} : { known }),
  });
  if (!result.ok) {
    post({ kind: "failed", failure: result.failure });
    return;
  }
  const { facts, elfLines } = result.value;
  post({ kind: "read", facts: serialiseLayerFacts(facts), elfLines }, [elfLines.buffer]);
}

function post(reply: WorkerReply, transfer: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(reply, transfer);
}
