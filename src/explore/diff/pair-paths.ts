import type { MergedRootfs } from "../../image/merge.ts";
import type { RootfsNode } from "../../image/rootfs.ts";
import { rootOf } from "../du/usage.ts";
import { joinPath } from "../find-path.ts";

/** One path and what stands there; null where nothing does, in one of them at most. */
export interface PathPair {
  /** Real in each image that has it. */
  readonly path: string;
  readonly before: RootfsNode | null;
  readonly after: RootfsNode | null;
}

/**
 * Every path that one of two images has, once; a directory before what lies in it, else in no order. No list of all paths is made:
 * of images with hundreds of thousands of files that is most of what a comparison takes.
 */
export function* pairPaths(before: MergedRootfs, after: MergedRootfs): Generator<PathPair> {
  const roots = { path: "/", before: rootOf(before).node, after: rootOf(after).node };
  yield roots;
  const open: PathPair[] = [roots];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const pair of pairsIn(next, before, after)) {
      yield pair;
      if (isDirectory(pair.before) || isDirectory(pair.after)) open.push(pair);
    }
  }
}

function* pairsIn(
  { path, ...pair }: PathPair,
  before: MergedRootfs,
  after: MergedRootfs,
): Generator<PathPair> {
  const none: ReadonlyMap<string, RootfsNode> = new Map();
  const old = isDirectory(pair.before) ? before.children(path) : none;
  const now = isDirectory(pair.after) ? after.children(path) : none;
  for (const [name, node] of old) {
    yield { path: joinPath(path, name), before: node, after: now.get(name) ?? null };
  }
  for (const [name, node] of now) {
    if (!old.has(name)) yield { path: joinPath(path, name), before: null, after: node };
  }
}

const isDirectory = (node: RootfsNode | null): boolean => node?.entry.type === "directory";
