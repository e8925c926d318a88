import { createHash, type Hash } from "node:crypto";
import { crc32 } from "node:zlib";
import { FormatError } from "./format-error.ts";

/** What one block of a stream comes to. */
interface BlockSum {
  readonly rawBytes: number;
  /** Of the uncompressed bytes, hex. */
  readonly sha256: string;
}

const magic = Buffer.from("fd377a585a00", "hex");
const footerMagic = Buffer.from("YZ");
const sha256Check = 0x0a;
const headBytes = 12;
const sumBytes = 32;
/** Blocks of one stream; each has a record in the index. */
const maxBlocks = 1_000_000;

/**
 * An xz file whose blocks end in SHA-256 sums, as rpm writes them, as one without any: the decoder knows only shorter sums.
 * The sums go to `sums`, that of a block before the next one begins. Any other file comes through as it is. Throws FormatError.
 * Source: xz file format 1.2.0, sections 2 and 3; LZMA2 chunks: XZ Embedded linux/lib/xz/xz_dec_lzma2.c.
 */
export async function* withoutSha256(
  source: AsyncIterable<Uint8Array>,
  sums: BlockSums,
): AsyncGenerator<Uint8Array, void, void> {
  const input = new ByteSource(source);
  for (;;) {
    yield* passPadding(input);
    const head = await input.peek(headBytes);
    const isSummed =
      head.length === headBytes && head.subarray(0, 6).equals(magic) && head[7] === sha256Check;
    // Padding, another kind of stream, or what is none: the decoder judges it.
    if (!isSummed) {
      yield* input.rest();
      return;
    }
    yield* rewriteStream(input, sums);
    if ((await input.peek(1)).length === 0) return;
  }
}

/** Four zero bytes each, behind a stream. */
async function* passPadding(input: ByteSource): AsyncGenerator<Uint8Array, void, void> {
  const zeros = Buffer.alloc(4);
  while ((await input.peek(4)).equals(zeros)) yield await input.take(4);
}

async function* rewriteStream(
  input: ByteSource,
  sums: BlockSums,
): AsyncGenerator<Uint8Array, void, void> {
  sums.start();
  const head = await input.take(headBytes);
  if (head.readUInt32LE(8) !== crc32(head.subarray(6, 8))) fail("its header has another sum");
  const flags = Buffer.alloc(2);
  yield Buffer.concat([magic, flags, numberBytes(crc32(flags))]);
  const records: number[] = [];
  for (;;) {
    const [size = 0] = await input.peek(1);
    if (size === 0) break;
    if (records.length / 2 >= maxBlocks) fail(`it has more than ${maxBlocks} blocks`);
    const header = await input.take((size + 1) * 4);
    yield header;
    const sizes = { storedBytes: 0, rawBytes: 0 };
    yield* passChunks(input, sizes);
    yield await input.take((4 - (sizes.storedBytes % 4)) % 4);
    const sha256 = (await input.take(sumBytes)).toString("hex");
    sums.expect({ rawBytes: sizes.rawBytes, sha256 });
    records.push(header.length + sizes.storedBytes, sizes.rawBytes);
  }
  await expectEnd(input, records);
  const index = makeIndex(records);
  yield index;
  yield makeFooter(index, flags);
}

/** The chunks of a block, up to and with the byte that ends them; adds up their sizes. */
async function* passChunks(
  input: ByteSource,
  sizes: { storedBytes: number; rawBytes: number },
): AsyncGenerator<Uint8Array, void, void> {
  for (;;) {
    const [control = 0] = await input.peek(1);
    if (control > 2 && control < 0x80) fail("a chunk of an unknown kind");
    const headerBytes = control === 0 ? 1 : control < 0x80 ? 3 : 5;
    const header = await input.take(headerBytes);
    yield header;
    sizes.storedBytes += headerBytes;
    if (control === 0) return;
    const isPacked = control >= 0x80;
    const rawBytes = (isPacked ? (control & 0x1f) << 16 : 0) + header.readUInt16BE(1) + 1;
    // New properties are one byte more.
    const packedBytes = isPacked
      ? header.readUInt16BE(3) + 1 + (control >= 0xc0 ? 1 : 0)
      : rawBytes;
    yield* input.pass(packedBytes);
    sizes.storedBytes += packedBytes;
    sizes.rawBytes += rawBytes;
  }
}

