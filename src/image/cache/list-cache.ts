import { join } from "node:path";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import { sectionNames } from "../readers/section-names.ts";
import { abandonedDraftMs } from "./blob-cache.ts";
import { isAbandonedFile } from "./cache-file.ts";
import { cacheRevisions, compiledFolder, parseFolderName } from "./cache-folders.ts";
import type { CacheItem, CacheItemKind } from "./cache-item.ts";
import { parseDigestName } from "./digest-name.ts";
import { FolderReader, type ListedFile } from "./folder-reader.ts";
import type { SectionRevisions } from "./section-revisions.ts";

/** What is in a cache's folder, as far as it is this program's. */
export interface CacheContents {
  /** Absolute path. */
  readonly folder: string;
  readonly isThere: boolean;
  /** In the order of their places. */
  readonly items: readonly CacheItem[];
  /** What could not be looked at. */
  readonly failures: readonly Failure[];
}

export interface ListOptions {
  readonly revisions: SectionRevisions;
  readonly now: () => Date;
}

/**
 * Lists a cache without opening a file of it. Other processes may write meanwhile. A folder that is not there is an empty
 * cache; one that cannot be listed is a failure.
 */
export function listCache(folder: string, { revisions, now }: ListOptions): Result<CacheContents> {
  const reader = new FolderReader(folder);
  const top = reader.list(folder);
  const [failure] = reader.failures;
  if (failure !== undefined) return failed(failure);
  const context: Context = { folder, reader, revisions, nowMs: now().getTime() };
  const items = (top?.folders ?? []).flatMap((name) => listPlace(name, context));
  const isThere = top !== null;
  return success({ folder, isThere, items, failures: reader.failures });
}

interface Context {
  readonly folder: string;
  readonly reader: FolderReader;
  readonly revisions: SectionRevisions;
  readonly nowMs: number;
}

function listPlace(name: string, context: Context): readonly CacheItem[] {
  if (name === compiledFolder) return listCompiled(context);
  const place = parseFolderName(name);
  if (place === null) return [];
  const present = cacheRevisions[place.kind];
  if (place.revision !== present) {
    return [listTree(name, place.revision < present ? "old" : "newer", context)];
  }
  const listed = context.reader.list(join(context.folder, name));
  if (listed === null) return [];
  const { files, folders } = listed;
  if (place.kind === "facts") {
    return [
      ...listLayers(join(name, "layers"), context),
      ...folders.flatMap((one) => listPackFolder(join(name, one), one, context)),
    ];
  }
  const left = leftovers(files, name, context);
  switch (place.kind) {
    case "blobs":
    case "files": {
      const hasDrafts = folders.includes("incoming");
      const drafts = hasDrafts ? listDrafts(join(name, "incoming"), context) : [];
      const kind = place.kind === "blobs" ? "blob" : "file";
      return [...listNamed(files, kind), ...left, ...drafts];
    }
    case "documents":
      return [...listNamed(files, "document"), ...left];
    case "names":
      return [...listNames(files, "name"), ...left];
    case "addresses":
      return [...listNames(files, "address"), ...left];
    case "packages":
      return [...listHeaders(files, name), ...left];
  }
}

function listLayers(place: string, context: Context): readonly CacheItem[] {
  const { folder, reader } = context;
  return (reader.list(join(folder, place))?.folders ?? []).flatMap((name) => {
    const diffId = parseDigestName(name);
    if (diffId === null) return [];
    const layer = join(place, name);
    const files = reader.list(join(folder, layer))?.files ?? [];
    const ageOf = (file: ListedFile): CacheItemKind | null => kindOfPart(file.name, context);
    const parts = files.filter((file) => ageOf(file) === "layer");
    const core = parts.find(({ name: part }) => part === coreName);
    // Its core first: without it the rest is unknown.
    const ordered = core === undefined ? parts : [core, ...parts.filter((part) => part !== core)];
    const others = files.flatMap((file): readonly CacheItem[] => {
      const kind = ageOf(file);
      return kind === "old" || kind === "newer" ? [single(file, { kind, place: layer })] : [];
    });
    const own: CacheItem = {
      kind: "layer",
      name: diffId,
      files: ordered.map(({ path }) => path),
      folder: join(folder, layer),
      sizeBytes: sum(parts),
      usedAtMs: core?.modifiedMs ?? latest(parts),
    };
    return [...(parts.length === 0 ? [] : [own]), ...others, ...leftovers(files, layer, context)];
  });
}

const coreName = "core.json";

/** Of a layer, or what became of that section; null for a file that is not a section. */
function kindOfPart(name: string, { revisions }: Context): "layer" | "old" | "newer" | null {
  if (name === coreName) return "layer";
  const [, word, number] = /^(\w+)-(\d+)\.json$/.exec(name) ?? [];
  const section = sectionNames.find((one) => one === word);
  return section === undefined ? null : compare(Number(number), revisions[section], "layer");
}

