import type { Ownership } from "../../distros/ownership.ts";
import type { InstalledPackage } from "../../image/layer-facts.ts";
import type { UsedFile } from "./usage.ts";

/** Files that have something in common, and their size. */
export interface FileGroup<Key> {
  readonly key: Key;
  readonly sizeBytes: number;
  readonly files: number;
}

/** Groups by what `keyOf` says, biggest first; of the same size in the order in which they came up. Pure. */
export function groupFiles<Key>(
  files: readonly UsedFile[],
  keyOf: (file: UsedFile) => Key,
): readonly FileGroup<Key>[] {
  const groups = new Map<Key, { sizeBytes: number; files: number }>();
  for (const file of files) {
    const key = keyOf(file);
    const group = groups.get(key) ?? { sizeBytes: 0, files: 0 };
    group.sizeBytes += file.sizeBytes;
    group.files++;
    groups.set(key, group);
  }
  return [...groups]
    .map(([key, group]) => ({ key, ...group }))
    .toSorted((a, b) => b.sizeBytes - a.sizeBytes);
}

/** Whose a file is, by the first of its names that is somebody's: a list may name any of them. */
export function ownerOfFile(file: UsedFile, ownership: Ownership): InstalledPackage | null {
  for (const path of [file.path, ...file.otherNames]) {
    const owner = ownership.ownerOf(path);
    if (owner !== null) return owner;
  }
  return null;
}

/** Longest ending that is taken for a kind of file; `.d41d8cd98f00b204` is none. */
const extensionPattern = /[^.](\.[A-Za-z][A-Za-z0-9_+-]{0,9})$/;
/** A library with its version: `.so.6`, `.so.1.2.13`. */
const libraryPattern = /[^.]\.so(?:\.[0-9]+)*$/;

/** `.py`, `.so` with or without a version behind it; empty for a name without one. Pure. */
export function extensionOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (libraryPattern.test(name)) return ".so";
  return extensionPattern.exec(name)?.[1] ?? "";
}
