import { createHash } from "node:crypto";
import { constants, gzipSync, zstdCompressSync } from "node:zlib";
import fc, { type Arbitrary } from "fast-check";
import { decompress, detectCompression } from "../../../src/formats/compression.ts";
import { defaultBudgets } from "../../../src/model/budgets.ts";
import { FormatError } from "../../../src/formats/format-error.ts";
import type { Family } from "../family.ts";
import { Random } from "../random.ts";

/** What is inflated of one input; a bomb is stopped by who asks, not by the reader. */
const wantedBytes = 4 * 1024 * 1024;

/** Bytes that cannot be made smaller; those of `fc.uint8Array` take more time than all that is made of them. */
const noise = fc.tuple(fc.nat(), fc.nat({ max: 600 })).map(([seed, length]) => {
  const random = new Random(seed);
  return Uint8Array.from({ length }, () => random.next());
});
const run = (max: number): Arbitrary<Uint8Array> =>
  fc
    .tuple(fc.nat({ max: 255 }), fc.nat({ max }))
    .map(([byte, length]) => new Uint8Array(length).fill(byte));
/** Large ones are rare: they cost the time of many small ones. */
const content = fc.oneof(
  { weight: 60, arbitrary: noise },
  { weight: 40, arbitrary: run(3000) },
  { weight: 1, arbitrary: run(400_000) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 3000 }) },
);
const gzipOf = (bytes: Uint8Array, level: number): Buffer => gzipSync(bytes, { level });

const zstdOf = (bytes: Uint8Array, level: number, windowLog: number): Buffer =>
  zstdCompressSync(bytes, {
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      [constants.ZSTD_c_checksumFlag]: bytes.byteLength % 2,
      [constants.ZSTD_c_windowLog]: windowLog,
    },
  });

/** To start a compressor costs more than to read what it made: most parts are some of these, made once. */
function partsOf(part: Arbitrary<Buffer>): Arbitrary<Buffer> {
  let parts: readonly Buffer[] | null = null;
  const kept = fc.nat({ max: 255 }).map((index) => {
    parts ??= fc.sample(part, { numRuns: 256, seed: 1 });
    return parts[index] ?? Buffer.alloc(0);
  });
  return fc.oneof({ weight: 19, arbitrary: kept }, { weight: 1, arbitrary: part });
}

const gzip = partsOf(
  fc.tuple(content, fc.integer({ min: 0, max: 9 })).map((all) => gzipOf(...all)),
);
const zstd = partsOf(
  fc
    .tuple(content, fc.constantFrom(1, 3, 9), fc.integer({ min: 10, max: 27 }))
    .map((all) => zstdOf(...all)),
);
const skippable = fc
  .tuple(fc.nat({ max: 15 }), fc.uint8Array({ maxLength: 40 }))
  .map(([kind, bytes]) => {
    const head = Buffer.alloc(8);
    head.writeUInt32LE(0x184d2a50 + kind, 0);
    head.writeUInt32LE(bytes.byteLength, 4);
    return Buffer.concat([head, bytes]);
  });
const padding = fc.nat({ max: 600 }).map((length) => Buffer.alloc(length));
const several = (part: Arbitrary<Buffer>): Arbitrary<Uint8Array> =>
  fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => Buffer.concat(parts));

async function inflate(input: Uint8Array): Promise<unknown> {
  const found = detectCompression(input);
  // What has lost its magic number is still read as something.
  const compression =
    found === "none" ? (["gzip", "zstd", "xz"] as const)[input.length % 3] : found;
  const { byteLength } = input;
  // Each piece and each chunk is a way to another thread and back: few of most inputs, many of some.
  const pieceBytes = [700, 97, 700, 700, 13][byteLength % 5] ?? 700;
  // As small as zlib takes them, so that small streams too wait for who reads; 1 MiB is what is so in earnest.
  const rare = new Map([
    [0, 64],
    [1, 1 << 20],
  ]).get(byteLength % 61);
  const chunkBytes = rare ?? [4096, 700, 16_384][byteLength % 3] ?? 700;
  const hash = createHash("sha256");
  let lengthBytes = 0;
  let error: unknown = null;
  try {
    const pieces = piecesOf(input, pieceBytes);
    const options = { ...defaultBudgets, chunkBytes };
    for await (const chunk of decompress(compression ?? "gzip", pieces, options)) {
      hash.update(chunk);
      lengthBytes += chunk.byteLength;
      if (lengthBytes > wantedBytes) break;
    }
  } catch (caught) {
    if (!(caught instanceof FormatError)) throw caught;
    error = caught.message;
  }
  // How much of a broken stream comes out before its error depends on the size of the chunks, not of a whole one.
  return error === null && lengthBytes <= wantedBytes
    ? { lengthBytes, sha256: hash.digest("hex") }
    : { error };
}

async function* piecesOf(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  const step = bytes.byteLength / pieceBytes > 16 ? 700 : pieceBytes;
  for (let at = 0; at < bytes.byteLength; at += step) {
    await Promise.resolve();
    yield Uint8Array.from(bytes.subarray(at, at + step));
  }
}

/** gzip and Zstandard: members, frames, padding. */
export const compression: Family = {
  name: "compression",
  usualBytes: 4096,
  made: fc.oneof(
    several(fc.oneof(gzip, gzip, padding)),
    several(fc.oneof(zstd, zstd, skippable, padding)),
  ),
  read: inflate,
};

/** xz streams; a family of its own, because its decoder takes a millisecond to start. All real and changed. */
export const xz: Family = {
  name: "xz",
  made: fc
    .uint8Array({ maxLength: 200 })
    .map((bytes) => Buffer.concat([Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), bytes])),
  read: inflate,
};
