import { execFileSync } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeTar, sha256, type MadeEntry } from "../../../test/made-images.ts";
import type { Failure } from "../../model/failure.ts";
import { describeFailure } from "../../report/failure-words.ts";
import type { BlobLayer } from "../image.ts";
import type { LayerBudgets } from "../layer-budgets.ts";
import { readLayers } from "../read-layers.ts";

let scratch = "";
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "fromage-layers-"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const compressions = {
  none: (bytes: Uint8Array) => Buffer.from(bytes),
  gzip: (bytes: Uint8Array) => gzipSync(bytes),
  zstd: (bytes: Uint8Array) => zstdCompressSync(bytes),
  xz: (input: Uint8Array) => execFileSync("xz", ["-0c"], { input, maxBuffer: 1024 ** 3 }),
};
type Compression = keyof typeof compressions;

const entries: readonly MadeEntry[] = [
  ["bin/run", "#!/bin/sh\n", 0o755],
  ["noise", Array.from({ length: 10_000 }, (_, index) => sha256(`${index}`)).join("\n")],
  ["last", "last\n"],
];

interface Stored {
  readonly layer?: Partial<BlobLayer>;
  readonly bytes: Uint8Array;
}

interface Read {
  /** Paths that were read; null when the layer failed as a whole. */
  readonly paths: readonly string[] | null;
  readonly failures: readonly Failure[];
}

let count = 0;
function store({ layer, bytes }: Stored, compression: Compression): BlobLayer {
  const file = join(scratch, `layer-${count++}`);
  writeFileSync(file, bytes);
  const lengthBytes = bytes.byteLength;
  const range = { kind: "blob", file, offsetBytes: 0, lengthBytes } as const;
  return { ...range, compression, digest: null, diffId: null, mediaType: null, ...layer };
}

async function read(
  layer: BlobLayer,
  budgets: Partial<LayerBudgets> = {},
  onProgress: () => void = () => undefined,
): Promise<Read> {
  const options = { budgets, parallel: 1, nameOf: () => "the layer", onProgress };
  const [result] = await readLayers([layer], options);
  if (result === undefined) throw new TypeError("one layer, one result");
  if (!result.ok) return { paths: null, failures: [result.failure] };
  const { facts } = result.value;
  const sections = [facts.elf, facts.shebangs, facts.texts, facts.packages, facts.loaderCaches];
  const failures = [facts, ...sections].flatMap((part) => part.failures);
  return { paths: facts.entries.map(({ path }) => path), failures };
}

function expectFailure({ failures }: Read, kind: Failure["kind"], words: RegExp): void {
  const said = failures.map((failure) => [failure.kind, describeFailure(failure)]);
  expect(said).toContainEqual([kind, expect.stringMatching(words)]);
}

describe.each(["none", "gzip", "zstd", "xz"] as const)("a layer, %s,", (compression) => {
  const compress = compressions[compression];

  it("with another digest says both, and gives nothing", async () => {
    const bytes = compress(await makeTar(entries));
    const digest = sha256("another");
    const seen = await read(store({ bytes, layer: { digest } }, compression));
    const words = new RegExp(`its digest is ${sha256(bytes)}, expected ${digest}$`);
    expectFailure(seen, "malformed", words);
    expect(seen.paths).toBeNull();
  });

  it("with another diffId says both, and gives nothing", async () => {
    const tar = await makeTar(entries);
    const bytes = compress(tar);
    const layer = { digest: sha256(bytes), diffId: sha256("another") };
    const seen = await read(store({ bytes, layer }, compression));
    expectFailure(seen, "malformed", new RegExp(`${sha256(tar)}, expected ${layer.diffId}$`));
    expect(seen.paths).toBeNull();
  });

  it.each([0.1, 0.5, 0.9])("that is cut off at %d of it is named", async (part) => {
    const whole = compress(await makeTar(entries));
    const bytes = whole.subarray(0, Math.floor(whole.byteLength * part));
    const seen = await read(store({ bytes, layer: { digest: sha256(bytes) } }, compression));
    expectFailure(seen, "malformed", /^Cannot read .*the layer as \w+: /);
  });

  it("whose file became shorter says how much of it there is", async () => {
    const whole = compress(await makeTar(entries));
    const bytes = whole.subarray(0, 1000);
    const layer = { digest: sha256(whole), lengthBytes: whole.byteLength };
    const seen = await read(store({ bytes, layer }, compression));
    expectFailure(seen, "malformed", /the file holds 1000 of its \d+ bytes$/);
    expect(seen.paths).toBeNull();
  });

  it("whose bytes were overwritten in the middle is named", async () => {
    const bytes = compress(await makeTar(entries));
    const digest = sha256(bytes);
    bytes.fill(0xa5, bytes.byteLength / 2, bytes.byteLength / 2 + 64);
    const seen = await read(store({ bytes, layer: { digest } }, compression));
    expectFailure(seen, "malformed", /expected sha256:/);
    expect(seen.paths).toBeNull();
  });

  it("with more entries than the budget keeps what came first", async () => {
    const bytes = compress(await makeTar(entries));
    const seen = await read(store({ bytes }, compression), { entries: 2 });
    expectFailure(seen, "over-limit", /more than 2 entries, the limit for entries$/);
    expect(seen.paths).toEqual(["/bin/run", "/noise"]);
  });

  it("of zeros alone ends at the ratio or the size", async () => {
    const tar = await makeTar([["zeros", "\0".repeat(32 * 1024 * 1024)]]);
    const budgets = { ratioFloorBytes: 1024 * 1024, inflatedBytes: 16 * 1024 * 1024, ratio: 50 };
    const seen = await read(store({ bytes: compress(tar) }, compression), budgets);
    const words =
      compression === "none" ? /the limit for uncompressed size/ : /50 times|uncompressed size/;
    expectFailure(seen, "over-limit", words);
  });

  it("that is no archive is named", async () => {
    const seen = await read(store({ bytes: compress(Buffer.alloc(4096, "text\n")) }, compression));
    expectFailure(seen, "malformed", /as tar: .* at byte 0$/);
  });
});

