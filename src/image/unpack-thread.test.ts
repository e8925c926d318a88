import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { packTar } from "modern-tar";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Digest } from "../model/digest.ts";
import type { BlobLayer } from "./image.ts";
import { readLayer, type ReadLayerOptions } from "./read-layer.ts";
import { UnpackThread } from "./unpack-thread.ts";

const folder = mkdtempSync(join(tmpdir(), "fromage-unpack-"));
const thread = new UnpackThread();
afterAll(async () => {
  await thread.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Longer than all buffers of the thread together, and not a multiple of one. */
const content = randomBytes(9 * 1024 * 1024 + 5);
let tar = Buffer.alloc(0);
let stored = Buffer.alloc(0);
beforeAll(async () => {
  const script = "#!/bin/sh\n";
  tar = Buffer.from(
    await packTar([
      { header: { name: "data", size: content.byteLength }, body: content },
      { header: { name: "bin/run", size: script.length, mode: 0o755 }, body: script },
    ]),
  );
  stored = gzipSync(tar, { level: 1 });
});

const digestOf = (bytes: Uint8Array): Digest =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

function blob(name: string, bytes: Uint8Array, fields: Partial<BlobLayer> = {}): BlobLayer {
  const file = join(folder, name);
  writeFileSync(file, bytes);
  const lengthBytes = bytes.byteLength;
  const digests = { digest: digestOf(bytes), diffId: digestOf(tar) };
  const range = {
    file,
    offsetBytes: 0,
    lengthBytes,
    compression: "gzip",
    mediaType: null,
  } as const;
  return { kind: "blob", ...range, ...digests, ...fields };
}

async function readThere(layer: BlobLayer, options: ReadLayerOptions = {}) {
  const { signal, onProgress = () => undefined } = options;
  const unpacking = thread.begin(layer, { signal, onProgress });
  return readLayer(layer, { ...options, unpacking });
}

type Case = readonly [what: string, make: () => BlobLayer, options: ReadLayerOptions];

const cases: readonly Case[] = [
  ["a sound layer", () => blob("sound", stored), {}],
  ["one that is not compressed", () => blob("plain", tar, { compression: "none" }), {}],
  ["one that breaks off", () => blob("cut", stored.subarray(0, 5_000_000)), {}],
  [
    "one with other data behind it",
    () => blob("more", Buffer.concat([stored, Buffer.from("x")])),
    {},
  ],
  ["one that is no gzip", () => blob("none", Buffer.from("no gzip at all")), {}],
  ["another digest", () => blob("digest", stored, { digest: digestOf(Buffer.from("x")) }), {}],
  ["another diffId", () => blob("diff-id", stored, { diffId: digestOf(Buffer.from("x")) }), {}],
  [
    "a file that is shorter",
    () => blob("short", stored, { lengthBytes: stored.byteLength + 1 }),
    {},
  ],
  [
    "a file that is not there",
    () => ({ ...blob("gone", stored), file: join(folder, "absent") }),
    {},
  ],
  ["a used-up budget", () => blob("budget", stored), { budgets: { entries: 1 } }],
  ["a used-up size", () => blob("size", stored), { budgets: { inflatedBytes: 1024 * 1024 } }],
];

describe("UnpackThread", () => {
  it.each(cases)("gives what this thread gives: %s", async (_what, make, options) => {
    const layer = make();
    const here = await readLayer(layer, options);
    const there = await readThere(layer, options);
    // How far a stream is read before its budget is found used up hangs on the length of the chunks.
    const withoutLength = (text: string): string => text.replace(/"uncompressedBytes":\d+/, "");
    expect(withoutLength(JSON.stringify(there))).toEqual(withoutLength(JSON.stringify(here)));
  });

  it("takes the next layer after one that was given up", async () => {
    const layer = blob("next", stored);
    const [first, second] = [1, 2].map(() =>
      thread.begin(layer, { signal: undefined, onProgress: () => undefined }),
    );
    if (first === undefined || second === undefined) throw new TypeError("two were begun");
    const given = await readLayer(layer, { unpacking: first, budgets: { entries: 1 } });
    const whole = await readLayer(layer, { unpacking: second });
    expect([given, whole].map((read) => read.ok && read.value.facts.entries.length)).toEqual([
      1, 2,
    ]);
  });

  it("ends as cancelled when the signal fires, and then still serves", async () => {
    const controller = new AbortController();
    const layer = blob("cancelled", stored);
    const onProgress = (): void => controller.abort();
    const failure = { kind: "cancelled", what: layer.file, where: null };
    for (let count = 0; count < 8; count++) {
      const result = await readThere(layer, { signal: controller.signal, onProgress });
      expect(result).toEqual({ ok: false, failure });
    }
    expect((await readThere(blob("after", stored))).ok).toBe(true);
  });

  it("is unreachable for every layer once the thread has died", async () => {
    const file = join(folder, "dies.mjs");
    writeFileSync(file, "throw new Error('no memory');");
    const dead = new UnpackThread(pathToFileURL(file));
    const layer = blob("dead", stored);
    for (const _ of [1, 2]) {
      const unpacking = dead.begin(layer, { signal: undefined, onProgress: () => undefined });
      const result = await readLayer(layer, { unpacking });
      expect(result).toMatchObject({ ok: false, failure: { kind: "unreachable" } });
    }
    await dead.close();
  });
});
