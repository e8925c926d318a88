import { execFile } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeElf, makeTar, sha256, type MadeEntry } from "../../../test/made-images.ts";
import { mountSmall, unmount, whyNoMount } from "../../../test/mounts.ts";
import type { BlobLayer } from "../image.ts";
import { readLayers, type ReadLayer } from "../read-layers.ts";
import { readers, type Readers } from "../readers/list.ts";
import { readCacheFile, writeCacheFile } from "./cache-file.ts";
import { FactsCache } from "./facts-cache.ts";

let scratch = "";
let layers: readonly BlobLayer[] = [];
let count = 0;
const now = (): Date => new Date("2026-02-03T04:05:06Z");

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "fromage-cache-"));
  layers = [
    await makeLayer([
      ["bin/one", makeElf(1), 0o755],
      ["bin/script", "#!/bin/sh -e\n", 0o755],
      ["etc/os-release", "ID=x\n"],
      ["lib/apk/db/installed", "P:one\nV:1-r0\nA:x86_64\n\n"],
    ]),
    await makeLayer([
      ["bin/one", makeElf(1), 0o755],
      ["bin/two", makeElf(2), 0o755],
      ["etc/.wh.gone", ""],
    ]),
    await makeLayer([
      ["bin/three", makeElf(3), 0o755],
      ["../out", "x"],
    ]),
  ];
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

function newFolder(): string {
  const folder = join(scratch, `cache-${count++}`);
  mkdirSync(folder);
  return folder;
}

/** Facts with the whole facts of their ELF files, and whether they came from the cache. */
interface Seen {
  readonly facts: readonly ReadLayer["facts"][];
  readonly elf: readonly (readonly [path: string, isThere: boolean])[];
  readonly cachedAt: readonly (string | null)[];
}

async function see(cache: FactsCache | null): Promise<Seen> {
  const options = { parallel: 1, nameOf: () => "it", ...(cache === null ? {} : { cache }) };
  const results = await readLayers(layers, options);
  const read = results.map((result) => {
    if (!result.ok) throw new TypeError(JSON.stringify(result.failure));
    return result.value;
  });
  return {
    facts: read.map(({ facts }) => facts),
    elf: read.flatMap(({ facts, elf }) =>
      Object.entries(facts.elf.byPath).map(
        ([path, brief]) => [path, elf.get(brief.sha256) !== null] as const,
      ),
    ),
    cachedAt: read.map(({ cachedAt }) => cachedAt),
  };
}

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(folder, name)).isFile())
    .toSorted();
}

function expectNothingTorn(folder: string): void {
  for (const name of filesOf(folder)) {
    expect([name, readCacheFile(join(folder, name)) !== null]).toEqual([name, true]);
  }
}

async function filled(): Promise<{ readonly folder: string; readonly first: Seen }> {
  const folder = newFolder();
  return { folder, first: await see(new FactsCache(folder, readers, now)) };
}

const stamp = now().toISOString();

