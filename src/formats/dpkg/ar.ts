import { FormatError } from "../format-error.ts";
import type { RandomAccess } from "../random-access.ts";

/** One member of an archive. `offsetBytes` is where its bytes begin, from the start of the file. */
export interface ArMember {
  /** Without the slash or blanks that end it. */
  readonly name: string;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

const magic = "!<arch>\n";
const headerBytes = 60;
const nameBytes = 16;
/** Where the size stands in a header, in decimal, and where the two bytes that end it. */
const sizeAt = { start: 48, end: 58 };
/** A package has three, dpkg takes any number of them whose name begins with `_`. */
const maxMembers = 1000;

/**
 * Lists the members of an `ar` archive with names of up to 16 bytes, as Debian packages are:
 *
 *     !<arch>
 *     debian-binary   1700000000  0     0     100644  4         `
 *
 * Nothing of their content is read. In the order of the file; member bytes are padded to an even number. Throws FormatError for
 * another file, a broken header and a member that the file is too short for. Source: deb(5); dpkg lib/dpkg/ar.c.
 */
export function parseArMembers(file: RandomAccess): readonly ArMember[] {
  if (text(file.read(0, magic.length)) !== magic) throw malformed("it is no ar archive", 0);
  const members: ArMember[] = [];
  for (let at = magic.length; at < file.sizeBytes;) {
    if (members.length === maxMembers)
      throw malformed(`it has more than ${maxMembers} members`, at);
    const member = readHeader(file, at);
    members.push(member);
    const end = member.offsetBytes + member.sizeBytes;
    at = end + (end % 2);
  }
  return members;
}

function readHeader(file: RandomAccess, at: number): ArMember {
  const header = text(file.read(at, headerBytes));
  if (header.length < headerBytes) throw malformed("a member's header is cut", at);
  if (!header.endsWith("`\n")) throw malformed("no member begins where one must", at);
  const digits = header.slice(sizeAt.start, sizeAt.end).trimEnd();
  if (!/^\d{1,10}$/.test(digits)) throw malformed("the size of a member is no number", at);
  const name = header.slice(0, nameBytes).trimEnd().replace(/\/$/, "");
  const [offsetBytes, sizeBytes] = [at + headerBytes, Number(digits)];
  if (offsetBytes + sizeBytes > file.sizeBytes) {
    const left = file.sizeBytes - offsetBytes;
    throw malformed(`a member of ${sizeBytes} bytes has ${left} left`, at);
  }
  return { name, offsetBytes, sizeBytes };
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

function malformed(reason: string, offsetBytes: number): FormatError {
  return new FormatError("ar", reason, offsetBytes);
}