/** A record of the index has the length of the block's sum, too. */
async function expectEnd(input: ByteSource, records: readonly number[]): Promise<void> {
  const index = makeIndex(records.map((size, at) => (at % 2 === 0 ? size + sumBytes : size)));
  const found = await input.take(index.length);
  if (!found.equals(index)) fail("its index does not fit its blocks");
  const footer = await input.take(headBytes);
  if (!footer.equals(makeFooter(index, Buffer.of(0, sha256Check)))) {
    fail("its end does not fit its index");
  }
}

function makeFooter(index: Buffer, flags: Buffer): Buffer {
  const fields = Buffer.concat([numberBytes(index.length / 4 - 1), flags]);
  return Buffer.concat([numberBytes(crc32(fields)), fields, footerMagic]);
}

function makeIndex(records: readonly number[]): Buffer {
  const parts = [Buffer.alloc(1), variable(records.length / 2), ...records.map(variable)];
  const bytes = Buffer.concat(parts);
  const padded = Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
  return Buffer.concat([padded, numberBytes(crc32(padded))]);
}

/** Seven bits a byte, the lowest first. */
function variable(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.of(...bytes, rest);
}

function numberBytes(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

function fail(reason: string): never {
  throw new FormatError("xz", reason);
}

/** Holds the uncompressed bytes against the sums of their blocks, once it is told that there are any. */
export class BlockSums {
  readonly #expected: BlockSum[] = [];
  #isStarted = false;
  #hash: Hash = createHash("sha256");
  #hashedBytes = 0;

  start(): void {
    this.#isStarted = true;
  }

  expect(sum: BlockSum): void {
    this.#expected.push(sum);
  }

  /** Takes the next uncompressed bytes. Throws FormatError when a block ends in another sum. */
  add(bytes: Uint8Array): void {
    let rest = this.#isStarted ? bytes : bytes.subarray(0, 0);
    while (rest.length > 0) {
      const [next] = this.#expected;
      const part = rest.subarray(0, (next?.rawBytes ?? Infinity) - this.#hashedBytes);
      this.#hash.update(part);
      this.#hashedBytes += part.length;
      rest = rest.subarray(part.length);
      if (next !== undefined && this.#hashedBytes === next.rawBytes) this.#endBlock(next);
    }
  }

  /** Behind the last bytes. Throws FormatError as `add` does. */
  end(): void {
    for (let [next] = this.#expected; next !== undefined; [next] = this.#expected) {
      this.#endBlock(next);
    }
  }

  #endBlock({ sha256 }: BlockSum): void {
    if (this.#hash.digest("hex") !== sha256) fail("a block has another SHA-256 sum");
    this.#hash = createHash("sha256");
    this.#hashedBytes = 0;
    this.#expected.shift();
  }
}

/** Bytes of a source in pieces of the length that is asked for. */
class ByteSource {
  readonly #source: AsyncIterator<Uint8Array>;
  #ahead: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** The next bytes, which stay; fewer at the end. */
  async peek(length: number): Promise<Buffer> {
    while (this.#ahead.length < length) {
      const next: IteratorResult<Uint8Array, unknown> = await this.#source.next();
      if (next.done === true) break;
      const { value } = next;
      const more = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      this.#ahead = this.#ahead.length === 0 ? more : Buffer.concat([this.#ahead, more]);
    }
    return this.#ahead.subarray(0, length);
  }

  /** Throws FormatError when there are fewer. */
  async take(length: number): Promise<Buffer> {
    const bytes = await this.peek(length);
    if (bytes.length < length) fail("the compressed data ends too early");
    this.#ahead = this.#ahead.subarray(length);
    return bytes;
  }

  /** That many bytes in whatever pieces. */
  async *pass(length: number): AsyncGenerator<Uint8Array, void, void> {
    for (let left = length; left > 0;) {
      await this.peek(1);
      const piece = await this.take(Math.max(1, Math.min(left, this.#ahead.length)));
      left -= piece.length;
      yield piece;
    }
  }

  async *rest(): AsyncGenerator<Uint8Array, void, void> {
    for (;;) {
      const piece = await this.peek(1);
      if (piece.length === 0) return;
      yield await this.take(this.#ahead.length);
    }
  }
}
