import { closeSync, existsSync, openSync } from "node:fs";
import { join } from "node:path";
import {
  compressionMagicBytes,
  detectCompression,
  type Compression,
} from "../../formats/compression.ts";
import { hasValidChecksum, blockBytes } from "../../formats/tar/block.ts";
import type { TarEntry } from "../../formats/tar/member.ts";
import { readFully } from "../file-window.ts";

/** What the first bytes of a file say. */
export interface FileStart {
  readonly compression: Compression;
  /** Its first block is a tar header. False for a compressed file: that is seen only inside. */
  readonly isTar: boolean;
  readonly isEmpty: boolean;
}

/** Throws the system's errors. */
export function readStart(file: string): FileStart {
  const descriptor = openSync(file, "r");
  try {
    const block = Buffer.alloc(blockBytes);
    const filled = readFully(descriptor, block, 0);
    return {
      compression: detectCompression(block.subarray(0, Math.min(filled, compressionMagicBytes))),
      isTar: filled === blockBytes && hasValidChecksum(block),
      isEmpty: filled === 0,
    };
  } finally {
    closeSync(descriptor);
  }
}

/** What an archive holds. */
export type ArchiveKind = "oci-archive" | "archive" | "rootfs" | "unknown";

/** Of a container image's root; an app's own archive has few of them. Source: FHS 3.0, chapter 3. */
const rootFolders = [
  "bin",
  "dev",
  "etc",
  "home",
  "lib",
  "opt",
  "proc",
  "root",
  "run",
  "sbin",
  "srv",
  "sys",
  "tmp",
  "usr",
  "var",
];

/** What else stands in a root: FHS 3.0, merged /usr of Debian, `filesystem` of Fedora, the mark of Docker's containers. */
const rarerRootNames = [
  ".dockerenv",
  "afs",
  "bin.usr-is-merged",
  "boot",
  "lib.usr-is-merged",
  "lib32",
  "lib64",
  "libx32",
  "lost+found",
  "media",
  "mnt",
  "sbin.usr-is-merged",
];

/** By the names in it. `docker save` since Docker 25 writes both layouts: it is an archive to those who made it. */
export function archiveKind(entries: ReadonlyMap<string, TarEntry>): ArchiveKind {
  if (entries.has("/manifest.json")) return "archive";
  if (isLayoutArchive(entries)) return "oci-archive";
  const tops = new Set([...entries.keys()].map((path) => path.split("/")[1] ?? ""));
  const isRelease = osReleases.some((path) => entries.has(`/${path}`));
  return isRelease || isRoot((name) => tops.has(name)) ? "rootfs" : "unknown";
}

/** Whether there is an OCI layout in it. Source: OCI image-spec image-layout.md. */
export function isLayoutArchive(entries: ReadonlyMap<string, TarEntry>): boolean {
  return entries.has("/index.json") && entries.has("/oci-layout");
}

/** Whether a folder is a root filesystem and no app: os-release says it, or most of the root's folders are there. */
export function isRootFolder(folder: string): boolean {
  const has = (name: string): boolean => existsSync(join(folder, name));
  return osReleases.some(has) || isRoot(has);
}

/** Source: os-release(5). */
const osReleases = ["etc/os-release", "usr/lib/os-release"];

/** Whether enough of the root's folders are there; of an app's own `etc`, `bin` and `lib` stand beside few others. */
export function isRoot(has: (name: string) => boolean): boolean {
  return has("etc") && rootFolders.filter(has).length >= 5;
}

/** Whether the first names of an archive whose end was not seen are a root's and nothing else. */
export function isRootStart(tops: ReadonlySet<string>): boolean {
  const known = new Set([...rootFolders, ...rarerRootNames, ""]);
  return [...tops].every((name) => known.has(name));
}
