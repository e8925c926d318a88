import { readFiles, type FileSink } from "../../image/read-files.ts";
import type { RootfsNode } from "../../image/rootfs.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import { onlyFacts } from "../open-base-view.ts";
import type { View } from "../open-view.ts";
import { requestFiles } from "../request-files.ts";
import { LineSearch, maxLineBytes, type SearchStop } from "./line-search.ts";

/** Milliseconds for 256 KiB of lines: far more than any expression needs that does not go through all ways to read a line. */
const searchLimitMs = 20_000;

export interface GrepOptions {
  readonly signal: AbortSignal;
  /** Told of each layer that has to be read again, before it is. */
  readonly onLayer: (index: number, files: number) => void;
  readonly onProgress: (readBytes: number, totalBytes: number) => void;
  /** Milliseconds for 256 KiB of lines; absent: 20 seconds. */
  readonly limitMs?: number;
}

/**
 * How many lines of each file the pattern is found in; a file with none is left out. Layers that hold none of the files are
 * not read. The bytes are verified: one that is not right fails the whole. Lines are UTF-8, or Latin-1 where they are not.
 * `over-limit` for an expression that takes too long, `cancelled` also for a Ctrl-C while it is tried.
 */
export async function grepFiles(
  view: View,
  nodes: ReadonlySet<RootfsNode>,
  { pattern, ...options }: GrepOptions & { readonly pattern: RegExp },
): Promise<Result<ReadonlyMap<RootfsNode, number>>> {
  const { reference } = view.image;
  if (view.base !== null) return failed(onlyFacts(reference));
  const { limitMs = searchLimitMs } = options;
  const stopping = new AbortController();
  let stopped: Failure | null = null;
  const search = new LineSearch(pattern, limitMs, (stop) => {
    stopped = describeStop(stop, reference, limitMs);
    stopping.abort();
  });
  const signal = AbortSignal.any([options.signal, stopping.signal]);
  const lines = new Map<RootfsNode, LineCounter>();
  for (const [index, files] of groupByLayer(nodes)) {
    const [layer, facts] = [view.image.layers[index], view.layers[index]];
    if (layer === undefined || facts === undefined) continue;
    options.onLayer(index, files.length);
    const request = requestFiles(facts, files, (node) => {
      const counter = new LineCounter(search);
      // Of a pass that counts for nothing there may be another one.
      lines.set(node, counter);
      return counter;
    });
    const read = await readFiles(layer, request, {
      where: reference,
      signal,
      onProgress: (bytes) =>
        options.onProgress(bytes, layer.kind === "directory" ? 0 : (layer.lengthBytes ?? 0)),
      ...(layer.kind === "directory" ? { entries: facts.entries } : {}),
    });
    search.flush();
    if (stopped !== null) return failed(stopped);
    if (!read.ok) return read;
  }
  const counts = [...lines].map(([node, { count }]) => [node, count] as const);
  return success(new Map(counts.filter(([, count]) => count > 0)));
}

function describeStop(stop: SearchStop, reference: string, limitMs: number): Failure {
  switch (stop) {
    case "interrupted":
      return { kind: "cancelled", what: reference, where: null };
    case "over-time": {
      const budget = "the time of the expression";
      return {
        kind: "over-limit",
        what: reference,
        where: null,
        budget,
        limit: limitMs,
        unit: "ms",
      };
    }
  }
}

/** Bottom first. */
function groupByLayer(
  nodes: ReadonlySet<RootfsNode>,
): readonly (readonly [index: number, files: readonly RootfsNode[]])[] {
  const byLayer = new Map<number, RootfsNode[]>();
  for (const node of nodes) {
    if (node.entry.type !== "file") continue;
    const files = byLayer.get(node.layerIndex);
    if (files === undefined) byLayer.set(node.layerIndex, [node]);
    else files.push(node);
  }
  return [...byLayer].toSorted(([a], [b]) => a - b);
}

/** Counts the lines of one file that are like the expression; whole only after the search's `flush`. */
class LineCounter implements FileSink {
  readonly #search: LineSearch;
  #rest: Buffer = Buffer.alloc(0);
  #longLine: (() => void) | null = null;
  count = 0;

  constructor(search: LineSearch) {
    this.#search = search;
  }

  write(bytes: Uint8Array): boolean {
    const whole = Buffer.concat([this.#rest, bytes]);
    let at = this.#endLongLine(whole);
    const end = whole.lastIndexOf(0x0a) + 1;
    if (end > at) {
      this.#search.add(whole.subarray(at, end), this.#countOne);
      at = end;
    }
    for (; whole.byteLength - at > maxLineBytes; at += maxLineBytes) {
      this.#longLine ??= this.#countOnce();
      this.#search.add(whole.subarray(at, at + maxLineBytes), this.#longLine);
    }
    this.#rest = whole.subarray(at);
    return true;
  }

  end(): void {
    if (this.#rest.byteLength > 0) this.#search.add(this.#rest, this.#longLine ?? this.#countOne);
  }

  /** The rest of a line of which pieces were searched already. Comes to where the next line begins, 0 where it does not. */
  #endLongLine(whole: Buffer): number {
    const end = this.#longLine === null ? -1 : whole.indexOf(0x0a);
    if (end < 0) return 0;
    if (this.#longLine !== null) this.#search.add(whole.subarray(0, end), this.#longLine);
    this.#longLine = null;
    return end + 1;
  }

  readonly #countOne = (): void => {
    this.count++;
  };

  /** Several pieces of a line may match: it is one. */
  #countOnce(): () => void {
    let isCounted = false;
    return () => {
      if (!isCounted) this.count++;
      isCounted = true;
    };
  }
}
