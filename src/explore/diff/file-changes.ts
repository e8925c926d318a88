import type { FileEntry, LayerFacts } from "../../image/layer-facts.ts";
import type { RootfsNode } from "../../image/rootfs.ts";
import type { View } from "../open-view.ts";
import { repeatedPaths } from "../request-files.ts";
import { pairPaths } from "./pair-paths.ts";

/** What of a file is another. `content` alone: of the same size, and still not the same bytes. */
export type Aspect =
  "type" | "mode" | "owner" | "size" | "target" | "device" | "capability" | "content" | "time";

/** One path that is not the same in both. */
export type FileChange =
  | { readonly kind: "added"; readonly path: string; readonly after: FileEntry }
  | { readonly kind: "removed"; readonly path: string; readonly before: FileEntry }
  | {
      readonly kind: "changed";
      readonly path: string;
      readonly before: FileEntry;
      readonly after: FileEntry;
      /** At least one, in the order of `Aspect`. */
      readonly aspects: readonly Aspect[];
    };

/** Two files of the same size whose contents no facts tell apart. */
export interface Undecided {
  readonly path: string;
  readonly before: RootfsNode;
  readonly after: RootfsNode;
  /** What else of them is not the same. */
  readonly aspects: readonly Aspect[];
}

export interface FileChanges {
  /** By path. */
  readonly changes: readonly FileChange[];
  /** By path; not in `changes`. */
  readonly undecided: readonly Undecided[];
}

export interface FileChangeOptions {
  /** Whether another time of modification is a change. */
  readonly comparesTimes: boolean;
}

type Side = Pick<View, "rootfs" | "layers">;

/** Compares every path of two merged images. Of a file with several names each name is compared. Pure. */
export function findFileChanges(
  before: Side,
  after: Side,
  options: FileChangeOptions,
): FileChanges {
  const changes: FileChange[] = [];
  const undecided: Undecided[] = [];
  for (const { path, before: a, after: b } of pairPaths(before.rootfs, after.rootfs)) {
    if (a === null && b !== null) changes.push({ kind: "added", path, after: b.entry });
    if (a !== null && b === null) changes.push({ kind: "removed", path, before: a.entry });
    if (a === null || b === null) continue;
    // The same text twice would be most of what the pairs take.
    const own = a.entry.path === path ? a.entry.path : path;
    const pair = { path: own, before: a, after: b };
    const aspects = aspectsOf(a.entry, b.entry, options);
    const content = compareKnown(before, after, pair);
    if (content === "unknown") undecided.push({ ...pair, aspects });
    else if (aspects.length > 0 || content === "different") {
      changes.push(changeOf({ ...pair, aspects }, content === "different"));
    }
  }
  const byPath = (a: { readonly path: string }, b: { readonly path: string }): number =>
    a.path < b.path ? -1 : 1;
  return { changes: changes.toSorted(byPath), undecided: undecided.toSorted(byPath) };
}

/** Puts the content into the aspects, where it belongs. */
export function changeOf(
  { path, before, after, aspects }: Undecided,
  isOtherContent: boolean,
): FileChange {
  const isSaid = !isOtherContent || aspects.includes("size") || aspects.includes("type");
  const times = aspects.filter((one) => one === "time");
  const others = aspects.filter((one) => one !== "time");
  const all = [...others, ...(isSaid ? [] : ["content" as const]), ...times];
  return { kind: "changed", path, before: before.entry, after: after.entry, aspects: all };
}

function aspectsOf(
  before: FileEntry,
  after: FileEntry,
  { comparesTimes }: FileChangeOptions,
): readonly Aspect[] {
  if (isAlike(before, after)) {
    const isOtherTime = comparesTimes && before.modifiedSeconds !== after.modifiedSeconds;
    return isOtherTime ? ["time"] : noAspects;
  }
  const isSameType = before.type === after.type;
  const isLink = before.type === "symlink" && after.type === "symlink";
  const hasLink = before.type === "symlink" || after.type === "symlink";
  const differs: readonly (readonly [Aspect, boolean])[] = [
    ["type", !isSameType],
    // The mode of a link means nothing.
    ["mode", !hasLink && before.mode !== after.mode],
    ["owner", before.uid !== after.uid || before.gid !== after.gid],
    ["size", isSameType && before.sizeBytes !== after.sizeBytes],
    ["target", isLink && before.linkTarget !== after.linkTarget],
    ["device", isSameType && deviceOf(before) !== deviceOf(after)],
    ["capability", before.capability !== after.capability],
    ["time", comparesTimes && before.modifiedSeconds !== after.modifiedSeconds],
  ];
  return differs.filter(([, isOther]) => isOther).map(([aspect]) => aspect);
}

const noAspects: readonly Aspect[] = [];

/** In all but time. Most files are: to list what each could differ in would be most of the work. */
function isAlike(a: FileEntry, b: FileEntry): boolean {
  return (
    a.type === b.type &&
    a.mode === b.mode &&
    a.uid === b.uid &&
    a.gid === b.gid &&
    a.sizeBytes === b.sizeBytes &&
    a.linkTarget === b.linkTarget &&
    a.capability === b.capability &&
    deviceOf(a) === deviceOf(b)
  );
}

const deviceOf = ({ device }: FileEntry): string =>
  device === undefined ? "" : `${device.major}:${device.minor}`;

type Pair = Omit<Undecided, "aspects">;

/** What facts say of the contents of two files. What is no file has no content. */
function compareKnown(before: Side, after: Side, pair: Pair): "same" | "different" | "unknown" {
  const [a, b] = [pair.before.entry, pair.after.entry];
  if (a.type !== "file" || b.type !== "file") return "same";
  if (a.sizeBytes !== b.sizeBytes) return "different";
  if (a.sizeBytes === 0 || isOneEntry(before, after, pair)) return "same";
  const [was, is] = [layerOf(before, pair.before), layerOf(after, pair.after)];
  const hashes = [was?.elf.byPath[a.path]?.sha256, is?.elf.byPath[b.path]?.sha256];
  if (hashes[0] !== undefined && hashes[1] !== undefined) {
    return hashes[0] === hashes[1] ? "same" : "different";
  }
  const texts = [was?.texts.byPath[a.path], is?.texts.byPath[b.path]];
  if (texts[0] === undefined || texts[1] === undefined) return "unknown";
  if (texts[0] !== texts[1]) return "different";
  // Bytes that are no UTF-8 all look the same.
  return texts[0].includes("\ufffd") ? "unknown" : "same";
}

const layerOf = ({ layers }: Side, { layerIndex }: RootfsNode): LayerFacts | undefined =>
  layers[layerIndex];

/** Both are the same entry of the same layer. */
function isOneEntry(before: Side, after: Side, pair: Pair): boolean {
  const [was, is] = [layerOf(before, pair.before), layerOf(after, pair.after)];
  const { path } = pair.before.entry;
  return (
    was !== undefined &&
    was.diffId !== null &&
    was.diffId === is?.diffId &&
    path === pair.after.entry.path &&
    !repeatedPaths(was).has(path)
  );
}
