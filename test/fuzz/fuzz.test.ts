import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { unpackTar } from "modern-tar";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseElf } from "../../src/formats/elf/parse-elf.ts";
import { FormatError } from "../../src/formats/format-error.ts";
import { fromBytes } from "../../src/formats/random-access.ts";
import { checkInput } from "./check-input.ts";
import { families } from "./families/list.ts";
import { readTar } from "./families/tar.ts";
import { Inputs } from "./make-inputs.ts";
import { mutate } from "./mutate.ts";
import { prepareSeeds } from "./prepare-seeds.ts";
import { Random } from "./random.ts";
import { runFamily, type FamilyRun } from "./run-family.ts";
import { makeHeader, padded, paxRecord } from "./tar-bytes.ts";
import { readSeeds } from "./worker.ts";

const folder = mkdtempSync(join(tmpdir(), "fromage-fuzz-test-"));
beforeAll(() => prepareSeeds(folder));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("three hundred inputs of", () => {
  it.each(families.map(({ name }) => name))("%s", async (name) => {
    const family = families.find((one) => one.name === name);
    if (family === undefined) expect.fail("no such family");
    const inputs = new Inputs(family, 1, readSeeds(folder, family));
    for (let index = 0; index < 300; index++) {
      const input = inputs.at(index);
      const wrong = await checkInput(family, input, { isThorough: index % 3 === 0 });
      if (wrong !== null)
        expect.fail(`input ${index}, ${Buffer.from(input).toString("hex")}: ${wrong}`);
    }
  });

  it("are the same for the same seed", () => {
    for (const family of families) {
      const [one, two] = [new Inputs(family, 5, []), new Inputs(family, 5, [])];
      expect(Buffer.from(one.at(70))).toEqual(Buffer.from(two.at(70)));
    }
  });
});

describe("a planted bug is caught and named:", () => {
  const run = async (family: string): Promise<FamilyRun> => {
    // To fill a heap takes a while too; only who waits for the end of a loop need not wait that long.
    const hangMs = family === "loops" ? 300 : 1000;
    const limits = { hangMs, residentBytes: 400 * 1024 ** 2, heapMegabytes: 64 };
    return runFamily({
      ...{ family, isPlanted: true, seedFolder: folder, seed: 3, from: 0, count: 512 },
      ...{ limits, maxFindings: 1 },
    });
  };

  it("none where there is none", async () => {
    expect(await run("sound")).toMatchObject({ count: 512, findings: [] });
  });

  it.each([
    ["throws", "wrong", /TypeError: planted/],
    ["loops", "hang", /more than 300 ms/],
    ["allocates", "memory", /MB resident/],
    ["fills-the-heap", "crash", /heap out of memory|SIGABRT|code 134/],
    ["differs", "wrong", /not deterministic/],
    ["swells", "wrong", /characters of output from/],
    ["writes", "wrong", /changed its input/],
  ])("a parser that %s", async (family, kind, reason) => {
    const { findings } = await run(family);
    expect(findings).toMatchObject([{ kind, reason: expect.stringMatching(reason) }]);
  });
});

/** An archive without any lie: names long and short, in every way to write them. */
const soundTar = fc
  .array(
    fc.record({
      parts: fc.array(fc.stringMatching(/^[a-z]{1,60}$/), { minLength: 1, maxLength: 4 }),
      content: fc.uint8Array({ maxLength: 1500 }),
      writing: fc.constantFrom("plain", "pax", "gnu"),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((files) => {
    const members = files.map(({ parts, content, writing }, index) => {
      const name = `${index}/${parts.join("/")}`.slice(0, writing === "plain" ? 99 : undefined);
      const sizeBytes = content.byteLength;
      const own = Buffer.concat([makeHeader({ name, typeFlag: "0", sizeBytes }), padded(content)]);
      if (writing === "plain") return own;
      const body = writing === "pax" ? paxRecord("path", name) : Buffer.from(`${name}\0`);
      const typeFlag = writing === "pax" ? "x" : "L";
      const magic = writing === "pax" ? "ustar\x0000" : "ustar  \0";
      const before = { name: "before", typeFlag, sizeBytes: body.byteLength, magic } as const;
      return Buffer.concat([makeHeader(before), padded(body), own]);
    });
    return Buffer.concat([...members, Buffer.alloc(1024)]);
  });

function list(archive: Uint8Array): readonly (readonly [string, number])[] {
  const { entries, failures } = readTar(archive, 4096);
  expect(failures).toEqual([]);
  return entries.map(({ path, sizeBytes }) => [path, sizeBytes]);
}

const script = `
import json, sys, tarfile
print(json.dumps([[["/" + m.name, m.size] for m in tarfile.open(f)] for f in sys.argv[1:]]))
`;
const hasPython = spawnSync("python3", ["-c", "import tarfile"]).status === 0;

describe("made archives that are sound", () => {
  const archives = fc.sample(soundTar, { numRuns: 60, seed: 9 });

  it("hold what modern-tar finds in them", async () => {
    for (const archive of archives) {
      const found = await unpackTar(archive);
      expect(list(archive)).toEqual(found.map(({ header }) => [`/${header.name}`, header.size]));
    }
  });

  it.skipIf(!hasPython)(
    `hold what Python's tarfile finds${hasPython ? "" : " (skipped: no python3)"}`,
    () => {
      const files = archives.map((archive, index) => {
        const file = join(folder, `${index}.tar`);
        writeFileSync(file, archive);
        return file;
      });
      const ended = spawnSync("python3", ["-c", script, ...files], { encoding: "utf8" });
      expect(archives.map(list)).toEqual(JSON.parse(ended.stdout));
    },
  );
});

const hasReadelf = spawnSync("readelf", ["--version"]).status === 0;

describe.skipIf(!hasReadelf)(
  `changed ELF files that readelf takes without a word${hasReadelf ? "" : " (skipped: no readelf)"}`,
  () => {
    it("have the needed names that it lists, where they are taken here", () => {
      const family = { name: "elf", made: fc.constant(new Uint8Array(0)), read: () => null };
      const seeds = readSeeds(folder, family).filter(({ length }) => length < 40_000);
      const random = new Random(4);
      let compared = 0;
      for (let count = 0; count < 60 && seeds.length > 0; count++) {
        const seed = random.pick(seeds) ?? new Uint8Array(0);
        const file = join(folder, "changed.elf");
        const changed = mutate(seed, random, seed);
        writeFileSync(file, changed);
        const ended = spawnSync("readelf", ["-dW", file], { encoding: "latin1" });
        if (ended.status !== 0 || ended.stderr !== "") continue;
        const listed = [...ended.stdout.matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, name]) => name);
        try {
          expect(parseElf(fromBytes(changed)).needed).toEqual(listed);
          compared++;
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
        }
      }
      if (seeds.length > 0) expect(compared).toBeGreaterThan(5);
    });
  },
);
