import { FormatError } from "../format-error.ts";
import { OverLimitError } from "../over-limit-error.ts";
import { normaliseName } from "../tar/name.ts";
import type { RpmHeader } from "./header.ts";

/** One file as the header of a package lists it. */
export interface RpmFileEntry {
  /** Absolute and normalised. */
  readonly path: string;
  readonly type: "file" | "directory" | "symlink" | "character" | "block" | "fifo";
  /** Permission bits, lower 12. */
  readonly mode: number;
  readonly sizeBytes: number;
  /** Seconds since 1970. */
  readonly modifiedSeconds: number;
  readonly user: string;
  readonly group: string;
  /** Of a symbolic link, as written. */
  readonly linkTarget: string | null;
  /** Of a character or block device. */
  readonly device: { readonly major: number; readonly minor: number } | null;
  /** `cap_net_raw=ep`; null where it has none. */
  readonly capabilities: string | null;
  /** What is not in the payload: it comes to be later, if ever. */
  readonly isGhost: boolean;
  /** The same for all names of one file, null for one that has no other names. */
  readonly linkSet: string | null;
}

/** Source: rpm include/rpm/rpmtag.h. */
const tags = {
  oldFileNames: 1027,
  sizes: 1028,
  modes: 1030,
  devices: 1033,
  times: 1034,
  linkTargets: 1036,
  flags: 1037,
  users: 1039,
  groups: 1040,
  fileSystems: 1095,
  inodes: 1096,
  directoryIndexes: 1116,
  baseNames: 1117,
  directoryNames: 1118,
  longSizes: 5008,
  capabilities: 5010,
} as const;

const ghostFlag = 1 << 6;
const typeMask = 0o170000;
const types: ReadonlyMap<number, RpmFileEntry["type"]> = new Map([
  [0o100000, "file"],
  [0o040000, "directory"],
  [0o120000, "symlink"],
  [0o020000, "character"],
  [0o060000, "block"],
  [0o010000, "fifo"],
]);

/**
 * The files of a package in the order of its header, by whose numbers a payload may name them. Throws FormatError, also for a
 * path that leads out of the root and for more than `maxFiles`.
 */
export function readFileEntries(header: RpmHeader, maxFiles: number): readonly RpmFileEntry[] {
  const paths = readPaths(header, maxFiles);
  const list = (tag: number): readonly number[] => ofLength(header.numbers(tag), paths, tag);
  const names = (tag: number): readonly string[] =>
    ofLength(header.texts(tag, maxFiles), paths, tag);
  const longSizes = list(tags.longSizes);
  const sizes = longSizes.length > 0 ? longSizes : list(tags.sizes);
  const [modes, devices, times] = [list(tags.modes), list(tags.devices), list(tags.times)];
  const [flags, users, groups] = [list(tags.flags), names(tags.users), names(tags.groups)];
  const [targets, capabilities] = [names(tags.linkTargets), names(tags.capabilities)];
  const sets = findLinkSets(list(tags.fileSystems), list(tags.inodes), modes);
  return paths.map((path, index): RpmFileEntry => {
    const mode = modes[index] ?? 0;
    const type = types.get(mode & typeMask);
    if (type === undefined) {
      throw new FormatError("rpm", `A file has the mode ${mode.toString(8)}`);
    }
    const device = devices[index] ?? 0;
    const isDevice = type === "character" || type === "block";
    return {
      path,
      type,
      mode: mode & 0o7777,
      sizeBytes: type === "file" ? (sizes[index] ?? 0) : 0,
      modifiedSeconds: times[index] ?? 0,
      user: users[index] ?? "root",
      group: groups[index] ?? "root",
      linkTarget: type === "symlink" ? (targets[index] ?? "") : null,
      // A number of 16 bits, which has no room for more.
      device: isDevice ? { major: device >> 8, minor: device & 0xff } : null,
      capabilities: capabilities[index] || null,
      isGhost: ((flags[index] ?? 0) & ghostFlag) !== 0,
      linkSet: sets[index] ?? null,
    };
  });
}

function readPaths(header: RpmHeader, maxFiles: number): readonly string[] {
  if (Math.max(header.count(tags.baseNames), header.count(tags.oldFileNames)) > maxFiles) {
    const budget = "files of one package";
    throw new OverLimitError("rpm", { budget, limit: maxFiles, unit: "entries" });
  }
  const baseNames = header.texts(tags.baseNames, maxFiles);
  if (baseNames.length === 0) return header.texts(tags.oldFileNames, maxFiles).map(normaliseName);
  const directories = header.texts(tags.directoryNames, maxFiles);
  const indexes = ofLength(header.integers(tags.directoryIndexes), baseNames, 1116);
  return baseNames.map((name, index) => {
    const directory = directories[indexes[index] ?? -1];
    if (directory === undefined) {
      throw new FormatError("rpm", "A file is in a directory that is not there");
    }
    return normaliseName(directory + name);
  });
}

/** The list, which is one value for each file or not there at all. */
function ofLength<Item>(
  list: readonly Item[],
  files: readonly string[],
  tag: number,
): readonly Item[] {
  if (list.length === 0 || list.length === files.length) return list;
  const counts = `${list.length} values for ${files.length} files`;
  throw new FormatError("rpm", `Tag ${tag} has ${counts}`);
}

/** Files with one inode number are one file. Source: rpm lib/rpmfi.c, rpmfilesBuildNLink. */
function findLinkSets(
  fileSystems: readonly number[],
  inodes: readonly number[],
  modes: readonly number[],
): readonly (string | null)[] {
  const keys = inodes.map((inode, index) => {
    const isFile = ((modes[index] ?? 0) & typeMask) === 0o100000;
    return isFile && inode !== 0 ? `${fileSystems[index] ?? 0}:${inode}` : null;
  });
  const counts = new Map<string, number>();
  for (const key of keys) if (key !== null) counts.set(key, (counts.get(key) ?? 0) + 1);
  return keys.map((key) => (key !== null && (counts.get(key) ?? 0) > 1 ? key : null));
}
