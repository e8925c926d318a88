import { FormatError } from "../format-error.ts";
import type { TarBlock } from "./block.ts";
import { decodeName, maxPathBytes, normaliseName } from "./name.ts";
import type { PaxRecords } from "./pax.ts";

/** One entry of an archive, ready to use. Whiteouts are not told apart here: see `readWhiteout`. */
export interface TarEntry {
  /** Absolute and normalised. */
  readonly path: string;
  readonly type: "file" | "directory" | "symlink" | "hardlink" | "character" | "block" | "fifo";
  /** Lower 12 bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Of the content with its holes; 0 for everything that is not a file. */
  readonly sizeBytes: number;
  /** Seconds since 1970, before it negative; absent where the header holds no number. */
  readonly modifiedSeconds?: number;
  /** Of a character or block device. */
  readonly device?: { readonly major: number; readonly minor: number };
  /** symlink: as written. hardlink: absolute and normalised. */
  readonly linkTarget?: string;
  /** `security.capability` as lower-case hex. */
  readonly capability?: string;
}

/** A header block and what the extended headers before it say. */
export interface TarMember {
  readonly block: TarBlock;
  readonly pax: PaxRecords;
  /** GNU `L` and `K`, before the first NUL; they win over PAX, as in Go. */
  readonly longName: Uint8Array | null;
  readonly longLink: Uint8Array | null;
}

const types: Readonly<Record<string, TarEntry["type"]>> = {
  "\0": "file",
  "0": "file",
  "1": "hardlink",
  "2": "symlink",
  "3": "character",
  "4": "block",
  "5": "directory",
  "6": "fifo",
  "7": "file",
  S: "file",
};

/** What the type flag means, or null for one that holds no file (a volume label, a dump directory). */
export function readType(member: TarMember): TarEntry["type"] | null {
  const { typeFlag } = member.block;
  // Before POSIX a directory was a file whose name ends in a slash.
  if (typeFlag === "\0" && readName(member).endsWith("/")) return "directory";
  return types[typeFlag] ?? null;
}

/** The name as text, not normalised and not to be trusted. */
export function readName({ block, pax, longName }: TarMember): string {
  if (longName !== null) return decodeName(longName);
  return pax.sparse?.name ?? pax.path ?? decodeName(block.name);
}

/** How many bytes of content follow the header in the archive. */
export function storedBytes({ block, pax }: TarMember, type: TarEntry["type"] | null): number {
  const sizeBytes = pax.size ?? block.sizeBytes;
  return type === null || type === "file" || type === "hardlink" ? sizeBytes : 0;
}

/**
 * The entry of a member. `sizeBytes` is that of the content with its holes.
 * Throws FormatError when the name or the target of a link cannot be used; the archive goes on after it.
 */
export function describeMember(
  member: TarMember,
  type: TarEntry["type"],
  sizeBytes: number,
): TarEntry {
  const { block, pax } = member;
  const linkTarget = readLinkTarget(member, type);
  const modified = pax.mtime ?? block.modifiedSeconds;
  const device = type === "character" || type === "block" ? block.device : null;
  return {
    path: normaliseName(readName(member)),
    type,
    mode: block.mode,
    uid: pax.uid ?? block.uid,
    gid: pax.gid ?? block.gid,
    sizeBytes: type === "file" ? sizeBytes : 0,
    ...(modified === null ? {} : { modifiedSeconds: modified }),
    ...(device === null ? {} : { device }),
    ...(linkTarget === null ? {} : { linkTarget }),
    ...(pax.capability === undefined ? {} : { capability: pax.capability }),
  };
}

function readLinkTarget({ block, pax, longLink }: TarMember, type: string): string | null {
  if (type !== "symlink" && type !== "hardlink") return null;
  const target =
    longLink !== null ? decodeName(longLink) : (pax.linkpath ?? decodeName(block.linkName));
  if (type === "hardlink") return normaliseName(target);
  if (target.length > maxPathBytes || target.includes("\0")) {
    throw new FormatError(
      "tar",
      `the target of a symbolic link holds a NUL or is longer than ${maxPathBytes} bytes`,
    );
  }
  return target;
}
