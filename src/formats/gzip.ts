import { createGunzip } from "node:zlib";
import { outputChunkBytes, runThrough } from "./inflate-stream.ts";
import { asFormatError, expectPadding, RewindableSource } from "./rewindable-source.ts";

/**
 * Inflates gzip: one member or several after one another, as Go and gzip(1) read them; zero bytes behind the last
 * are padding. Throws FormatError for corrupt, truncated or other trailing data. Source: RFC 1952 2.2.
 */
export async function* gunzip(
  source: AsyncIterable<Uint8Array>,
  chunkSize = outputChunkBytes,
): AsyncGenerator<Uint8Array> {
  const input = new RewindableSource(source);
  const inflater = createGunzip({ chunkSize });
  try {
    yield* runThrough(inflater, input);
  } catch (error) {
    throw asFormatError(error, "gzip", input);
  }
  input.rewind(inflater.bytesWritten);
  await expectPadding(input, "gzip");
}