describe("FactsCache", () => {
  it("gives the same facts as a read, with the day on which the digests were verified", async () => {
    const plain = await see(null);
    const { folder, first } = await filled();
    const second = await see(new FactsCache(folder, readers));
    expect(first.facts).toEqual(plain.facts);
    expect(second.facts).toEqual(plain.facts);
    expect(plain.elf.length).toBe(4);
    for (const { elf } of [plain, first, second])
      expect(elf.every(([, isThere]) => isThere)).toBe(true);
    expect(first.cachedAt).toEqual([null, null, null]);
    expect(second.cachedAt).toEqual([stamp, stamp, stamp]);
    expectNothingTorn(folder);
  });

  it("writes the same bytes for the same layers", async () => {
    const [one, two] = [(await filled()).folder, (await filled()).folder];
    expect(filesOf(one)).toEqual(filesOf(two));
    for (const name of filesOf(one)) {
      expect(readFileSync(join(one, name)).equals(readFileSync(join(two, name)))).toBe(true);
    }
  });

  it("takes each damaged, cut or lost file as absent and mends it", async () => {
    const { folder, first } = await filled();
    const names = filesOf(folder);
    expect(names.length).toBeGreaterThan(15);
    const damages = [
      (path: string) => writeFileSync(path, readFileSync(path).subarray(0, -1)),
      (path: string) =>
        writeFileSync(
          path,
          readFileSync(path).map((byte) => byte ^ 1),
        ),
      (path: string) => rmSync(path),
    ];
    for (const name of names) {
      for (const damage of damages) {
        const copy = newFolder();
        cpSync(folder, copy, { recursive: true });
        damage(join(copy, name));
        const seen = await see(new FactsCache(copy, readers, now));
        expect([name, seen.facts]).toEqual([name, first.facts]);
        expect([name, seen.elf]).toEqual([name, first.elf]);
        const again = await see(new FactsCache(copy, readers));
        expect([name, again.elf]).toEqual([name, first.elf]);
        expect([name, again.cachedAt]).toEqual([name, [stamp, stamp, stamp]]);
      }
    }
  });

  it.each([
    ["core.json", "no JSON"],
    ["core.json", "null"],
    ["core.json", '{"core":{"rows":[null]}}'],
    ["elf-", '{"section":{"byPath":{},"failures":[]},"packs":["../../other"]}'],
    ["texts-", '{"revision":1,"byPath":{"/etc/passwd":["root"]},"failures":[]}'],
    ["packages-", `{"revision":1,"byPath":{},"failures":[${"[".repeat(5000)}${"]".repeat(5000)}]}`],
    ["lines", `${"0".repeat(64)} {"needed":"libc"}`],
  ])("takes %s as absent that somebody else wrote with a right sum: %s", async (end, payload) => {
    const { folder, first } = await filled();
    for (const name of filesOf(folder)) {
      if (basename(name).startsWith(end) || name.endsWith(end)) {
        writeCacheFile(join(folder, name), Buffer.from(payload));
      }
    }
    const second = await see(new FactsCache(folder, readers));
    expect(second.facts).toEqual(first.facts);
  });

  it("does not take a layer for another whose folder it was put into", async () => {
    const { folder, first } = await filled();
    const [one, two] = filesOf(folder).filter((name) => name.endsWith("core.json"));
    cpSync(join(folder, one ?? ""), join(folder, two ?? ""));
    expect((await see(new FactsCache(folder, readers))).facts).toEqual(first.facts);
  });

  it("reads only the section again whose reader has another revision", async () => {
    const { folder, first } = await filled();
    const newer: Readers = { ...readers, texts: { ...readers.texts, revision: 99 } };
    const [layer] = layers;
    const cached = new FactsCache(folder, newer).load(layer?.diffId ?? sha256(""), "it");
    expect(cached?.stale).toEqual(["texts"]);
    expect(cached?.sections.packages).toEqual(first.facts[0]?.packages);

    const before = filesOf(folder);
    const inodes = before.map((name) => statSync(join(folder, name)).ino);
    const seen = await see(new FactsCache(folder, newer, now));
    expect(seen.facts.map(({ elf }) => elf)).toEqual(first.facts.map(({ elf }) => elf));
    const added = filesOf(folder).filter((name) => !before.includes(name));
    expect(added.map((name) => basename(name))).toEqual(layers.map(() => "texts-99.json"));
    const rewritten = before.filter((name, at) => statSync(join(folder, name)).ino !== inodes[at]);
    expect(new Set(rewritten.map((name) => basename(name)))).toEqual(new Set(["core.json"]));
  });

  it("keeps nothing of a layer whose diffId nobody says", async () => {
    const folder = newFolder();
    const plain = layers.map((layer) => ({
      ...layer,
      lengthBytes: layer.lengthBytes - 1024 - 512,
    }));
    const nameless = plain.map((layer) => ({ ...layer, digest: null, diffId: null }));
    const cache = new FactsCache(folder, readers);
    await readLayers(nameless, { cache, parallel: 1, budgets: { entries: 1 } });
    expect(filesOf(folder)).toEqual([]);
  });

  it("says once that it cannot be written, and the answer comes all the same", async () => {
    const file = join(newFolder(), "file");
    writeFileSync(file, "");
    const cache = new FactsCache(file, readers);
    const seen = await see(cache);
    expect(seen.facts).toEqual((await see(null)).facts);
    expect(seen.elf.every(([, isThere]) => isThere)).toBe(true);
    expect(cache.problem).toMatchObject({ kind: "unreachable" });
  });

  it("sees the ELF facts that another has written since it was opened", async () => {
    const folder = newFolder();
    const [one, two] = [new FactsCache(folder, readers), new FactsCache(folder, readers)];
    expect(two.elf.get(sha256(makeElf(2)).slice(7))).toBeNull();
    await see(one);
    expect(two.elf.get(sha256(makeElf(2)).slice(7))).not.toBeNull();
  });
});

