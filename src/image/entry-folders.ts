import type { DeviceNumber, FileEntry } from "./layer-facts.ts";

/**
 * Entries that follow each other in a layer and lie in one folder, as text: `names` have slashes between them; every other
 * column has commas, or one value for all.
 *
 *     { "dir": "/usr/bin", "names": "bash/sh", "kinds": "0,3", "sizes": "1265648,0", "times": "1700000000", "more": { "1": { "linkTarget": "dash" } } }
 */
export interface FolderRow {
  /** Without a slash at the end; empty for `/`, and for the root itself, whose name is empty too. */
  readonly dir: string;
  readonly names: string;
  /** Places in the record's table of kinds. */
  readonly kinds: string;
  /** Bytes. */
  readonly sizes: string;
  /** Seconds since 1970; empty where it is not said. */
  readonly times: string;
  /** What only some have, by their place. */
  readonly more?: Readonly<Record<string, MoreOfEntry>>;
}

interface MoreOfEntry {
  readonly linkTarget?: string;
  readonly capability?: string;
  readonly device?: DeviceNumber;
}

/** Type, mode, uid and gid: few combinations make up a layer. */
export type Kind = readonly [type: FileEntry["type"], mode: number, uid: number, gid: number];

/** Entries of a layer by folder. Order of rows, and in them, is that of the entries. */
export interface FolderTable {
  readonly kinds: readonly Kind[];
  readonly rows: readonly FolderRow[];
}

/** The table of these entries; `readFolder` of each row, one after another, gives them again. */
export function tabulate(entries: readonly FileEntry[]): FolderTable {
  const kinds: Kind[] = [];
  const places = new Map<string, number>();
  const rows: FolderRow[] = [];
  for (let start = 0; start < entries.length;) {
    const dir = folderOf(entries[start]?.path ?? "");
    let end = start + 1;
    while (end < entries.length && folderOf(entries[end]?.path ?? "") === dir) end++;
    rows.push(rowOf(dir, entries.slice(start, end), placeOf));
    start = end;
  }
  return { kinds, rows };

  function placeOf({ type, mode, uid, gid }: FileEntry): number {
    const key = `${type} ${mode} ${uid} ${gid}`;
    const known = places.get(key);
    if (known !== undefined) return known;
    places.set(key, kinds.length);
    return kinds.push([type, mode, uid, gid]) - 1;
  }
}

/** The folder that a path lies in, empty for the root and what lies in it. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

function rowOf(
  dir: string,
  entries: readonly FileEntry[],
  placeOf: (entry: FileEntry) => number,
): FolderRow {
  const more = entries.flatMap(({ linkTarget, capability, device }, at) => {
    if (linkTarget === undefined && capability === undefined && device === undefined) return [];
    const own: MoreOfEntry = {
      ...(linkTarget === undefined ? {} : { linkTarget }),
      ...(capability === undefined ? {} : { capability }),
      ...(device === undefined ? {} : { device }),
    };
    return [[at, own] as const];
  });
  return {
    dir,
    names: entries.map(({ path }) => path.slice(dir.length + 1)).join("/"),
    kinds: column(entries.map(placeOf)),
    sizes: column(entries.map(({ sizeBytes }) => sizeBytes)),
    times: column(entries.map(({ modifiedSeconds }) => modifiedSeconds ?? "")),
    ...(more.length === 0 ? {} : { more: Object.fromEntries(more) }),
  };
}

function column(values: readonly (number | string)[]): string {
  const [first = ""] = values;
  return values.every((value) => value === first) ? String(first) : values.join(",");
}

/** The entries of one row, in their order. */
export function readFolder(row: FolderRow, kinds: readonly Kind[]): readonly FileEntry[] {
  const { dir, names, more } = row;
  const kindOf = reader(row.kinds);
  const sizeOf = reader(row.sizes);
  const timeOf = reader(row.times);
  const prefix = `${dir}/`;
  return names.split("/").map((name, at): FileEntry => {
    const [type, mode, uid, gid] = kinds[Number(kindOf(at))] ?? unknownKind;
    const time = timeOf(at);
    const own = more?.[at];
    const path = prefix + name;
    const entry = { path, type, mode, uid, gid, sizeBytes: Number(sizeOf(at)) };
    // Hundreds of thousands of them: one literal per form is what stays fast.
    if (own !== undefined) {
      return { ...entry, ...(time === "" ? {} : { modifiedSeconds: Number(time) }), ...own };
    }
    if (time === "") return entry;
    return {
      path,
      type,
      mode,
      uid,
      gid,
      sizeBytes: entry.sizeBytes,
      modifiedSeconds: Number(time),
    };
  });
}

/** How many regular files there are, and the bytes of their contents together. */
export function sumFiles({ kinds, rows }: FolderTable): {
  readonly files: number;
  readonly sizeBytes: number;
} {
  let [files, sizeBytes] = [0, 0];
  for (const row of rows) {
    const names = row.names.split("/").length;
    const [kindOf, sizeOf] = [reader(row.kinds), reader(row.sizes)];
    for (let at = 0; at < names; at++) {
      if ((kinds[Number(kindOf(at))] ?? unknownKind)[0] !== "file") continue;
      files++;
      sizeBytes += Number(sizeOf(at));
    }
  }
  return { files, sizeBytes };
}

const unknownKind: Kind = ["file", 0, 0, 0];

function reader(text: string): (at: number) => string {
  if (!text.includes(",")) return () => text;
  const values = text.split(",");
  return (at) => values[at] ?? "";
}

/**
 * Whether the order of the entries says nothing: each path is there once, the root is a directory, nothing lies below a
 * file, and every hard link names a file of the same layer. A merge may then look at each folder alone.
 */
export function isPlainLayer(entries: readonly FileEntry[]): boolean {
  const types = new Map<string, FileEntry["type"]>();
  for (const { path, type } of entries) {
    if (path === "/" && type !== "directory" && type !== "opaque") return false;
    // A mark stands beside what it hides: both may be there under one path.
    const key = type === "whiteout" || type === "opaque" ? `${type} ${path}` : path;
    if (types.has(key)) return false;
    types.set(key, type);
  }
  const checked = new Set<string>();
  const isBelowFile = (path: string): boolean => {
    for (let dir = folderOf(path); dir !== "" && !checked.has(dir); dir = folderOf(dir)) {
      if ((types.get(dir) ?? "directory") !== "directory") return true;
      checked.add(dir);
    }
    return false;
  };
  const seen = new Set<string>();
  return entries.every(({ path, type, linkTarget = "" }) => {
    const isLinked =
      type !== "hardlink" || (seen.has(linkTarget) && isLinkable(types.get(linkTarget)));
    if (type !== "whiteout" && type !== "opaque") seen.add(path);
    return isLinked && !isBelowFile(path);
  });
}

function isLinkable(type: FileEntry["type"] | undefined): boolean {
  return type !== undefined && type !== "directory" && type !== "hardlink";
}
