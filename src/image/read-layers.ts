import { availableParallelism } from "node:os";
import { withBudgets } from "../model/budgets.ts";
import { failed, success, type Result } from "../model/failure.ts";
import type { CachedLayer, FactsCache } from "./cache/facts-cache.ts";
import { holdElfLines, joinElfStores } from "./elf-lines.ts";
import { EntryCount } from "./entry-count.ts";
import type { FetchedLayer, Layer, LocalLayer } from "./image.ts";
import { keepYoungSmall } from "./young-memory.ts";
import type { LayerBudgets } from "./layer-budgets.ts";
import type { LayerReading } from "./layer-context.ts";
import type { ElfStore, LayerFacts } from "./layer-facts.ts";
import type { LayerJob, OnRead } from "./layer-workers.ts";
import { withSections } from "./layer-record.ts";
import { sectionNames, type SectionName } from "./readers/section-names.ts";
import type { Unpacking } from "./unpack-blob.ts";
import type { UnpackThread } from "./unpack-thread.ts";

export interface ReadLayersOptions {
  /** Absent: nothing is looked up or kept. */
  readonly cache?: FactsCache;
  readonly budgets?: Partial<LayerBudgets>;
  readonly signal?: AbortSignal;
  /** Sections that will be asked for; absent: all. Of a cached layer the others are not loaded and come back empty. */
  readonly sections?: ReadonlySet<SectionName>;
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
  /** 0 where it is not known: an engine says no sizes. */
  readonly totalBytes: number;
  /** They come from elsewhere meanwhile; absent: they are here. */
  readonly isPulling?: boolean;
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
  const counted = new EntryCount(withBudgets(options.budgets).imageEntries);
  if (open.length === 0) {
    return jobs.map((job) => counted.add(finish(job, null, options.cache), job.where));
  }
  // What reads and unpacks is half of the program: it is loaded only for a layer that has to be read.
  const { readInWorkers } = await import("./layer-workers.ts");
  const onRead = countProgress(open, options);
  const bytes = open.filter(({ layer }) => layer.kind !== "directory");
  const parallel = options.parallel ?? availableParallelism();
  // What comes out of an engine has no size yet; few of its images are small.
  const isOfEngine = bytes.some(({ layer }) => layer.kind === "remote" && layer.digest === null);
  const isBig = parallel > 1 && (isOfEngine || sumBytes(bytes) >= workersPayBytes);
  if (isBig) keepYoungSmall();
  const inWorkers = isBig && parallel >= manyProcessors && bytes.length > 1 ? bytes : [];
  const fromWorkers = readInWorkers(inWorkers, { ...options, parallel, onRead });
  const thread =
    isBig && inWorkers.length === 0 ? (await import("./thread-ahead.ts")).takeThread() : null;
  const unpackings = beginAll(inWorkers.length === 0 ? bytes : [], thread, { ...options, onRead });
  const results: Result<ReadLayer>[] = [];
  try {
    for (const job of jobs) {
      const reading =
        fromWorkers.get(job) ?? readHere(job, await unpackings.get(job), { ...options, onRead });
      const read = await releasing(job, await reading, () =>
        readHere(job, undefined, { ...options, onRead }),
      );
      const layer = finish(job, read, options.cache);
      results.push(counted.add(layer, job.where));
    }
  } finally {
    await thread?.close();
  }
  return results;
}

/**
 * Every layer of bytes as it is in this machine, in their order, and with a thread what that unpacks of it. The bytes of
 * all remote layers begin to come at once; the thread is asked for each layer when the first of them are there.
 */
function beginAll(
  jobs: readonly Job[],
  thread: UnpackThread | null,
  { onRead, signal, budgets }: ReadLayersOptions & { readonly onRead: OnRead<Job> },
): ReadonlyMap<Job, Promise<Located>> {
  const located = new Map<Job, Promise<Located>>();
  const locating = jobs.map((job) => ({ job, layer: job.locate() }));
  let before: Promise<unknown> = Promise.resolve();
  for (const { job, layer } of locating) {
    const begin = async (previous: Promise<unknown>): Promise<Located> => {
      await previous;
      const local = await layer;
      if (!local.ok || local.value.kind !== "blob" || thread === null) return { layer: local };
      const onProgress = (readBytes: number): void => onRead(job, readBytes);
      const unpacking = thread.begin(local.value, {
        signal,
        onProgress,
        budgets: withBudgets(budgets),
      });
      return { layer: local, unpacking };
    };
    const one = begin(before);
    located.set(job, one);
    before = one;
  }
  return located;
}

/** Where a layer is, and who unpacks it where that is not this thread. */
interface Located {
  readonly layer: Result<LocalLayer>;
  readonly unpacking?: Unpacking;
}

