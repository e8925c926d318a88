/**
 * What one thing in a cache's folder is. `old` is of an earlier revision, which this version does not read; `newer` of
 * a later one, which another version of this program made; `compiled` this program as one version of Node compiled it,
 * which Node keeps here; `address` what stands at an address of a package repository, `file` its bytes, or what was compiled from
 * them, `package` what the file of a package says of itself; `draft` a blob or file on its way; `leftover` what a process that was killed has left.
 */
export type CacheItemKind =
  | "layer"
  | "pack"
  | "blob"
  | "document"
  | "name"
  | "address"
  | "file"
  | "package"
  | "compiled"
  | "old"
  | "newer"
  | "draft"
  | "leftover";

/** One thing that stays or goes as a whole. */
export interface CacheItem {
  readonly kind: CacheItemKind;
  /** Digest of a layer, blob, document or file, name of a file of a name, address or pack; of others the path below the cache's folder. */
  readonly name: string;
  /** Absolute paths, in the order in which they go: after the first of them the thing is unknown. */
  readonly files: readonly string[];
  /** The folder that is the thing's own and goes with it; null where there is none. */
  readonly folder: string | null;
  readonly sizeBytes: number;
  /** Milliseconds since 1970. */
  readonly usedAtMs: number;
}
