import { HeldFiles } from "../image/held-files.ts";
import { readFiles } from "../image/read-files.ts";
import type { ReadProgress } from "../image/read-layers.ts";
import type { RootfsNode } from "../image/rootfs.ts";
import { failed, success, type Failure, type Result } from "../model/failure.ts";
import { findPath, type FoundPath } from "./find-path.ts";
import { onlyFacts } from "./open-base-view.ts";
import type { View } from "./open-view.ts";
import { requestFiles } from "./request-files.ts";

/** Contents of files, verified. To be closed. */
export interface Contents {
  /** In pieces of up to 1 MiB, in order. */
  read(node: RootfsNode): Iterable<Uint8Array>;
  close(): void;
}

export interface ReadContentsOptions {
  /** Where contents go that are too big for memory. */
  readonly temporaryFolder: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ReadProgress) => void;
}

/**
 * Reads the contents of regular files of a view, each layer that holds some of them once. Nothing is given out before all
 * of it was verified. `unsupported` for a base of the catalogue, of which only facts are kept.
 */
export async function readContents(
  view: Pick<View, "image" | "base" | "layers">,
  nodes: readonly RootfsNode[],
  options: ReadContentsOptions,
): Promise<Result<Contents>> {
  const { image, base, layers } = view;
  if (base !== null) return failed(onlyFacts(image.reference));
  const held = new HeldFiles(options.temporaryFolder);
  const keys = new Map(nodes.map((node, at) => [node, String(at)]));
  const keyOf = (node: RootfsNode): string => keys.get(node) ?? "";
  for (const index of new Set(nodes.map(({ layerIndex }) => layerIndex))) {
    const [layer, facts] = [image.layers[index], layers[index]];
    if (layer === undefined || facts === undefined)
      throw new TypeError(`Cannot read a file: there is no layer ${index}`);
    const inLayer = nodes.filter(({ layerIndex }) => layerIndex === index);
    const totalBytes = layer.kind === "directory" ? 0 : (layer.lengthBytes ?? 0);
    const request = requestFiles(facts, inLayer, (node) => held.open(keyOf(node)));
    const read = await readFiles(layer, request, {
      where: image.reference,
      onProgress: (readBytes) => options.onProgress?.({ readBytes, totalBytes }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...(layer.kind === "directory" ? { entries: facts.entries } : {}),
    });
    const missing = inLayer.find((node) => !held.has(keyOf(node)));
    const failure = read.ok ? missingIn(missing, image.reference) : read.failure;
    if (failure === null) continue;
    held.close();
    return failed(failure);
  }
  return success({
    read: (node) => held.read(keyOf(node)),
    close: () => held.close(),
  });
}

/** The facts came from a cache, or the folder changed: what they name must still be there. */
function missingIn(missing: RootfsNode | undefined, where: string): Failure | null {
  if (missing === undefined) return null;
  const reason = "its layer does not hold it any more";
  const what = missing.entry.path;
  return { kind: "malformed", what, where, format: "layer", reason, offsetBytes: null };
}

/** A regular file by its path, links followed. `not-found`, or `unsupported` for what has no contents. */
export function findRegularFile(
  view: Pick<View, "image" | "rootfs">,
  path: string,
): Result<FoundPath> {
  const where = view.image.reference;
  const found = findPath(view.rootfs, path, { where, followsLast: true });
  if (!found.ok) return found;
  const { type } = found.value.node.entry;
  if (type === "file") return found;
  const reason = type === "directory" ? "it is a directory" : `it is a ${words[type] ?? type}`;
  return failed({ kind: "unsupported", what: path, where, reason });
}

const words: Readonly<Record<string, string>> = {
  character: "character device",
  block: "block device",
  fifo: "named pipe",
};
