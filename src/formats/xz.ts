import { FormatError } from "./format-error.ts";
import { expectPadding, RewindableSource } from "./rewindable-source.ts";
import { BlockSums, withoutSha256 } from "./xz-sha256.ts";

/** The decoder takes its input in pieces of this. */
const pieceBytes = 64 * 1024;

/** What the decoder's numbers mean. Source: XZ Embedded linux/include/linux/xz.h, `enum xz_ret`. */
const decoderErrors: Readonly<Record<string, string>> = {
  "3": "there is no memory for its dictionary",
  "4": "its dictionary is larger than 64 MiB",
  "5": "no xz stream starts where one must",
  "6": "it uses a filter or a check that is not supported",
  "7": "the compressed data is corrupt",
  "8": "the compressed data ends too early or is corrupt",
};

/**
 * Inflates xz: one stream or several, zero bytes between and behind them are padding. Dictionaries up to 64 MiB (`xz -9`).
 * Throws FormatError for corrupt, truncated, trailing or unsupported data. The decoder is loaded at the first use.
 */
export async function* unxz(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const sums = new BlockSums();
  const input = new RewindableSource(withoutSha256(source, sums));
  for await (const chunk of inflateStreams(input)) {
    sums.add(chunk);
    yield chunk;
  }
  sums.end();
  await expectPadding(input, "xz");
}

/** The decoder goes on to further streams and over padding by itself. */
async function* inflateStreams(input: RewindableSource): AsyncGenerator<Uint8Array> {
  // A CommonJS package whose names Node cannot see from outside.
  const { XzReadableStream } = (await import("xz-decompress")).default;
  const state: { error: unknown } = { error: null };
  const compressed = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const piece = await nextPiece(input);
          // After the end the decoder goes on with what it has, and says itself when that is too little.
          if (piece === null) controller.close();
          else controller.enqueue(piece);
        } catch (error) {
          state.error = error;
          controller.error(error);
        }
      },
    },
    { highWaterMark: 0 },
  );
  const reader = new XzReadableStream(compressed).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      if (value.byteLength > 0) yield value;
    }
  } catch (error) {
    throw state.error ?? describe(error);
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function nextPiece(input: RewindableSource): Promise<Uint8Array | null> {
  const { done, value } = await input.next();
  if (done === true) return null;
  const piece = value.subarray(0, pieceBytes);
  input.rewind(input.offsetBytes - value.byteLength + piece.byteLength);
  return piece;
}

function describe(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = /error code (\d+)/.exec(error.message)?.[1];
  const reason = code === undefined ? undefined : decoderErrors[code];
  return reason === undefined ? error : new FormatError("xz", reason);
}
