import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeElf, makeTar, sha256 } from "../../../test/made-images.ts";
import { readLayers } from "../read-layers.ts";
import { readers } from "../readers/list.ts";
import { BlobCache } from "./blob-cache.ts";
import { DocumentCache } from "./document-cache.ts";
import { FactsCache } from "./facts-cache.ts";
import { listCache, type CacheContents } from "./list-cache.ts";
import { revisionsOf } from "./section-revisions.ts";
import { verifyCache, type VerifyOutcome, type VerifyProgress } from "./verify-cache.ts";

let scratch = "";
let count = 0;
let tar: Buffer = Buffer.alloc(0);
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "fromage-verify-"));
  tar = await makeTar([
    ["bin/one", makeElf(1), 0o755],
    ["etc/os-release", "ID=x\n"],
  ]);
  writeFileSync(join(scratch, "layer.tar"), tar);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const blob = Buffer.alloc(3_000_000, "blob ");

/** A cache with something of each kind. */
async function fill(): Promise<string> {
  const folder = join(scratch, `cache-${count++}`);
  const [digest, lengthBytes] = [sha256(tar), tar.byteLength];
  const range = {
    kind: "blob",
    file: join(scratch, "layer.tar"),
    offsetBytes: 0,
    lengthBytes,
  } as const;
  const layer = { ...range, compression: "none", digest, diffId: digest, mediaType: null } as const;
  await readLayers([layer], { cache: new FactsCache(folder, readers), parallel: 1 });
  const draft = new BlobCache({ folder, temporaryFolder: scratch }).begin(sha256(blob));
  writeFileSync(draft.file, blob);
  draft.keep();
  const documents = new DocumentCache(folder);
  documents.store(sha256("{}"), Buffer.from("{}"));
  documents.storeName("docker.io/library/alpine:3.20", { digest, mediaType: null });
  return folder;
}

function list(folder: string): CacheContents {
  const listed = listCache(folder, { revisions: revisionsOf(readers), now: () => new Date() });
  if (!listed.ok) throw new TypeError(JSON.stringify(listed.failure));
  return listed.value;
}

async function verify(folder: string, isRepair = false): Promise<VerifyOutcome> {
  const { signal } = new AbortController();
  const outcome = await verifyCache(list(folder), {
    isRepair,
    signal,
    onProgress: () => undefined,
  });
  if (!outcome.ok) throw new TypeError(JSON.stringify(outcome.failure));
  return outcome.value;
}

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(folder, name)).isFile())
    .toSorted();
}

describe("verifyCache()", () => {
  it("reads every file of a sound cache, and counts what it reads", async () => {
    const folder = await fill();
    const seen: VerifyProgress[] = [];
    const { signal } = new AbortController();
    const onProgress = (progress: VerifyProgress): void => void seen.push(progress);
    const outcome = await verifyCache(list(folder), { isRepair: true, signal, onProgress });
    const files = filesOf(folder);
    const checkedBytes = files.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    const expected = { checkedFiles: files.length, checkedBytes, damaged: [], failures: [] };
    expect(outcome).toEqual({ ok: true, value: expected });
    expect(new Set(files.map((name) => dirname(name).split("/")[0])).size).toBe(4);
    expect(seen.at(-1)).toEqual({ readBytes: checkedBytes, totalBytes: checkedBytes });
    expect(seen.length).toBeGreaterThan(files.length);
  });

  it("finds every file that is cut off, longer or altered, and no other; repair removes it", async () => {
    const folder = await fill();
    const damages: readonly ((path: string, bytes: Buffer) => void)[] = [
      (path, bytes) => truncateSync(path, bytes.byteLength - 1),
      (path) => truncateSync(path, 0),
      (path) => appendFileSync(path, "x"),
      (path, bytes) => {
        const at = bytes.byteLength - 1;
        bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
        writeFileSync(path, bytes);
      },
    ];
    for (const name of filesOf(folder)) {
      const sound = readFileSync(join(folder, name));
      for (const damage of damages) {
        damage(join(folder, name), Buffer.from(sound));
        const found = await verify(folder);
        expect(found.damaged.map(({ path, isRemoved }) => [path, isRemoved])).toEqual([
          [name, false],
        ]);
        const mended = await verify(folder, true);
        expect(mended.damaged.map(({ path, isRemoved }) => [path, isRemoved])).toEqual([
          [name, true],
        ]);
        expect([filesOf(folder).includes(name), (await verify(folder)).damaged]).toEqual([
          false,
          [],
        ]);
        writeFileSync(join(folder, name), sound);
      }
    }
  });

  it("does not mind a file that is gone", async () => {
    const folder = await fill();
    const contents = list(folder);
    rmSync(folder, { recursive: true });
    const { signal } = new AbortController();
    const outcome = await verifyCache(contents, {
      isRepair: false,
      signal,
      onProgress: () => undefined,
    });
    const value = { checkedFiles: 0, checkedBytes: 0, damaged: [], failures: [] };
    expect(outcome).toEqual({ ok: true, value });
  });

  it("stops at the signal, in the middle of a blob too", async () => {
    const folder = await fill();
    const contents = list(folder);
    const abort = new AbortController();
    const blobBytes = contents.items.find(({ kind }) => kind === "blob")?.sizeBytes;
    let readBytes = 0;
    const outcome = await verifyCache(contents, {
      isRepair: false,
      signal: abort.signal,
      onProgress: (progress) => {
        const added = progress.readBytes - readBytes;
        ({ readBytes } = progress);
        // Only blobs are read in chunks of a mebibyte.
        if (added === 1024 * 1024) abort.abort();
      },
    });
    expect(outcome).toMatchObject({ ok: false, failure: { kind: "cancelled" } });
    expect([
      blobBytes,
      readBytes < contents.items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    ]).toEqual([3_000_000, true]);
  });
});
