import type { View } from "../open-view.ts";
import { findPath } from "../find-path.ts";
import { walkFiles, type WalkedFile } from "../walk-files.ts";
import type { Failure } from "../../model/failure.ts";

/** Whether a file is looked for. Pure. */
export type FileTest = (file: WalkedFile) => boolean;

export interface FoundFiles {
  /** In the order of the walk, path by path as they were asked for. */
  readonly files: readonly WalkedFile[];
  /** Paths that are not in the image. */
  readonly failures: readonly Failure[];
}

export interface FindOptions {
  /** The image, for failures. */
  readonly where: string;
  /** Levels below each path; null: all. */
  readonly maxDepth: number | null;
  /** All of them must hold. */
  readonly tests: readonly FileTest[];
}

/** Walks from each path, as `find` does: links are not followed, nor the path itself unless a slash stands behind it. */
export function findFiles(
  { rootfs }: Pick<View, "rootfs">,
  paths: readonly string[],
  { where, maxDepth, tests }: FindOptions,
): FoundFiles {
  const files: WalkedFile[] = [];
  const failures: Failure[] = [];
  for (const path of paths) {
    const start = findPath(rootfs, path, { where, followsLast: false });
    if (!start.ok) {
      failures.push(start.failure);
      continue;
    }
    for (const file of walkFiles(rootfs, { ...start.value, name: path }, { maxDepth })) {
      if (tests.every((test) => test(file))) files.push(file);
    }
  }
  return { files, failures };
}
