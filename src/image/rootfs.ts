import type { ElfFacts } from "../formats/elf/facts.ts";
import type { Failure } from "../model/failure.ts";
import type { FileEntry, LoaderCacheEntry, PackageFact, ShebangFact } from "./layer-facts.ts";

/** One path of the merged image. A hard link is the node of the file that it links to. */
export interface RootfsNode {
  /** The entry that gave the content and the mode. */
  readonly entry: FileEntry;
  /** Index of the layer that the entry is in, 0 is the bottom. */
  readonly layerIndex: number;
}

/** What following a path came to. `path` is the real path without any link in it. */
export type Resolved =
  | { readonly kind: "found"; readonly path: string; readonly node: RootfsNode }
  /** `at`: the first part that is not there, after links; `through`: the links that were followed. */
  | { readonly kind: "missing"; readonly at: string; readonly through: readonly string[] }
  | { readonly kind: "not-directory"; readonly at: string }
  | { readonly kind: "loop"; readonly at: string };

/**
 * The merged, link-safe view of files: one image, or a base with an app laid over it. Pure and read-only.
 * No path leaves the root: `..` at the top stays there, absolute links start at the root; at most 40 links.
 */
export interface Rootfs {
  /** Follows links in every part, the last one included. Relative paths start at `/`. */
  resolve(path: string): Resolved;
  /** The entry itself, links not followed in the last part. */
  lookup(path: string): RootfsNode | null;
  /** Names in a real directory, sorted by UTF-16 code unit; empty when it is none. */
  names(directory: string): readonly string[];
  /** Facts of the content at a real path, as returned by `resolve`. Null when it is no such file. */
  elf(realPath: string): ElfFacts | null;
  /** Set when the file at this real path is ELF, or should be, and could not be read. */
  elfFailure(realPath: string): Failure | null;
  /** sha256 hex of an ELF file at a real path; two paths with one hash are still two files. */
  elfSha256(realPath: string): string | null;
  shebang(realPath: string): ShebangFact | null;
  text(realPath: string): string | null;
  loaderCache(realPath: string): readonly LoaderCacheEntry[] | null;
  packageFact(realPath: string): PackageFact | null;
  /** Set when the file at this real path is a package database and could not be read at all. */
  packageProblem(realPath: string): Failure | null;
  /** Every real path (no links), in the order of the tree: directories before their contents, names sorted. */
  paths(): Iterable<string>;
}
