import { availableParallelism } from "node:os";
import { failed, success, type Result } from "../model/failure.ts";
import type { CachedLayer, FactsCache } from "./cache/facts-cache.ts";
import { joinElfStores, openElfLines } from "./elf-lines.ts";
import type { Layer } from "./image.ts";
import type { LayerBudgets } from "./layer-budgets.ts";
import type { LayerReading } from "./layer-context.ts";
import type { ElfStore, LayerFacts } from "./layer-facts.ts";
import { readInWorkers, type LayerJob, type OnRead } from "./layer-workers.ts";
import { readLayer } from "./read-layer.ts";
import { sectionNames } from "./readers/section-names.ts";
import type { Unpacking } from "./unpack-blob.ts";
import { takeThread } from "./thread-ahead.ts";
import type { UnpackThread } from "./unpack-thread.ts";

export interface ReadLayersOptions {
  /** Absent: nothing is looked up or kept. */
  readonly cache?: FactsCache;
  readonly budgets?: Partial<LayerBudgets>;
  readonly signal?: AbortSignal;
  /** Over all layers that have to be read. */
  readonly onProgress?: (progress: ReadProgress) => void;
  /** Name of a layer for failures; its file or folder when absent. */
  readonly nameOf?: (layer: Layer) => string;
  /** How many layers are read at the same time, the machine's processors when absent; 1 keeps all in this thread. */
  readonly parallel?: number;
}

/** Stored bytes of the layers that are read; folders are not in `totalBytes`. */
export interface ReadProgress {
  readonly readBytes: number;
  readonly totalBytes: number;
}

export interface ReadLayer {
  readonly facts: LayerFacts;
  /** Whole facts of the ELF files that `facts.elf` names. */
  readonly elf: ElfStore;
  /** When digest and diffId were verified, ISO 8601, where the facts come from the cache; null when it was now. */
  readonly cachedAt: string | null;
}

/** Below this many stored bytes in all, starting workers costs more than they save. */
const workersPayBytes = 8 * 1024 * 1024;

/**
 * From so many on each worker reads whole layers. With fewer, one thread that unpacks beside this one that reads keeps
 * all of them busy, whatever the number of layers, with less memory and nothing to copy.
 */
const manyProcessors = 4;

/**
 * The facts of layers, in their order: from the cache where it has them, read otherwise, several at once in worker
 * threads when that pays. A layer that fails does not stop the others. The order in which results are kept is that of
 * the layers, so that the cache comes out the same.
 */
export async function readLayers(
  layers: readonly Layer[],
  options: ReadLayersOptions,
): Promise<readonly Result<ReadLayer>[]> {
  const jobs = layers.map((layer) => makeJob(layer, options));
  const open = jobs.filter((job) => job.only.size > 0);
  const onRead = countProgress(open, options);
  const blobs = open.filter(({ layer }) => layer.kind === "blob");
  const parallel = options.parallel ?? availableParallelism();
  const isBig = parallel > 1 && sumBytes(blobs) >= workersPayBytes;
  const inWorkers = isBig && parallel >= manyProcessors && blobs.length > 1 ? blobs : [];
  const fromWorkers = readInWorkers(inWorkers, { ...options, parallel, onRead });
  const thread = isBig && inWorkers.length === 0 ? takeThread() : null;
  const unpackings = beginAll(blobs, thread, { ...options, onRead });
  const results: Result<ReadLayer>[] = [];
  try {
    for (const job of jobs) {
      const unpacking = unpackings.get(job);
      const reading =
        fromWorkers.get(job) ??
        readHere(job, { ...options, onRead, ...(unpacking === undefined ? {} : { unpacking }) });
      results.push(finish(job, await reading, options.cache));
    }
  } finally {
    await thread?.close();
  }
  return results;
}

/** The bytes of every layer that a thread unpacks, in their order. */
function beginAll(
  jobs: readonly Job[],
  thread: UnpackThread | null,
  { onRead, signal }: ReadLayersOptions & { readonly onRead: OnRead<Job> },
): ReadonlyMap<Job, Unpacking> {
  const unpackings = new Map<Job, Unpacking>();
  for (const job of jobs) {
    if (thread === null || job.layer.kind !== "blob") continue;
    const onProgress = (readBytes: number): void => onRead(job, readBytes);
    unpackings.set(job, thread.begin(job.layer, { signal, onProgress }));
  }
  return unpackings;
}

interface Job extends LayerJob {
  readonly cached: CachedLayer | null;
}

function makeJob(layer: Layer, { cache, nameOf }: ReadLayersOptions): Job {
  const where = nameOf?.(layer) ?? (layer.kind === "blob" ? layer.file : layer.directory);
  const diffId = layer.kind === "blob" ? layer.diffId : null;
  const cached = diffId === null ? null : (cache?.load(diffId, where) ?? null);
  return { layer, where, cached, only: new Set(cached?.stale ?? sectionNames) };
}

function sumBytes(jobs: readonly Job[]): number {
  return jobs.reduce((sum, { layer }) => sum + (layer.kind === "blob" ? layer.lengthBytes : 0), 0);
}

function countProgress(jobs: readonly Job[], { onProgress }: ReadLayersOptions): OnRead<Job> {
  const totalBytes = sumBytes(jobs);
  const byJob = new Map<Job, number>();
  let readBytes = 0;
  return (job, jobBytes) => {
    readBytes += jobBytes - (byJob.get(job) ?? 0);
    byJob.set(job, jobBytes);
    onProgress?.({ readBytes, totalBytes });
  };
}

async function readHere(
  job: Job,
  options: ReadLayersOptions & { readonly onRead: OnRead<Job>; readonly unpacking?: Unpacking },
): Promise<Result<LayerReading> | null> {
  const { layer, where, only } = job;
  if (only.size === 0) return null;
  const { budgets, signal, cache, onRead, unpacking } = options;
  return readLayer(layer, {
    where,
    only,
    onProgress: (readBytes) => onRead(job, readBytes),
    ...(budgets === undefined ? {} : { budgets }),
    ...(signal === undefined ? {} : { signal }),
    ...(cache === undefined ? {} : { known: cache.elf }),
    ...(unpacking === undefined ? {} : { unpacking }),
  });
}

/** Puts what was read and what was cached together, and keeps what is new. */
function finish(
  { cached, only }: Job,
  reading: Result<LayerReading> | null,
  cache: FactsCache | undefined,
): Result<ReadLayer> {
  if (reading === null) {
    if (cached === null) throw new TypeError("Cannot finish a layer: neither cached nor read");
    const facts = fromCache(cached);
    return success({ facts, elf: cached.elf, cachedAt: cached.verifiedAt });
  }
  if (!reading.ok) return failed(reading.failure);
  cache?.store(reading.value, only);
  const { facts: read, elfLines } = reading.value;
  const facts = cached === null ? read : { ...read, ...cached.sections };
  const stores = [openElfLines(elfLines), ...(cached === null ? [] : [cached.elf])];
  const elf = joinElfStores(cache === undefined ? stores : [...stores, cache.elf]);
  return success({ facts, elf, cachedAt: null });
}

function fromCache({ core, sections }: CachedLayer): LayerFacts {
  const { elf, shebangs, texts, loaderCaches, packages } = sections;
  if (!elf || !shebangs || !texts || !loaderCaches || !packages) {
    throw new TypeError("Cannot take a layer from the cache: a section is stale");
  }
  return { ...core, elf, shebangs, texts, loaderCaches, packages };
}
