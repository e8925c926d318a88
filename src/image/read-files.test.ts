import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { compressors, makeTar, sha256, type MadeEntry } from "../../test/made-images.ts";
import type { Digest } from "../model/digest.ts";
import { HeldFiles } from "./held-files.ts";
import type { BlobLayer, DirectoryLayer, FetchedLayer, Layer } from "./image.ts";
import { readFiles, type ReadFilesOptions } from "./read-files.ts";

const folder = mkdtempSync(join(tmpdir(), "read-files-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const big = randomBytes(8.5 * 1024 * 1024);
const entries: readonly MadeEntry[] = [
  ["etc", null],
  ["etc/a", "first"],
  ["etc/a", "second"],
  ["etc/empty", ""],
  ["etc/.wh.gone", ""],
  ["big", big],
];

let count = 0;
async function layerOf(
  all: readonly MadeEntry[],
  changes: Partial<BlobLayer> & { readonly cutTo?: number } = {},
): Promise<BlobLayer> {
  const tar = await makeTar(all);
  const { compression = "none", cutTo, ...rest } = changes;
  if (compression === "xz") throw new Error("not made here");
  const bytes = compressors[compression](tar).subarray(0, cutTo);
  const file = join(folder, `layer-${count++}`);
  writeFileSync(file, bytes);
  const range = { kind: "blob", file, offsetBytes: 0, lengthBytes: bytes.byteLength } as const;
  const digests = { digest: sha256(bytes), diffId: sha256(tar) };
  return { ...range, compression, ...digests, mediaType: null, ...rest };
}

/** Reads what is wanted into memory; null for a failure. */
async function read(
  layer: Layer,
  wanted: readonly string[],
  options: ReadFilesOptions = {},
): Promise<{
  readonly result: Awaited<ReturnType<typeof readFiles>>;
  readonly files: ReadonlyMap<string, string>;
}> {
  const held = new HeldFiles(join(folder, "held"));
  const request = {
    wants: ({ path }: { readonly path: string }) => wanted.includes(path),
    open: ({ path }: { readonly path: string }) => held.open(path),
  };
  const result = await readFiles(layer, request, options);
  const files = new Map<string, string>();
  for (const path of wanted) {
    if (held.has(path)) files.set(path, sumOf(Buffer.concat([...held.read(path)])));
  }
  held.close();
  return { result, files };
}

const sumOf = (bytes: Uint8Array | string): string =>
  createHash("sha256").update(bytes).digest("hex");

describe("readFiles()", () => {
  it.each(["none", "gzip", "zstd"] as const)(
    "gives the bytes of a layer (%s)",
    async (compression) => {
      const layer = await layerOf(entries, { compression });
      const { result, files } = await read(layer, [
        "/etc/a",
        "/etc/empty",
        "/big",
        "/etc/.wh.gone",
        "/etc",
      ]);
      expect(result).toEqual({ ok: true, value: [] });
      // The later of two counts; a mark of a deleted file and a folder have no bytes.
      expect([...files]).toEqual([
        ["/etc/a", sumOf("second")],
        ["/etc/empty", sumOf("")],
        ["/big", sumOf(big)],
      ]);
    },
  );

  it("leaves nothing of what went to the disk", async () => {
    await read(await layerOf(entries), ["/big"]);
    expect(readdirSync(join(folder, "held"))).toEqual([]);
  });

  const other: Digest = `sha256:${"0".repeat(64)}`;
  it.each<readonly [string, Parameters<typeof layerOf>[1]]>([
    ["another digest", { digest: other }],
    ["another diffId", { diffId: other }],
    ["another diffId, compressed", { compression: "gzip", diffId: other }],
    ["an end that is missing", { digest: null, diffId: null, cutTo: 5000 }],
    [
      "an end of the compressed bytes that is missing",
      { compression: "gzip", digest: null, diffId: null, cutTo: 3000 },
    ],
  ])("fails as a whole for %s", async (_, changes) => {
    const { result } = await read(await layerOf(entries, changes), ["/etc/a", "/big"]);
    expect(result).toMatchObject({ ok: false, failure: { kind: "malformed" } });
  });

  it("stops at zeros that a few bytes stand for", async () => {
    const bomb = await layerOf([["zeros", Buffer.alloc(4 * 1024 * 1024)]], { compression: "gzip" });
    const { result } = await read(bomb, ["/zeros"], {
      budgets: { ratio: 10, ratioFloorBytes: 1024 },
    });
    expect(result).toMatchObject({ ok: false, failure: { kind: "over-limit" } });
  });

  it("tells why a sink could not take a file", async () => {
    const layer = await layerOf(entries);
    const full = Object.assign(new Error("no space left"), { code: "ENOSPC" });
    const request = {
      wants: () => true,
      open: () => ({
        write: (): boolean => {
          throw full;
        },
        end: () => undefined,
      }),
    };
    const result = await readFiles(layer, request);
    expect(result).toMatchObject({ ok: false, failure: { kind: "unreachable", what: "/etc/a" } });
  });

  it("is over when the signal fires", async () => {
    const { result } = await read(await layerOf(entries), ["/big"], {
      signal: AbortSignal.abort(),
    });
    expect(result).toMatchObject({ ok: false, failure: { kind: "cancelled" } });
  });
});

describe("readFiles() of a layer from elsewhere", () => {
  it.each([
    ["right", {}, true],
    ["wrong", { digest: `sha256:${"1".repeat(64)}` as const }, false],
  ])("gives bytes that are %s back so", async (_, changes, isRight) => {
    const blob = await layerOf(entries, changes);
    const released: boolean[] = [];
    const fetched: FetchedLayer = {
      layer: blob,
      whole: Promise.resolve({ ok: true, value: null }),
      release: (isVerified) => {
        released.push(isVerified);
        return Promise.resolve(false);
      },
    };
    const { digest, diffId, lengthBytes, mediaType } = blob;
    const layer: Layer = {
      kind: "remote",
      name: "registry.example/app",
      ...{ digest, diffId, lengthBytes, mediaType },
      fetch: () => Promise.resolve({ ok: true, value: fetched }),
    };
    const { result } = await read(layer, ["/etc/a"]);
    expect(result.ok).toBe(isRight);
    expect(released).toEqual([isRight]);
  });
});

describe("readFiles() of a folder", () => {
  const root = join(folder, "root");
  mkdirSync(join(root, "etc"), { recursive: true });
  writeFileSync(join(root, "etc/a"), "text");
  writeFileSync(Buffer.concat([Buffer.from(`${root}/etc/`), Buffer.from([0xe4])]), "latin");
  const layer: DirectoryLayer = { kind: "directory", directory: root, mountPath: "/" };

  it("gives its bytes, also under a name that is no UTF-8", async () => {
    const { result, files } = await read(layer, ["/etc/a", "/etc/\udce4"]);
    expect(result).toEqual({ ok: true, value: [] });
    expect([...files]).toEqual([
      ["/etc/a", sumOf("text")],
      ["/etc/\udce4", sumOf("latin")],
    ]);
  });

  const entryOf = (
    path: string,
    sizeBytes: number,
  ): NonNullable<ReadFilesOptions["entries"]>[number] => ({
    path,
    type: "file",
    mode: 0o644,
    uid: 0,
    gid: 0,
    sizeBytes,
  });
  it.each([
    ["changed its size", "/etc/a", 99],
    ["lies behind a link that leads out", "/out/secret", 6],
    ["became a link", "/link", 6],
    ["is gone", "/etc/b", 1],
  ])("refuses a file that %s", async (_, path, sizeBytes) => {
    const outside = join(folder, "outside");
    mkdirSync(outside, { recursive: true });
    writeFileSync(join(outside, "secret"), "secret");
    rmSync(join(root, "out"), { force: true });
    rmSync(join(root, "link"), { force: true });
    symlinkSync(outside, join(root, "out"));
    symlinkSync(join(outside, "secret"), join(root, "link"));
    const { result, files } = await read(layer, [path], { entries: [entryOf(path, sizeBytes)] });
    expect(result.ok).toBe(false);
    expect(files.size).toBe(0);
  });
});
