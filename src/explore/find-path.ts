import type { MergedRootfs } from "../image/merge.ts";
import type { RootfsNode } from "../image/rootfs.ts";
import { failed, success, type Failure, type Result } from "../model/failure.ts";
import { nearest } from "../model/nearest.ts";

/** A path of an image that is there. */
export interface FoundPath {
  /** Without a link in any part, or in any part but the last where that was not to be followed. */
  readonly path: string;
  readonly node: RootfsNode;
}

export interface FindPathOptions {
  /** The image, for failures. */
  readonly where: string;
  /** Whether a link in the last part is followed too. One with a slash behind it always is. */
  readonly followsLast: boolean;
}

const maxNear = 5;

/**
 * Follows a path, which starts at `/` whether it says so or not. `not-found` with the names that it may have meant, in the
 * deepest part that is there; `unsupported` where a part that must be a directory is none; `malformed` for links that go round.
 */
export function findPath(
  rootfs: MergedRootfs,
  path: string,
  { where, followsLast }: FindPathOptions,
): Result<FoundPath> {
  const slash = path.lastIndexOf("/");
  const name = path.slice(slash + 1);
  if (followsLast || name === "" || name === "." || name === "..") {
    const resolved = rootfs.resolve(path);
    if (resolved.kind !== "found") {
      const isBroken = resolved.kind === "missing" && isLink(rootfs, path);
      const what = isBroken ? `${path} -> ${resolved.at}` : path;
      return failed(describeMissing(rootfs, what, { resolved, where }));
    }
    const isDirectory = resolved.node.entry.type === "directory";
    const mustBe = name === "" || name === ".";
    return mustBe && !isDirectory
      ? failed(noDirectory(path, where, resolved.path))
      : success(resolved);
  }
  const parent = rootfs.resolve(path.slice(0, Math.max(slash, 0)));
  if (parent.kind !== "found")
    return failed(describeMissing(rootfs, path, { resolved: parent, where }));
  const node = rootfs.children(parent.path).get(name);
  const real = joinPath(parent.path, name);
  if (node !== undefined) return success({ path: real, node });
  const resolved =
    parent.node.entry.type === "directory"
      ? ({ kind: "missing", at: real, through: [] } as const)
      : ({ kind: "not-directory", at: parent.path } as const);
  return failed(describeMissing(rootfs, path, { resolved, where }));
}

/** Whether the path itself is there, and only what it leads to is not. */
function isLink(rootfs: MergedRootfs, path: string): boolean {
  return findPath(rootfs, path, { where: "", followsLast: false }).ok;
}

/** A name in a directory as a path. */
export function joinPath(directory: string, name: string): string {
  return directory.endsWith("/") ? `${directory}${name}` : `${directory}/${name}`;
}

interface Missing {
  readonly resolved: Exclude<ReturnType<MergedRootfs["resolve"]>, { readonly kind: "found" }>;
  readonly where: string;
}

function describeMissing(
  rootfs: MergedRootfs,
  path: string,
  { resolved, where }: Missing,
): Failure {
  switch (resolved.kind) {
    case "loop": {
      const reason = `links go round at ${resolved.at}`;
      return { kind: "malformed", what: path, where, format: "path", reason, offsetBytes: null };
    }
    case "not-directory":
      return noDirectory(path, where, resolved.at);
    case "missing": {
      const slash = resolved.at.lastIndexOf("/");
      const folder = resolved.at.slice(0, slash) || "/";
      const names = nearest(resolved.at.slice(slash + 1), rootfs.names(folder)).slice(0, maxNear);
      const near = names.map((one) => joinPath(folder, one));
      // Where no name is like it, how far the path leads is all that can be told.
      return notIn(path, where, near.length > 0 || folder === "/" ? near : [folder]);
    }
  }
}

function noDirectory(what: string, where: string, at: string): Failure {
  return { kind: "unsupported", what, where, reason: `${at} is no directory` };
}

function notIn(what: string, where: string, near: readonly string[]): Failure {
  return { kind: "not-found", what, where, near };
}