function compare<Kind>(revision: number, present: number, kind: Kind): Kind | "old" | "newer" {
  if (revision === present) return kind;
  return revision < present ? "old" : "newer";
}

function listPackFolder(place: string, name: string, context: Context): readonly CacheItem[] {
  const [, revision] = /^elf-(\d+)$/.exec(name) ?? [];
  if (revision === undefined) return [];
  const kind = compare(Number(revision), context.revisions.elf, "pack");
  return kind === "pack" ? listPacks(place, context) : [listTree(place, kind, context)];
}

/** The lines first: an index alone points to nothing, and a pack counts by its lines. */
const packPattern = /^(sha(?:256|512)-[0-9a-f]+-[0-9a-f]{8})\.(?:lines|index)$/;

function listPacks(place: string, context: Context): readonly CacheItem[] {
  const files = context.reader.list(join(context.folder, place))?.files ?? [];
  const byName = Map.groupBy(files, ({ name }) => packPattern.exec(name)?.[1] ?? "");
  byName.delete("");
  const packs = [...byName].map(([name, parts]): CacheItem => {
    const ordered = parts.toSorted((a, b) => (a.name > b.name ? -1 : 1));
    const paths = ordered.map(({ path }) => path);
    const usedAtMs = ordered[0]?.modifiedMs ?? 0;
    return { kind: "pack", name, files: paths, folder: null, sizeBytes: sum(parts), usedAtMs };
  });
  return [...packs, ...leftovers(files, place, context)];
}

/** Files that are named after their digest. */
function listNamed(
  files: readonly ListedFile[],
  kind: "blob" | "document" | "file",
): readonly CacheItem[] {
  return files.flatMap((file): readonly CacheItem[] => {
    const digest = parseDigestName(file.name);
    return digest === null ? [] : [{ ...single(file, { kind, place: "" }), name: digest }];
  });
}

/** Files that are named after the sha256 of what they are about. */
function listNames(files: readonly ListedFile[], kind: "name" | "address"): readonly CacheItem[] {
  return files
    .filter(({ name }) => /^[0-9a-f]{64}$/.test(name))
    .map((file) => single(file, { kind, place: "" }));
}

/** By the digest of the package and the revision of its reader. */
function listHeaders(files: readonly ListedFile[], place: string): readonly CacheItem[] {
  return files
    .filter(({ name }) => /^sha(?:256|512)-[0-9a-f]+-(?:apk|dpkg|rpm)-\d+\.json$/.test(name))
    .map((file) => single(file, { kind: "package", place }));
}

function listDrafts(place: string, context: Context): readonly CacheItem[] {
  const { folder, reader, nowMs } = context;
  return (reader.list(join(folder, place))?.folders ?? []).map((name) => {
    const draft = listTree(join(place, name), "draft", context);
    return nowMs - draft.usedAtMs > abandonedDraftMs ? { ...draft, kind: "leftover" } : draft;
  });
}

/** One for each version of Node. Of these the time is when they were made: Node keeps no marks. */
function listCompiled(context: Context): readonly CacheItem[] {
  const folders = context.reader.list(join(context.folder, compiledFolder))?.folders ?? [];
  return folders
    .filter((name) => /^v\d+\.\d+\.\d+/.test(name))
    .map((name) => listTree(join(compiledFolder, name), "compiled", context));
}

/** A folder with all that is in it. */
function listTree(place: string, kind: CacheItemKind, { folder, reader }: Context): CacheItem {
  const root = join(folder, place);
  const files: ListedFile[] = [];
  const waiting = [root];
  let usedAtMs = 0;
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const listed = reader.list(at);
    if (listed === null) continue;
    files.push(...listed.files);
    usedAtMs = Math.max(usedAtMs, listed.modifiedMs, latest(listed.files));
    for (const name of listed.folders) waiting.push(join(at, name));
  }
  const paths = files.map(({ path }) => path);
  return { kind, name: place, files: paths, folder: root, sizeBytes: sum(files), usedAtMs };
}

/** What a process that was killed while it wrote left there. */
function leftovers(
  files: readonly ListedFile[],
  place: string,
  { nowMs }: Context,
): readonly CacheItem[] {
  return files
    .filter(({ name, modifiedMs }) => isAbandonedFile(name, nowMs - modifiedMs))
    .map((file) => single(file, { kind: "leftover", place }));
}

function single(
  { name, path, sizeBytes, modifiedMs }: ListedFile,
  { kind, place }: { readonly kind: CacheItemKind; readonly place: string },
): CacheItem {
  const usedAtMs = modifiedMs;
  return { kind, name: join(place, name), files: [path], folder: null, sizeBytes, usedAtMs };
}

function sum(files: readonly ListedFile[]): number {
  return files.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
}

function latest(files: readonly ListedFile[]): number {
  return files.reduce((time, { modifiedMs }) => Math.max(time, modifiedMs), 0);
}
