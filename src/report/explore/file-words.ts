import type { AccountNames } from "../../explore/account-names.ts";
import { shownBytes } from "../../explore/listing.ts";
import { parseFileCapability } from "../../formats/file-capability.ts";
import { FormatError } from "../../formats/format-error.ts";
import type { FileEntry } from "../../image/layer-facts.ts";
import type { RootfsNode } from "../../image/rootfs.ts";

const typeLetters: Readonly<Record<FileEntry["type"], string>> = {
  file: "-",
  directory: "d",
  symlink: "l",
  character: "c",
  block: "b",
  fifo: "p",
  hardlink: "-",
  whiteout: "?",
  opaque: "?",
};

/** `-rwsr-xr-x`, ten letters. Source: POSIX ls, "file mode". */
export function modeWords({ type, mode }: Pick<FileEntry, "type" | "mode">): string {
  const triple = (shift: number, special: number, letter: string): string => {
    const bits = (mode >> shift) & 7;
    const isSpecial = (mode & special) !== 0;
    const isExecutable = (bits & 1) !== 0;
    const plain = isExecutable ? "x" : "-";
    const marked = isExecutable ? letter : letter.toUpperCase();
    return `${bits & 4 ? "r" : "-"}${bits & 2 ? "w" : "-"}${isSpecial ? marked : plain}`;
  };
  // The mode of a link counts for nothing; Linux shows all of it.
  if (type === "symlink") return "lrwxrwxrwx";
  return `${typeLetters[type]}${triple(6, 0o4000, "s")}${triple(3, 0o2000, "s")}${triple(0, 0o1000, "t")}`;
}

/** `0755`: the lower twelve bits, in octal. */
export function octalMode({ mode }: Pick<FileEntry, "mode">): string {
  return mode.toString(8).padStart(4, "0");
}

/** Bytes; `major, minor` of a device; `-` for a directory, whose size depends on the disk that it is put on. */
export function sizeWords(node: RootfsNode, isHuman: boolean): string {
  const { type, device } = node.entry;
  if (type === "directory") return "-";
  if (device !== undefined) return `${device.major}, ${device.minor}`;
  return isHuman ? humanBytes(shownBytes(node)) : String(shownBytes(node));
}

const units = ["", "K", "M", "G", "T", "P"];

/** `812`, `1.1K`, `12M`: powers of 1024, rounded up, one decimal below ten. Source: GNU coreutils, human.c. */
export function humanBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  if (unit === 0) return String(value);
  const tenths = Math.ceil(value * 10) / 10;
  if (tenths < 10) return `${tenths.toFixed(1)}${units[unit] ?? ""}`;
  const whole = Math.ceil(value);
  return whole < 1024 || unit === units.length - 1
    ? `${whole}${units[unit] ?? ""}`
    : `1.0${units[unit + 1] ?? ""}`;
}

/** `2026-11-25 08:00` in UTC; `?` where the medium does not say it. */
export function timeWords({ modifiedSeconds }: Pick<FileEntry, "modifiedSeconds">): string {
  const iso = isoTime(modifiedSeconds);
  return iso === null ? "?" : iso.slice(0, -":00Z".length).replace("T", " ");
}

/** ISO 8601 in UTC, to the second; null where it is not said or beyond what a date can be. */
export function isoTime(seconds: number | undefined): string | null {
  if (seconds === undefined || Math.abs(seconds) > maxSeconds) return null;
  return `${new Date(seconds * 1000).toISOString().slice(0, -".000Z".length)}Z`;
}

/** Source: ECMA-262, time values: a hundred million days to either side of 1970. */
const maxSeconds = 8.64e12;

/** ` -> target` of a link as it is written; nothing for all else. */
export function linkWords({ type, linkTarget }: FileEntry): string {
  return type === "symlink" ? ` -> ${linkTarget ?? ""}` : "";
}

/**
 * `cap_net_raw,cap_setuid=ep`, as getcap writes it; the bytes in hex where they are no capability; nothing where there is
 * none.
 */
export function capabilityWords({ capability }: Pick<FileEntry, "capability">): string {
  if (capability === undefined) return "";
  try {
    const { permitted, inheritable, isEffective, rootUid } = parseFileCapability(
      Buffer.from(capability, "hex"),
    );
    const flags = (name: string): string =>
      `${isEffective ? "e" : ""}${inheritable.includes(name) ? "i" : ""}${permitted.includes(name) ? "p" : ""}`;
    const byFlags = new Map<string, string[]>();
    for (const name of new Set([...permitted, ...inheritable])) {
      byFlags.set(flags(name), [...(byFlags.get(flags(name)) ?? []), name]);
    }
    const words = [...byFlags].map(([flag, caps]) => `${caps.join(",")}=${flag}`);
    return [...words, ...(rootUid === null ? [] : [`[rootid=${rootUid}]`])].join(" ");
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return `capability:${capability}`;
  }
}

/** Name of the owner and the group; numbers where the image has no names, or where they are asked for. */
export function ownerWords(
  { uid, gid }: Pick<FileEntry, "uid" | "gid">,
  names: AccountNames | null,
): readonly [user: string, group: string] {
  return [names?.user(uid) ?? String(uid), names?.group(gid) ?? String(gid)];
}
