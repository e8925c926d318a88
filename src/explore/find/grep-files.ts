import { isUtf8 } from "node:buffer";
import { readFiles, type FileSink } from "../../image/read-files.ts";
import type { RootfsNode } from "../../image/rootfs.ts";
import { failed, success, type Result } from "../../model/failure.ts";
import { onlyFacts } from "../open-base-view.ts";
import type { View } from "../open-view.ts";
import { requestFiles } from "../request-files.ts";

/** Longest piece of a line that is searched at once; a longer line is searched piece by piece. In bytes. */
const maxLineBytes = 64 * 1024;

export interface GrepOptions {
  readonly signal: AbortSignal;
  /** Told of each layer that has to be read again, before it is. */
  readonly onLayer: (index: number, files: number) => void;
  readonly onProgress: (readBytes: number, totalBytes: number) => void;
}

/**
 * How many lines of each file the pattern is found in; a file with none is left out. Layers that hold none of the files are
 * not read. The bytes are verified: one that is not right fails the whole. Lines are UTF-8, or Latin-1 where they are not.
 */
export async function grepFiles(
  view: View,
  nodes: ReadonlySet<RootfsNode>,
  { pattern, ...options }: GrepOptions & { readonly pattern: RegExp },
): Promise<Result<ReadonlyMap<RootfsNode, number>>> {
  if (view.base !== null) return failed(onlyFacts(view.image.reference));
  const byLayer = groupByLayer(nodes);
  const counts = new Map<RootfsNode, number>();
  const layers = [...byLayer.keys()].toSorted((a, b) => a - b);
  for (const index of layers) {
    const [layer, facts] = [view.image.layers[index], view.layers[index]];
    const files = byLayer.get(index);
    if (layer === undefined || facts === undefined || files === undefined) continue;
    options.onLayer(index, files.length);
    const request = requestFiles(
      facts,
      files,
      (node) => new LineCounter(pattern, (count) => tell(node, count)),
    );
    const read = await readFiles(layer, request, {
      where: view.image.reference,
      signal: options.signal,
      onProgress: (bytes) =>
        options.onProgress(bytes, layer.kind === "directory" ? 0 : (layer.lengthBytes ?? 0)),
      ...(layer.kind === "directory" ? { entries: facts.entries } : {}),
    });
    if (!read.ok) return read;
  }
  return success(counts);

  function tell(node: RootfsNode, count: number): void {
    if (count > 0) counts.set(node, count);
    // Of a pass that counts for nothing there may be another number.
    else counts.delete(node);
  }
}

function groupByLayer(nodes: ReadonlySet<RootfsNode>): ReadonlyMap<number, readonly RootfsNode[]> {
  const byLayer = new Map<number, RootfsNode[]>();
  for (const node of nodes) {
    if (node.entry.type !== "file") continue;
    const files = byLayer.get(node.layerIndex);
    if (files === undefined) byLayer.set(node.layerIndex, [node]);
    else files.push(node);
  }
  return byLayer;
}

class LineCounter implements FileSink {
  readonly #pattern: RegExp;
  readonly #onEnd: (count: number) => void;
  #rest: Buffer = Buffer.alloc(0);
  #count = 0;

  constructor(pattern: RegExp, onEnd: (count: number) => void) {
    this.#pattern = pattern;
    this.#onEnd = onEnd;
  }

  write(bytes: Uint8Array): boolean {
    const whole = Buffer.concat([this.#rest, bytes]);
    let at = 0;
    for (let end = whole.indexOf(0x0a); end >= 0; end = whole.indexOf(0x0a, at)) {
      this.#search(whole.subarray(at, end));
      at = end + 1;
    }
    while (whole.byteLength - at > maxLineBytes) {
      this.#search(whole.subarray(at, at + maxLineBytes));
      at += maxLineBytes;
    }
    this.#rest = whole.subarray(at);
    return true;
  }

  end(): void {
    if (this.#rest.byteLength > 0) this.#search(this.#rest);
    this.#onEnd(this.#count);
  }

  #search(line: Buffer): void {
    for (let at = 0; at === 0 || at < line.byteLength; at += maxLineBytes) {
      const piece = line.subarray(at, at + maxLineBytes);
      const text = piece.toString(isUtf8(piece) ? "utf8" : "latin1");
      if (!this.#pattern.test(text)) continue;
      this.#count++;
      return;
    }
  }
}