interface Job extends LayerJob {
  readonly layer: Layer;
  readonly cached: CachedLayer | null;
  /** What `locate` fetched; null before, and where there was nothing to fetch. */
  fetched: FetchedLayer | null;
}

const pulled = (readBytes: number): ReadProgress => ({ readBytes, totalBytes: 0, isPulling: true });

function makeJob(layer: Layer, options: ReadLayersOptions): Job {
  const { cache, nameOf, signal, sections, onProgress } = options;
  const where = nameOf?.(layer) ?? nameOfLayer(layer);
  const diffId = layer.kind === "directory" ? null : layer.diffId;
  const cached = diffId === null ? null : (cache?.load(diffId, where, sections) ?? null);
  const job: Job = {
    layer,
    where,
    cached,
    only: new Set(cached?.stale ?? sectionNames),
    lengthBytes: layer.kind === "directory" ? 0 : (layer.lengthBytes ?? 0),
    fetched: null,
    async locate() {
      if (layer.kind !== "remote") return success(layer);
      // What has no length comes whole before any of it is read.
      const isUnknown = layer.lengthBytes === null;
      const fetched = await layer.fetch({
        ...(signal === undefined ? {} : { signal }),
        ...(isUnknown ? { onProgress: (bytes) => onProgress?.(pulled(bytes)) } : {}),
      });
      if (!fetched.ok) return fetched;
      job.fetched = fetched.value;
      return success(fetched.value.layer);
    },
  };
  return job;
}

/** The layer by its own name. */
export function nameOfLayer(layer: Layer): string {
  switch (layer.kind) {
    case "blob":
      return layer.file;
    case "directory":
      return layer.directory;
    case "remote":
      return layer.name;
  }
}

function sumBytes(jobs: readonly Job[]): number {
  return jobs.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);
}

function countProgress(jobs: readonly Job[], { onProgress }: ReadLayersOptions): OnRead<Job> {
  const totalBytes = sumBytes(jobs);
  const byJob = new Map<Job, number>();
  let readBytes = 0;
  return (job, jobBytes) => {
    readBytes += jobBytes - (byJob.get(job) ?? 0);
    byJob.set(job, jobBytes);
    // The bytes of all remote layers begin to come at once; those that were kept do not arrive.
    const isPulling = jobs.some(({ fetched }) => fetched?.layer.arriving !== undefined);
    onProgress?.({ readBytes, totalBytes, ...(isPulling ? { isPulling } : {}) });
  };
}

async function readHere(
  job: Job,
  located: Located | undefined,
  options: ReadLayersOptions & { readonly onRead: OnRead<Job> },
): Promise<Result<LayerReading> | null> {
  const { where, only } = job;
  if (only.size === 0) return null;
  const { budgets, signal, cache, onRead } = options;
  const layer = await (located?.layer ?? job.locate());
  if (!layer.ok) return layer;
  const unpacking = located?.unpacking;
  const { readLayer } = await import("./read-layer.ts");
  return readLayer(layer.value, {
    where,
    only,
    onProgress: (readBytes) => onRead(job, readBytes),
    ...(budgets === undefined ? {} : { budgets }),
    ...(signal === undefined ? {} : { signal }),
    ...(cache === undefined ? {} : { known: cache.elf }),
    ...(unpacking === undefined ? {} : { unpacking }),
  });
}

/**
 * Gives the bytes of a remote layer back. When they did not all come, that is why it could not be read. Those that were kept and are
 * damaged are brought anew and read `again`, once.
 */
async function releasing(
  job: Job,
  reading: Result<LayerReading> | null,
  again?: () => Promise<Result<LayerReading> | null>,
): Promise<Result<LayerReading> | null> {
  const { fetched } = job;
  if (fetched === null || reading === null) return reading;
  // A stream that was read to its end was hashed as a whole.
  const isVerified = reading.ok && reading.value.facts.diffId !== null;
  const whole = isVerified ? success(null) : await fetched.whole;
  const isDamaged = await fetched.release(isVerified);
  if (isDamaged && again !== undefined) return releasing(job, await again(), undefined);
  return whole.ok ? reading : whole;
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
  const stores = [holdElfLines(elfLines), ...(cached === null ? [] : [cached.elf])];
  const elf = joinElfStores(cache === undefined ? stores : [...stores, cache.elf]);
  return success({ facts, elf, cachedAt: null });
}

/** A section that is not there was not wanted: of those that were none is stale. */
function fromCache({ core, sections }: CachedLayer): LayerFacts {
  const { elf = unread, shebangs = unread, texts = unread } = sections;
  const { loaderCaches = unread, packages = unread } = sections;
  return withSections(core, { elf, shebangs, texts, loaderCaches, packages });
}

/** Revision 0: it is never stored. */
const unread = { revision: 0, byPath: {}, failures: [] };