describe("marks of use", () => {
  const age = (path: string): number => now().getTime() - statSync(path).mtimeMs;
  const hour = 3_600_000;

  it.each([
    [23 * hour, 23 * hour],
    [25 * hour, 0],
  ])("are made once a day for a layer: %d ms old, then %d", async (before, after) => {
    const { folder } = await filled();
    const cores = filesOf(folder).filter((name) => name.endsWith("core.json"));
    const usedAt = new Date(now().getTime() - before);
    for (const name of cores) utimesSync(join(folder, name), usedAt, usedAt);
    await see(new FactsCache(folder, readers, now));
    expect(cores.map((name) => age(join(folder, name)))).toEqual([after, after, after]);
  });

  it("are made for a pack when it is opened", async () => {
    const { folder } = await filled();
    const packs = filesOf(folder).filter((name) => name.endsWith(".lines"));
    const old = new Date(now().getTime() - 100 * hour);
    for (const name of packs) utimesSync(join(folder, name), old, old);
    await see(new FactsCache(folder, readers, now));
    expect(packs.map((name) => statSync(join(folder, name)).mtimeMs > old.getTime())).toEqual(
      packs.map(() => true),
    );
  });
});

describe("several processes", () => {
  it("fill one cache at once and nothing is torn", async () => {
    const folder = newFolder();
    const script = join(import.meta.dirname, "../../../test/fill-cache.ts");
    const start = promisify(execFile);
    const orders = [layers, layers.toReversed(), layers];
    await Promise.all(
      orders.map((order) =>
        start(process.execPath, [script, folder, ...order.map(({ file }) => file)]),
      ),
    );
    expectNothingTorn(folder);
    const seen = await see(new FactsCache(folder, readers));
    expect(seen.facts).toEqual((await see(null)).facts);
    expect(seen.elf.every(([, isThere]) => isThere)).toBe(true);
    expect(seen.cachedAt).not.toContain(null);
  });
});

const noMount = whyNoMount();
describe.skipIf(noMount !== null)(
  `a full disk${noMount === null ? "" : ` (skipped: no file system can be mounted: ${noMount})`}`,
  () => {
    it.each([4096, 8192, 12288, 20480, 32768, 40960])(
      "of %d bytes leaves whole files alone",
      async (sizeBytes) => {
        const folder = newFolder();
        mountSmall(folder, sizeBytes);
        try {
          const cache = new FactsCache(folder, readers, now);
          const seen = await see(cache);
          const plain = await see(null);
          expect(seen.facts).toEqual(plain.facts);
          expect(seen.elf).toEqual(plain.elf);
          expect(cache.problem).toMatchObject({
            kind: "unreachable",
            reason: expect.stringMatching(/ENOSPC/),
          });
          expectNothingTorn(folder);
          const again = await see(new FactsCache(folder, readers));
          expect(again.facts).toEqual(plain.facts);
          expect(again.elf).toEqual(plain.elf);
        } finally {
          unmount(folder);
        }
      },
    );
  },
);
