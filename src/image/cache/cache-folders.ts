import { recordRevision } from "../layer-record.ts";

/**
 * The folders of a cache, each with the revision of its layout in its name:
 *
 *     facts-2/            facts of layers, see FactsCache
 *     blobs-1/            whole blobs of registries, see BlobCache
 *     documents-1/        manifests, indexes and configs, see DocumentCache
 *     names-1/            what names of registries stood for, see DocumentCache
 *     addresses-1/        what stands at the addresses of package repositories, see KeptFiles
 *     files-1/            files of package repositories and what was compiled from them, see KeptFiles
 *     packages-1/         what files of packages say of themselves, see HeaderCache
 *     compiled/           this program, compiled; the launcher has Node keep it here
 *
 * Everything else in the cache's folder is somebody else's and is never touched.
 */
export const cacheRevisions = {
  facts: recordRevision,
  blobs: 1,
  documents: 1,
  names: 1,
  addresses: 1,
  files: 1,
  packages: 1,
} as const;

/** Where Node keeps compiled code, see bin/fromage.js. */
export const compiledFolder = "compiled";

/** One of the kinds of folders. */
export type CacheFolder = keyof typeof cacheRevisions;

/** Name of a folder in its present revision: `blobs-1`. */
export function folderName(kind: CacheFolder): string {
  return `${kind}-${cacheRevisions[kind]}`;
}

/** `facts-1` as its kind and revision; null for a name that is not of this program's making. */
export function parseFolderName(
  name: string,
): { readonly kind: CacheFolder; readonly revision: number } | null {
  const [, kind = "", revision = ""] =
    /^(facts|blobs|documents|names|addresses|files|packages)-([1-9]\d{0,5})$/.exec(name) ?? [];
  return isCacheFolder(kind) ? { kind, revision: Number(revision) } : null;
}

function isCacheFolder(kind: string): kind is CacheFolder {
  return Object.hasOwn(cacheRevisions, kind);
}
