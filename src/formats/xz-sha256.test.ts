import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { Random } from "../../test/fuzz/random.ts";
import { FormatError } from "./format-error.ts";
import { unxz } from "./xz.ts";

const withoutXz = spawnSync("xz", ["--version"]).status === 0 ? "" : " (skipped: no xz)";

function compress(bytes: Uint8Array, ...args: readonly string[]): Buffer {
  const ended = spawnSync("xz", ["-c", "--check=sha256", ...args], {
    input: bytes,
    maxBuffer: 2 ** 28,
  });
  if (ended.status !== 0) throw new Error(ended.stderr.toString());
  return ended.stdout;
}

async function* inPieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) {
    await Promise.resolve();
    yield bytes.subarray(at, at + length);
  }
}

async function unpack(bytes: Uint8Array, pieceBytes = 10_000): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of unxz(inPieces(bytes, pieceBytes))) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Some of it can be packed, some cannot. */
function makeBytes(length: number): Buffer {
  const random = new Random(length);
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += 2) bytes[at] = random.below(at % 9000 < 3000 ? 256 : 3);
  return bytes;
}

describe.skipIf(withoutXz !== "")(`xz with SHA-256 sums${withoutXz}`, () => {
  const rows: readonly [string, Buffer, readonly string[]][] = [
    ["nothing", Buffer.alloc(0), []],
    ["one byte", Buffer.from("x"), []],
    ["one block", makeBytes(300_000), []],
    ["many blocks", makeBytes(300_000), ["--block-size=20000", "-T2"]],
    ["bytes that cannot be packed", makeBytes(3000), ["-0"]],
  ];
  it.each(rows)("%s", async (_, bytes, args) => {
    const packed = compress(bytes, ...args);
    expect((await unpack(packed)).equals(bytes)).toBe(true);
    expect((await unpack(packed, 1000)).equals(bytes)).toBe(true);
  });

  it("several streams, padding between and behind them", async () => {
    const [a, b] = [makeBytes(5000), makeBytes(7000)];
    const all = Buffer.concat([compress(a), Buffer.alloc(8), compress(b), Buffer.alloc(4)]);
    const expected = Buffer.concat([a, b]);
    expect((await unpack(Buffer.concat([compress(a), compress(b)]))).equals(expected)).toBe(true);
    expect((await unpack(all)).equals(expected)).toBe(true);
  });

  it("refuses every changed byte that changes anything, and every cut", async () => {
    const bytes = makeBytes(1500);
    const packed = compress(bytes, "--block-size=600");
    let same = 0;
    for (let at = 0; at < packed.length; at++) {
      const changed = Buffer.from(packed);
      changed[at] = (changed[at] ?? 0) ^ 0x41;
      const found: unknown = await unpack(changed).catch((error: unknown) => error);
      if (Buffer.isBuffer(found) && found.equals(bytes)) same++;
      else expect(found, `byte ${at}`).toBeInstanceOf(FormatError);
    }
    // The first byte of each block's data means nothing to the decoder.
    expect(same).toBeLessThanOrEqual(3);
    for (let at = 1; at < packed.length; at += 7) {
      await expect(unpack(packed.subarray(0, at)), `cut at ${at}`).rejects.toThrow(FormatError);
    }
  });

  it("says that a filter for programs is not supported", async () => {
    const packed = compress(makeBytes(1500), "--x86", "--lzma2");
    await expect(unpack(packed)).rejects.toThrow("not supported");
  });

  it("says that a sum is another one", async () => {
    const packed = compress(makeBytes(1500));
    // The sum stands before the index, which has 12 bytes here, and the footer.
    const changed = Buffer.from(packed);
    const at = packed.length - 12 - 12 - 4;
    changed[at] = (changed[at] ?? 0) ^ 1;
    await expect(unpack(changed)).rejects.toThrow("SHA-256");
  });
});
