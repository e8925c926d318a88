import { defaultBudgets, type Budgets } from "../model/budgets.ts";
import { gunzip } from "./gzip.ts";
import { unxz } from "./xz.ts";
import { unzstd } from "./zstd.ts";

export type Compression = "none" | "gzip" | "zstd" | "xz";

/** How many first bytes `detectCompression` needs at most. */
export const compressionMagicBytes = 6;

/**
 * What the first bytes say. Fewer than the magic needs is `none`.
 * Sources: RFC 1952 2.3.1; RFC 8878 3.1.1 and 3.1.2 (skippable frames, 0x184D2A50 to 5F); xz file format 2.1.1.1.
 */
export function detectCompression(head: Uint8Array): Compression {
  const [a, b, c, d, e, f] = head;
  if (a === 0x1f && b === 0x8b) return "gzip";
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return "zstd";
  if (a !== undefined && a >> 4 === 5 && b === 0x2a && c === 0x4d && d === 0x18) return "zstd";
  const isXz = a === 0xfd && b === 0x37 && c === 0x7a && d === 0x58 && e === 0x5a && f === 0;
  return isXz ? "xz" : "none";
}

/** What unpacking may cost. */
export interface DecompressOptions extends Pick<Budgets, "zstdFrames"> {
  /** Of zlib's output chunks; the tests make small streams of many chunks with it. 1 MiB when absent. */
  readonly chunkBytes?: number;
}

/**
 * The uncompressed bytes, in chunks of any length, each valid for good. Several members, frames or streams after one another are
 * one; zero bytes at the end are padding. The source is read no further than it must be to stay ahead.
 * Throws FormatError (offset in the compressed bytes where it is known) for corrupt, truncated or trailing data; what came before it stands.
 */
export function decompress(
  compression: Compression,
  source: AsyncIterable<Uint8Array>,
  options: DecompressOptions = defaultBudgets,
): AsyncIterable<Uint8Array> {
  switch (compression) {
    case "none":
      return source;
    case "gzip":
      return gunzip(source, options.chunkBytes);
    case "zstd":
      return unzstd(source, options);
    case "xz":
      return unxz(source);
  }
}
