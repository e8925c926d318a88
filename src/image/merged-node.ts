import type { FileEntry } from "./layer-facts.ts";
import type { RootfsNode } from "./rootfs.ts";

/** A node of the merge: the public node, where its facts are kept, and what lies in it. */
export interface MergedNode extends RootfsNode {
  /** The merge that made it, and may change it; a merge that is laid over it takes a copy first. */
  readonly merge: object;
  /** Path of the entry whose content it is: of the first name of a hard link. */
  readonly contentPath: string;
  readonly children: Map<string, MergedNode>;
}

/** Of all that is no directory. Nothing is ever put into it. */
export const noChildren: Map<string, MergedNode> = new Map();

/** A directory that no entry names: root's, 0755, as engines make it. */
export function impliedDirectory(path: string): FileEntry {
  return { path, type: "directory", mode: 0o755, uid: 0, gid: 0, sizeBytes: 0 };
}
