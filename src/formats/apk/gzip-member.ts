import { crc32, createInflateRaw } from "node:zlib";
import { FormatError } from "../format-error.ts";
import { outputChunkBytes, runThrough } from "../inflate-stream.ts";
import type { RandomAccess } from "../random-access.ts";

const inputChunkBytes = 64 * 1024;
/** A header may hold a name and a comment of any length; those of apk have none. */
const maxHeaderBytes = 4096;
const trailerBytes = 8;

/**
 * Inflates one gzip member that begins at `offsetBytes`; returns where the next byte behind it stands. apk signs and hashes the
 * members of its files apart from each other, as they are stored. Throws FormatError. Source: RFC 1952 2.3.
 */
export async function* inflateMember(
  content: RandomAccess,
  offsetBytes: number,
): AsyncGenerator<Uint8Array, number, void> {
  const start = offsetBytes + findBody(content.read(offsetBytes, maxHeaderBytes), offsetBytes);
  const inflater = createInflateRaw({ chunkSize: outputChunkBytes });
  let [sum, sizeBytes] = [0, 0];
  try {
    for await (const chunk of runThrough(inflater, readFrom(content, start))) {
      sum = crc32(chunk, sum);
      sizeBytes += chunk.byteLength;
      yield chunk;
    }
  } catch (error) {
    if (!isZlibError(error)) throw error;
    throw new FormatError("gzip", `corrupt or truncated (${error.message})`, offsetBytes);
  }
  const end = start + inflater.bytesWritten;
  const trailer = Buffer.from(content.read(end, trailerBytes));
  if (trailer.byteLength < trailerBytes) throw new FormatError("gzip", "truncated", end);
  if (trailer.readUInt32LE(0) !== sum || trailer.readUInt32LE(4) !== sizeBytes % 2 ** 32) {
    throw new FormatError("gzip", "the checksum of its content is wrong", end);
  }
  return end + trailerBytes;
}

function isZlibError(error: unknown): error is Error {
  return error instanceof Error && "code" in error && String(error.code).startsWith("Z_");
}

/** Length of the header. Flags: 2 checksum, 4 extra field, 8 name, 16 comment. */
function findBody(header: Uint8Array, offsetBytes: number): number {
  const bytes = Buffer.from(header.buffer, header.byteOffset, header.byteLength);
  const flags = bytes[3] ?? 0;
  if (bytes.length < 10 || bytes.readUInt32BE(0) >>> 8 !== 0x1f8b08 || flags > 31) {
    throw new FormatError("gzip", "there is no gzip member", offsetBytes);
  }
  let at = 10;
  if ((flags & 4) !== 0) at += 2 + (bytes[at] ?? 0) + 256 * (bytes[at + 1] ?? 0);
  for (const flag of [8, 16]) {
    if ((flags & flag) === 0) continue;
    const end = bytes.indexOf(0, at);
    at = end === -1 ? bytes.length : end + 1;
  }
  if ((flags & 2) !== 0) at += 2;
  if (at < bytes.length) return at;
  throw new FormatError("gzip", "its header is cut off or longer than any sound one", offsetBytes);
}

// eslint-disable-next-line @typescript-eslint/require-await -- read at once, taken piece by piece
async function* readFrom(content: RandomAccess, start: number): AsyncGenerator<Uint8Array> {
  for (let at = start; at < content.sizeBytes; at += inputChunkBytes) {
    yield content.read(at, inputChunkBytes);
  }
}
