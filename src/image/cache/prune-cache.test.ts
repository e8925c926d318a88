import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeElf, makeTar, sha256, type MadeEntry } from "../../../test/made-images.ts";
import { mountReadOnly, unmount, whyNoMount } from "../../../test/mounts.ts";
import type { BlobLayer } from "../image.ts";
import { readLayers } from "../read-layers.ts";
import { readers } from "../readers/list.ts";
import { writeCacheFile } from "./cache-file.ts";
import { FactsCache } from "./facts-cache.ts";
import { listCache, type CacheContents } from "./list-cache.ts";
import { pruneCache, type PruneOptions, type PruneOutcome } from "./prune-cache.ts";
import { revisionsOf } from "./section-revisions.ts";

let scratch = "";
let layers: readonly BlobLayer[] = [];
let count = 0;
/** Long after everything here is written. */
const later = (): Date => new Date(Date.now() + 24 * 60 * 60 * 1000);
const revisions = revisionsOf(readers);

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "fromage-prune-"));
  const entries: readonly (readonly MadeEntry[])[] = [
    [["bin/one", makeElf(1), 0o755]],
    [
      ["bin/one", makeElf(1), 0o755],
      ["bin/two", makeElf(2), 0o755],
    ],
    [["etc/os-release", "ID=x\n"]],
  ];
  layers = await Promise.all(entries.map(makeLayer));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

async function makeLayer(entries: readonly MadeEntry[]): Promise<BlobLayer> {
  const tar = await makeTar(entries);
  const file = join(scratch, `layer-${count++}.tar`);
  writeFileSync(file, tar);
  const [digest, lengthBytes] = [sha256(tar), tar.byteLength];
  const common = { kind: "blob", file, offsetBytes: 0, lengthBytes, mediaType: null } as const;
  return { ...common, compression: "none", digest, diffId: digest };
}

async function filled(): Promise<string> {
  const folder = join(scratch, `cache-${count++}`);
  await read(folder);
  return folder;
}

/** Which of the layers came from the cache; all that is read is right. */
async function read(folder: string): Promise<readonly boolean[]> {
  const results = await readLayers(layers, { cache: new FactsCache(folder, readers), parallel: 1 });
  const plain = await readLayers(layers, { parallel: 1 });
  return results.map((result, at) => {
    if (!result.ok) throw new TypeError(JSON.stringify(result.failure));
    const { facts, elf, cachedAt } = result.value;
    const other = plain[at];
    expect(facts).toEqual(other?.ok === true ? other.value.facts : null);
    for (const { sha256: sum } of Object.values(facts.elf.byPath)) {
      expect(elf.get(sum)).not.toBeNull();
    }
    return cachedAt !== null;
  });
}

function list(folder: string): CacheContents {
  const listed = listCache(folder, { revisions, now: later });
  if (!listed.ok) throw new TypeError(JSON.stringify(listed.failure));
  return listed.value;
}

async function prune(folder: string, options: Partial<PruneOptions>): Promise<PruneOutcome> {
  return pruneCache(list(folder), {
    olderThanMs: null,
    maxBytes: null,
    isOldWanted: false,
    elfRevision: revisions.elf,
    isDryRun: false,
    now: later,
    ...options,
  });
}

function age(folder: string, layer: BlobLayer | undefined, days: number): void {
  const name = (layer?.diffId ?? "").replace(":", "-");
  const usedAt = new Date(later().getTime() - days * 24 * 60 * 60 * 1000);
  const [facts = ""] = readdirSync(folder);
  utimesSync(join(folder, facts, "layers", name, "core.json"), usedAt, usedAt);
}

