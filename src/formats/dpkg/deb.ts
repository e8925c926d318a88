import type { Compression } from "../compression.ts";
import { FormatError } from "../format-error.ts";
import type { RandomAccess } from "../random-access.ts";
import { parseArMembers, type ArMember } from "./ar.ts";

/** A part of a package: a tar stream in a range of its file. */
export interface DebPart {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
  readonly compression: Compression;
}

/** Where the parts of a .deb are. */
export interface DebParts {
  /** Name, version, relations, and the maintainer's scripts. */
  readonly control: DebPart;
  /** The files themselves. */
  readonly data: DebPart;
}

/** By the end of the member's name. Source: deb(5); `.zst` since dpkg 1.21.18. */
const compressions: ReadonlyMap<string, Compression> = new Map([
  ["", "none"],
  [".gz", "gzip"],
  [".xz", "xz"],
  [".zst", "zstd"],
]);
const formatPattern = /^2\.\d+\n/;
/** Longest text of `debian-binary` that is looked at; it may have more lines, which are not for now. */
const formatBytes = 64;

/**
 * Finds the parts of a binary package of Debian:
 *
 *     debian-binary     2.0
 *     control.tar.xz
 *     data.tar.zst
 *
 * in this order; members that begin with `_` may stand between them, and anything after them. Throws FormatError for another
 * file, another version of the format and a compression that is not read (bzip2, lzma). Source: deb(5).
 */
export function parseDeb(file: RandomAccess): DebParts {
  const [version, ...rest] = parseArMembers(file);
  if (version?.name !== "debian-binary") {
    throw malformed("its first member is not debian-binary", 0);
  }
  const written = file.read(version.offsetBytes, Math.min(version.sizeBytes, formatBytes));
  const text = Buffer.from(written).toString("latin1");
  if (!formatPattern.test(text)) {
    throw malformed("it is not of version 2 of the format", version.offsetBytes);
  }
  const [control, data] = rest.filter(({ name }) => !name.startsWith("_"));
  return { control: toPart("control.tar", control), data: toPart("data.tar", data) };
}

function toPart(name: string, member: ArMember | undefined): DebPart {
  if (member === undefined) throw malformed(`it has no ${name}`, null);
  const { offsetBytes, sizeBytes } = member;
  const compression = member.name.startsWith(name)
    ? compressions.get(member.name.slice(name.length))
    : undefined;
  if (compression === undefined) {
    const found = JSON.stringify(member.name);
    throw malformed(`${found} stands where ${name}, or one of gzip, xz or zstd, must`, offsetBytes);
  }
  return { offsetBytes, lengthBytes: sizeBytes, compression };
}

function malformed(reason: string, offsetBytes: number | null): FormatError {
  return new FormatError("deb", reason, offsetBytes);
}
