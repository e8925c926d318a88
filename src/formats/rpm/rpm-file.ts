import { FormatError } from "../format-error.ts";
import type { RandomAccess } from "../random-access.ts";

/** Where the parts of an .rpm file are. */
export interface RpmFileParts {
  /** The main header as `RpmHeader` takes it: without its magic. */
  readonly header: Uint8Array;
  /** The compressed archive of the files, up to the end of the file. */
  readonly payload: { readonly offsetBytes: number; readonly lengthBytes: number };
}

const leadBytes = 96;
const leadMagic = 0xedabeedb;
/** Magic and version of a header structure, then four bytes that are zero. */
const headerMagic = 0x8eade801;
const introBytes = 16;
const entryBytes = 16;
/** Biggest header that rpm itself takes. Source: rpm lib/header.c, HEADER_DATA_MAX. */
const maxHeaderBytes = 256 * 1024 * 1024;
const sourceType = 1;

/**
 * Finds the parts of a binary package. Its signatures are passed over: an index vouches for the whole file. Throws FormatError.
 *
 *     lead (96 bytes) · header of signatures, padded to 8 · header · payload
 *
 * Source: rpm docs/manual/format_v4.md, lib/rpmlead.c.
 */
export function parseRpmFile(bytes: RandomAccess): RpmFileParts {
  const lead = Buffer.from(bytes.read(0, leadBytes));
  if (lead.length < leadBytes) throw new FormatError("rpm", "The file is too short", 0);
  if (lead.readUInt32BE(0) !== leadMagic) throw new FormatError("rpm", "It is no rpm package", 0);
  if (lead.readUInt16BE(6) === sourceType) {
    throw new FormatError("rpm", "It is a source package", 6);
  }
  const signatures = measureHeader(bytes, leadBytes);
  // The padding counts from the beginning of the structure, which begins at a multiple of 8.
  const headerAt = signatures.endBytes + ((8 - (signatures.endBytes % 8)) % 8);
  const { endBytes } = measureHeader(bytes, headerAt);
  const header = Buffer.from(bytes.read(headerAt + 8, endBytes - headerAt - 8));
  const lengthBytes = bytes.sizeBytes - endBytes;
  if (lengthBytes < 1) throw new FormatError("rpm", "The package has no payload", endBytes);
  return { header, payload: { offsetBytes: endBytes, lengthBytes } };
}

function measureHeader(bytes: RandomAccess, at: number): { readonly endBytes: number } {
  const intro = Buffer.from(bytes.read(at, introBytes));
  if (intro.length < introBytes || intro.readUInt32BE(0) !== headerMagic) {
    throw new FormatError("rpm", "There is no header where one must be", at);
  }
  const sizeBytes = intro.readUInt32BE(8) * entryBytes + intro.readUInt32BE(12);
  const endBytes = at + introBytes + sizeBytes;
  if (sizeBytes > maxHeaderBytes || endBytes > bytes.sizeBytes) {
    throw new FormatError("rpm", `A header of ${sizeBytes} bytes runs over the end`, at);
  }
  return { endBytes };
}