describe("a file that changes while it is read", () => {
  it("fails where no digest speaks for the bytes", async () => {
    const bytes = Buffer.from(await makeTar(entries));
    const layer = store({ bytes }, "none");
    const seen = await read(layer, {}, () => appendFileSync(layer.file, "more"));
    expectFailure(seen, "malformed", /it changed while it was read$/);
  });

  it("is right where its digest was verified", async () => {
    const bytes = Buffer.from(await makeTar(entries));
    const layer = store({ bytes, layer: { digest: sha256(bytes) } }, "none");
    const seen = await read(layer, {}, () => appendFileSync(layer.file, "more"));
    expect(seen).toEqual({ paths: ["/bin/run", "/noise", "/last"], failures: [] });
    expect(statSync(layer.file).size).toBeGreaterThan(bytes.byteLength);
  });
});

/** Name of an entry, and what is said of it; null when it stays inside and is harmless. */
const names: readonly (readonly [entry: MadeEntry, path: string | null, words: RegExp | null])[] = [
  [["../../etc/passwd", "x"], null, /\.\./],
  [["a/../../b", "x"], null, /\.\./],
  [["a", "=> ../../etc/shadow"], null, /\.\./],
  [["/etc/absolute", "x"], "/etc/absolute", null],
  [["loop", "-> loop"], "/loop", null],
  [["out", "-> ../../../etc/passwd"], "/out", null],
  [[".wh...", ""], null, /\.wh\./],
  [["a/.wh.", ""], null, /\.wh\./],
];

describe("a hostile name", () => {
  it.each(names)("%j stays inside or is refused", async (entry, path, words) => {
    const seen = await read(store({ bytes: await makeTar([entry, ["after", "x"]]) }, "none"));
    expect(seen.paths).toEqual([...(path === null ? [] : [path]), "/after"]);
    if (words === null) expect(seen.failures).toEqual([]);
    else expectFailure(seen, "malformed", words);
  });
});

describe("an ELF file with lying offsets", () => {
  it.each([
    ["program headers behind the end", 0x20, 0xffff_ffffn],
    ["program headers behind any file", 0x20, 0xffff_ffff_ffff_fff0n],
  ])("%s: it is named and the layer goes on", async (_, at, offset) => {
    const elf = Buffer.alloc(4096);
    elf.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
    elf.writeUInt16LE(3, 0x10);
    elf.writeUInt16LE(62, 0x12);
    elf.writeUInt32LE(1, 0x14);
    elf.writeUInt16LE(64, 0x34);
    elf.writeUInt16LE(56, 0x36);
    elf.writeUInt16LE(4, 0x38);
    elf.writeUInt16LE(64, 0x3a);
    elf.writeUInt16LE(4, 0x3c);
    elf.writeBigUInt64LE(64n, 0x20);
    elf.writeBigUInt64LE(offset, at);
    const tar = await makeTar([
      ["bin/lies", elf, 0o755],
      ["after", "x"],
    ]);
    const seen = await read(store({ bytes: tar }, "none"));
    expect(seen.paths).toEqual(["/bin/lies", "/after"]);
    expectFailure(seen, "malformed", /\/bin\/lies in the layer as elf/i);
  });
});
