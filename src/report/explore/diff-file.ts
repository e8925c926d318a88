import type { Aspect, FileChange } from "../../explore/diff/file-changes.ts";
import type { FileEntry } from "../../image/layer-facts.ts";
import { capabilityWords, linkWords, octalMode, timeWords } from "./file-words.ts";
import { nameWords, type NameStyle } from "./name-words.ts";

/**
 * A path and what of it differs, without a mark:
 *
 *     /etc/motd  286 bytes
 *     /etc/passwd  size 888 -> 922, mode 0644 -> 0600
 */
export function fileChangeWords(change: FileChange, style: NameStyle): string {
  const path = nameWords(change.path, style);
  if (change.kind !== "changed") {
    const entry = change.kind === "added" ? change.after : change.before;
    return `${path}${nameWords(entryWords(entry), style)}`;
  }
  const { before, after, aspects } = change;
  const words = aspects.map((aspect) => aspectWords(aspect, before, after));
  return `${path}  ${nameWords(words.join(", "), style)}`;
}

function entryWords(entry: FileEntry): string {
  if (entry.type === "file") return `  ${entry.sizeBytes} bytes`;
  return entry.type === "symlink" ? linkWords(entry) : `  ${entry.type}`;
}

function aspectWords(aspect: Aspect, before: FileEntry, after: FileEntry): string {
  const change = (of: (entry: FileEntry) => string): string => `${of(before)} -> ${of(after)}`;
  switch (aspect) {
    case "type":
      return `type ${change(({ type }) => type)}`;
    case "mode":
      return `mode ${change(octalMode)}`;
    case "owner":
      return `owner ${change(({ uid, gid }) => `${uid}:${gid}`)}`;
    case "size":
      return `size ${change(({ sizeBytes }) => String(sizeBytes))}`;
    case "target":
      return `target ${change(({ linkTarget }) => linkTarget ?? "")}`;
    case "device":
      return `device ${change(({ device }) => (device === undefined ? "-" : `${device.major}, ${device.minor}`))}`;
    case "capability":
      return `capability ${change((entry) => capabilityWords(entry) || "none")}`;
    case "content":
      return "content";
    case "time":
      return `time ${change(timeWords)}`;
  }
}
