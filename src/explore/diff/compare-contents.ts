import { createHash } from "node:crypto";
import type { RootfsNode } from "../../image/rootfs.ts";
import { readFiles } from "../../image/read-files.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import { onlyFacts } from "../open-base-view.ts";
import type { View } from "../open-view.ts";
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
    const nodes = undecided.map((one) => one[side]);
    const hashed = await hashFiles(view, nodes, options);
    failures.push(...hashed.failures);
    return hashed;
  };
  const old = await hash(before, "before");
  // Without one side there is nothing to hold the other against.
  const now = old.byKey.size === 0 ? old : await hash(after, "after");
  const changes: FileChange[] = [];
  const open: Undecided[] = [];
  for (const one of undecided) {
    const a = old.byKey.get(keyOf(one.before));
    const b = old === now ? undefined : now.byKey.get(keyOf(one.after));
    const isKnown = a !== undefined && b !== undefined;
    if (!isKnown) open.push(one);
    else if (a !== b || one.aspects.length > 0) changes.push(changeOf(one, a !== b));
  }
  return { changes, undecided: open, failures };
}

interface Hashes {
  /** By layer and path in it. */
  readonly byKey: ReadonlyMap<string, string>;
  readonly failures: readonly Failure[];
}

const keyOf = ({ layerIndex, entry }: RootfsNode): string => `${layerIndex} ${entry.path}`;

async function hashFiles(
  view: View,
  nodes: readonly RootfsNode[],
  options: CompareContentsOptions,
): Promise<Hashes> {
  const { image, base } = view;
  if (nodes.length === 0) return { byKey: new Map(), failures: [] };
  if (base !== null) return { byKey: new Map(), failures: [onlyFacts(image.reference)] };
  const byKey = new Map<string, string>();
  const failures: Failure[] = [];
  const wanted = groupByLayer(nodes);
  const totalBytes = [...wanted.keys()].reduce((sum, index) => sum + storedBytes(view, index), 0);
  let doneBytes = 0;
  for (const [index, paths] of wanted) {
    const onProgress = (readBytes: number): void =>
      options.onProgress?.(image.reference, { readBytes: doneBytes + readBytes, totalBytes });
    const read = await hashLayer(view, { index, paths }, { ...options, onProgress });
    doneBytes += storedBytes(view, index);
    if (!read.ok) failures.push(read.failure);
    else for (const [path, sha256] of read.value) byKey.set(`${index} ${path}`, sha256);
  }
  return { byKey, failures };
}

function groupByLayer(nodes: readonly RootfsNode[]): ReadonlyMap<number, ReadonlySet<string>> {
  const groups = new Map<number, Set<string>>();
  for (const { layerIndex, entry } of nodes) {
    const group = groups.get(layerIndex);
    if (group === undefined) groups.set(layerIndex, new Set([entry.path]));
    else group.add(entry.path);
  }
  return groups;
}

function storedBytes({ image }: View, index: number): number {
  const layer = image.layers[index];
  return layer === undefined || layer.kind === "directory" ? 0 : (layer.lengthBytes ?? 0);
}

interface LayerFiles {
  readonly index: number;
  readonly paths: ReadonlySet<string>;
}

/** sha256 by path, of the last entry of each path. */
async function hashLayer(
  { image, layers }: View,
  { index, paths }: LayerFiles,
  {
    signal,
    onProgress,
  }: { readonly signal?: AbortSignal; readonly onProgress: (readBytes: number) => void },
): Promise<Result<ReadonlyMap<string, string>>> {
  const layer = image.layers[index];
  if (layer === undefined) throw new RangeError(`Cannot read layer ${index}: there is none`);
  const hashes = new Map<string, string>();
  const entries = layers[index]?.entries;
  const read = await readFiles(
    layer,
    {
      wants: ({ path }) => paths.has(path),
      open({ path }) {
        const hash = createHash("sha256");
        return {
          write(bytes) {
            hash.update(bytes);
            return true;
          },
          end: () => void hashes.set(path, hash.digest("hex")),
        };
      },
    },
    {
      where: image.reference,
      onProgress,
      ...(signal === undefined ? {} : { signal }),
      ...(entries === undefined ? {} : { entries }),
    },
  );
  return read.ok ? success(hashes) : failed(read.failure);
}
