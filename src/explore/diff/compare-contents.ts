import { readFiles } from "../../image/read-files.ts";
import type { RootfsNode } from "../../image/rootfs.ts";
import { collectAll } from "../../image/young-memory.ts";
import type { Failure } from "../../model/failure.ts";
import { onlyFacts } from "../open-base-view.ts";
import type { View } from "../open-view.ts";
import { requestFiles } from "../request-files.ts";
import { hashFile } from "./hash-file.ts";
import { changeOf, type FileChange, type Undecided } from "./file-changes.ts";

export interface CompareContentsOptions {
  readonly signal?: AbortSignal;
  /** Told which image is read and how many of how many stored bytes were. */
  readonly onProgress?: (
    reference: string,
    progress: { readonly readBytes: number; readonly totalBytes: number },
  ) => void;
}

/** Which of the files of equal size differ, and which could not be read to tell. */
export interface ComparedContents {
  /** Those of the undecided that are not the same, by path. */
  readonly changes: readonly FileChange[];
  /** Still not decided, for the reasons in `failures`. */
  readonly undecided: readonly Undecided[];
  readonly failures: readonly Failure[];
}

/**
 * Hashes the contents of files that no facts tell apart. Only layers that hold one of them are read, each once. An image
 * whose bytes are not here (a base of the catalogue), or a layer that cannot be read, leaves its files undecided.
 */
export async function compareContents(
  undecided: readonly Undecided[],
  [before, after]: readonly [View, View],
  options: CompareContentsOptions,
): Promise<ComparedContents> {
  const failures: Failure[] = [];
  const hash = async (view: View, side: "before" | "after"): Promise<Hashes> => {
    // To read images and to pair their files left much behind, and so does each of the passes.
    if (undecided.length > manyFiles) collectAll();
    const hashed = await hashFiles(view, groupByLayer(undecided, side), options);
    failures.push(...hashed.failures);
    return hashed.byNode;
  };
  const old = await hash(before, "before");
  // Without one side there is nothing to hold the other against.
  const now: Hashes = old.size === 0 ? new Map() : await hash(after, "after");
  const changes: FileChange[] = [];
  const open: Undecided[] = [];
  for (const one of undecided) {
    const [a, b] = [old.get(one.before), now.get(one.after)];
    if (a === undefined || b === undefined) open.push(one);
    else if (a !== b || one.aspects.length > 0) changes.push(changeOf(one, a !== b));
  }
  return { changes, undecided: open, failures };
}

/** From so many on it is worth the time to collect what is dead. */
const manyFiles = 20_000;

/** sha256 by file, in base64. */
type Hashes = ReadonlyMap<RootfsNode, string>;

async function hashFiles(
  view: View,
  wanted: ReadonlyMap<number, readonly RootfsNode[]>,
  options: CompareContentsOptions,
): Promise<{ readonly byNode: Hashes; readonly failures: readonly Failure[] }> {
  const { image, base } = view;
  if (wanted.size === 0) return { byNode: new Map(), failures: [] };
  if (base !== null) return { byNode: new Map(), failures: [onlyFacts(image.reference)] };
  const byNode = new Map<RootfsNode, string>();
  const failures: Failure[] = [];
  const totalBytes = [...wanted.keys()].reduce((sum, index) => sum + storedBytes(view, index), 0);
  let doneBytes = 0;
  for (const [index, nodes] of wanted) {
    const onProgress = (readBytes: number): void =>
      options.onProgress?.(image.reference, { readBytes: doneBytes + readBytes, totalBytes });
    const found = { index, nodes, byNode };
    const failure = await hashLayer(view, found, { ...options, onProgress });
    doneBytes += storedBytes(view, index);
    if (failure === null) continue;
    failures.push(failure);
    // What came before the layer turned out not to be right counts for nothing.
    for (const node of nodes) byNode.delete(node);
  }
  return { byNode, failures };
}

/** Files of one side by the place of their layer; one with several names may come several times. */
function groupByLayer(
  undecided: readonly Undecided[],
  side: "before" | "after",
): ReadonlyMap<number, readonly RootfsNode[]> {
  const groups = new Map<number, RootfsNode[]>();
  for (const { [side]: node } of undecided) {
    const group = groups.get(node.layerIndex);
    if (group === undefined) groups.set(node.layerIndex, [node]);
    else group.push(node);
  }
  return groups;
}

function storedBytes({ image }: View, index: number): number {
  const layer = image.layers[index];
  return layer === undefined || layer.kind === "directory" ? 0 : (layer.lengthBytes ?? 0);
}

interface LayerFiles {
  readonly index: number;
  readonly nodes: readonly RootfsNode[];
  /** Takes what is found. */
  readonly byNode: Map<RootfsNode, string>;
}

/** Why the layer could not be read; null when it was. */
async function hashLayer(
  { image, layers }: View,
  { index, nodes, byNode }: LayerFiles,
  {
    signal,
    onProgress,
  }: { readonly signal?: AbortSignal; readonly onProgress: (readBytes: number) => void },
): Promise<Failure | null> {
  const [layer, facts] = [image.layers[index], layers[index]];
  if (layer === undefined || facts === undefined)
    throw new RangeError(`Cannot read layer ${index}: there is none`);
  const request = requestFiles(facts, nodes, (node) =>
    hashFile(node.entry.sizeBytes, (sha256) => void byNode.set(node, sha256)),
  );
  const read = await readFiles(layer, request, {
    where: image.reference,
    onProgress,
    ...(signal === undefined ? {} : { signal }),
    ...(layer.kind === "directory" ? { entries: facts.entries } : {}),
  });
  return read.ok ? null : read.failure;
}