describe("pruneCache()", () => {
  it("removes the layers that were not used for so long, and the packs that only they need", async () => {
    const folder = await filled();
    age(folder, layers[1], 40);
    age(folder, layers[2], 10);
    const { removed, failures } = await prune(folder, { olderThanMs: 30 * 24 * 60 * 60 * 1000 });
    // The pack of the first layer has the file that both have, the other one that only the second has.
    expect(removed.map(({ kind }) => kind)).toEqual(["layer", "pack"]);
    expect([removed[0]?.name, failures]).toEqual([layers[1]?.diffId, []]);
    expect(await read(folder)).toEqual([true, false, true]);
    expect(await read(folder)).toEqual([true, true, true]);
  });

  it("takes a section that is no JSON, though its sum is right, for one that is not there", async () => {
    const folder = await filled();
    const elf = list(folder)
      .items.flatMap(({ files }) => files)
      .filter((file) => /elf-\d+\.json$/.test(file));
    expect(elf.length).toBeGreaterThan(0);
    for (const file of elf) writeCacheFile(file, Buffer.from("no JSON"));
    age(folder, layers[1], 40);
    const { failures } = await prune(folder, { olderThanMs: 30 * 24 * 60 * 60 * 1000 });
    expect(failures).toEqual([]);
    expect(await read(folder)).toEqual([false, false, false]);
    expect(await read(folder)).toEqual([true, true, true]);
  });

  it("removes all for no size at all, folders of layers too", async () => {
    const folder = await filled();
    const before = list(folder).items.length;
    const { removed, spared } = await prune(folder, { maxBytes: 0 });
    expect([removed.length, spared]).toEqual([before, []]);
    const left = list(folder);
    expect(left.items).toEqual([]);
    const [facts = ""] = readdirSync(folder);
    expect(readdirSync(join(folder, facts, "layers"))).toEqual([]);
    expect(await read(folder)).toEqual([false, false, false]);
  });

  it("says what would go in a dry run, and removes nothing", async () => {
    const folder = await filled();
    const before = readdirSync(folder, { recursive: true });
    const dry = await prune(folder, { maxBytes: 0, isDryRun: true });
    expect(readdirSync(folder, { recursive: true })).toEqual(before);
    const wet = await prune(folder, { maxBytes: 0 });
    expect(dry.removed).toEqual(wet.removed);
  });

  it("removes old revisions whole, and no newer one", async () => {
    const folder = await filled();
    for (const name of ["facts-1/layers/x/y/z", "facts-999/a", "mine/a"]) {
      mkdirSync(join(folder, name, ".."), { recursive: true });
      writeFileSync(join(folder, name), "x");
    }
    const { removed } = await prune(folder, { isOldWanted: true });
    expect(removed.map(({ kind, name }) => [kind, name])).toEqual([["old", "facts-1"]]);
    expect(readdirSync(folder).toSorted()).toEqual([
      expect.stringMatching(/^facts-\d$/),
      "facts-999",
      "mine",
    ]);
    await prune(folder, { maxBytes: 0, isOldWanted: true });
    expect(["facts-999/a", "mine/a"].map((name) => existsSync(join(folder, name)))).toEqual([
      true,
      true,
    ]);
  });

  it("leaves what was used since it was listed", async () => {
    const folder = await filled();
    age(folder, layers[0], 40);
    const contents = list(folder);
    age(folder, layers[0], 0);
    const wish = { olderThanMs: 1, maxBytes: null, isOldWanted: false, isDryRun: false };
    const options = { ...wish, elfRevision: revisions.elf, now: later };
    const { spared } = await pruneCache(contents, options);
    expect(spared.map(({ name }) => name)).toContain(layers[0]?.diffId);
    expect((await read(folder))[0]).toBe(true);
  });

  it("takes what is gone for removed", async () => {
    const folder = await filled();
    const contents = list(folder);
    rmSync(folder, { recursive: true });
    const wish = { olderThanMs: null, maxBytes: 0, isOldWanted: false, isDryRun: false };
    const options = { ...wish, elfRevision: revisions.elf, now: later };
    const { removed, failures } = await pruneCache(contents, options);
    expect([removed.length, failures]).toEqual([contents.items.length, []]);
  });

  it("stops at the signal", async () => {
    const folder = await filled();
    const { removed } = await prune(folder, { maxBytes: 0, signal: AbortSignal.abort() });
    expect(removed).toEqual([]);
    expect(await read(folder)).toEqual([true, true, true]);
  });

  const noMount = whyNoMount();
  it.skipIf(noMount !== null)(
    `says what a folder that is read only does not let go${noMount === null ? "" : ` (skipped: nothing can be mounted: ${noMount})`}`,
    async () => {
      const folder = join(scratch, `cache-${count++}`);
      cpSync(await filled(), folder, { recursive: true });
      mountReadOnly(folder);
      try {
        const { removed, failures } = await prune(folder, { maxBytes: 0 });
        expect([removed, failures.length]).toEqual([[], list(folder).items.length]);
        expect(failures[0]).toMatchObject({ kind: "unreachable" });
      } finally {
        unmount(folder);
      }
    },
  );
});

describe("several processes", () => {
  it("read the same cold image while another prunes, and every answer is right", async () => {
    const folder = join(scratch, `cache-${count++}`);
    const end = join(scratch, "end");
    const script = (name: string): string => join(import.meta.dirname, "../../../test", name);
    const start = promisify(execFile);
    const pruning = start(process.execPath, [script("prune-again.ts"), folder, end]);
    const files = layers.map(({ file }) => file);
    await Promise.all(
      ["one", "two"].map(() =>
        start(process.execPath, [script("fill-cache.ts"), folder, ...files]),
      ),
    );
    for (let times = 0; times < 30; times++) await read(folder);
    writeFileSync(end, "");
    const [removed = "", failures] = (await pruning).stdout.trim().split(" ");
    expect([Number(removed) > 10, failures]).toEqual([true, "0"]);
  });
});
