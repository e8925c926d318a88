import type { Failure } from "../../model/failure.ts";
import type { View } from "../open-view.ts";
import { compareContents, type CompareContentsOptions } from "./compare-contents.ts";
import { findConfigChanges, type ConfigChange } from "./config-changes.ts";
import { findElfChanges, type ElfChanges } from "./elf-changes.ts";
import { findFileChanges, type FileChange } from "./file-changes.ts";
import { compareLayers, isOtherLayers, type LayerChanges } from "./layer-changes.ts";
import { findPackageChanges, type PackageChange } from "./package-changes.ts";

/** Parts of images that are compared, in the order in which they are shown. */
export const diffParts = ["layers", "config", "packages", "elf", "files"] as const;
export type DiffPart = (typeof diffParts)[number];

export interface DiffOptions extends CompareContentsOptions {
  readonly parts: ReadonlySet<DiffPart>;
  /** Whether another time of modification is a change. */
  readonly comparesTimes: boolean;
  /** Whether layers are read again where files of one size cannot be told apart by facts. */
  readonly readsContents: boolean;
}

/** What is not the same in two images. A part is null where it was not asked for. */
export interface ImageDiff {
  readonly layers: LayerChanges | null;
  readonly config: readonly ConfigChange[] | null;
  readonly packages: readonly PackageChange[] | null;
  readonly elf: ElfChanges | null;
  readonly files: readonly FileChange[] | null;
  /** Files of equal size that were not compared, by path. */
  readonly undecided: readonly string[];
  /** Why contents could not be read. */
  readonly failures: readonly Failure[];
}

/**
 * Compares two images. For files the views must have the sections `elf`, `texts`; for packages `packages`, `texts`; for
 * ELF files `elf`.
 */
export async function diffViews(
  before: View,
  after: View,
  options: DiffOptions,
): Promise<ImageDiff> {
  const { parts } = options;
  const others = {
    layers: parts.has("layers") ? compareLayers(before, after) : null,
    config: parts.has("config") ? findConfigChanges(before, after) : null,
    packages: parts.has("packages") ? findPackageChanges(before.rootfs, after.rootfs) : null,
    elf: parts.has("elf") ? findElfChanges(before, after) : null,
  };
  // Last: what was left behind by then is collected before contents are read.
  const files = parts.has("files") ? await diffFiles(before, after, options) : null;
  return {
    ...others,
    files: files?.changes ?? null,
    undecided: files?.undecided ?? [],
    failures: files?.failures ?? [],
  };
}

interface DiffedFiles {
  readonly changes: readonly FileChange[];
  readonly undecided: readonly string[];
  readonly failures: readonly Failure[];
}

async function diffFiles(before: View, after: View, options: DiffOptions): Promise<DiffedFiles> {
  const { changes, undecided } = findFileChanges(before, after, options);
  const compared = options.readsContents
    ? await compareContents(undecided, [before, after], options)
    : { changes: [], undecided, failures: [] };
  // What else of a file differs is known whatever its content is.
  const known = compared.undecided
    .filter(({ aspects }) => aspects.length > 0)
    .map(({ path, before: a, after: b, aspects }): FileChange => {
      return { kind: "changed", path, before: a.entry, after: b.entry, aspects };
    });
  const byPath = (a: FileChange, b: FileChange): number => (a.path < b.path ? -1 : 1);
  return {
    changes: [...changes, ...compared.changes, ...known].toSorted(byPath),
    undecided: compared.undecided.map(({ path }) => path),
    failures: compared.failures,
  };
}

/**
 * Whether anything that was asked for is different. Layers alone make no difference: the same files may lie in others;
 * they count where nothing else was asked for.
 */
export function isDifferent({ layers, config, packages, elf, files }: ImageDiff): boolean {
  const lists = [config, packages, elf?.changes, elf?.sonamesAdded, elf?.sonamesRemoved, files];
  if (lists.some((list) => (list?.length ?? 0) > 0)) return true;
  const isAlone = config === null && packages === null && elf === null && files === null;
  return isAlone && layers !== null && isOtherLayers(layers);
}
