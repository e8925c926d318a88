import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeApkIndex } from "../../../test/made-apk.ts";
import { RealApk, whyNoApk } from "../../../test/resolver/apk-program.ts";
import { parseApkInstalled } from "../../formats/apk/installed.ts";
import { parseApkIndex } from "../../formats/apk/package-index.ts";
import { toInstalledApkPackage } from "../../image/readers/apk-package.ts";
import type { Resolution } from "../package-source.ts";
import { IndexPool } from "./index-pool.ts";
import { findGeneration, resolveApk, type ApkRequest } from "./resolve.ts";

/** Packages are `name version letter:value …` with commas for blanks; a repository is one tag's list. */
interface Row {
  readonly untagged: readonly string[];
  readonly edge?: readonly string[];
  readonly installed?: readonly string[];
  readonly world?: readonly string[];
  readonly names: readonly string[];
  /** `+name-version`, `~name-version`, `-name`; null when it cannot be done. Of both generations, or of each. */
  readonly expected: readonly string[] | null | readonly [2 | 3, readonly string[] | null][];
}

const rows: Readonly<Record<string, Row>> = {
  "a closure": {
    untagged: ["a 1 D:b", "b 1 D:so:c.so", "c 1 p:so:c.so=1", "d 1"],
    names: ["a"],
    expected: ["+a-1", "+b-1", "+c-1"],
  },
  "a circle": {
    untagged: ["a 1 D:b", "b 1 D:c", "c 1 D:a"],
    names: ["b"],
    expected: ["+a-1", "+b-1", "+c-1"],
  },
  "the newest of several versions": {
    untagged: ["a 1.9", "a 1.10", "a 1.10_rc1"],
    names: ["a"],
    expected: ["+a-1.10"],
  },
  "an older one where a relation asks for it": {
    untagged: ["a 2", "a 1", "b 1 D:a<2"],
    names: ["b"],
    expected: ["+a-1", "+b-1"],
  },
  "a fuzzy version": {
    untagged: ["a 1.3", "a 1.2.5-r3", "b 1 D:a~1.2"],
    names: ["b"],
    expected: ["+a-1.2.5-r3", "+b-1"],
  },
  "two that ask for different versions": {
    untagged: ["a 1", "a 2", "b 1 D:a=1", "c 1 D:a=2"],
    names: ["b", "c"],
    expected: null,
  },
  "the provider that the distribution prefers": {
    untagged: ["m 1 p:mta k:10", "n 1 p:mta k:20", "a 1 D:mta"],
    names: ["a"],
    expected: ["+a-1", "+n-1"],
  },
  "providers without a preference": {
    untagged: ["m 1 p:mta", "n 1 p:mta", "a 1 D:mta"],
    names: ["a"],
    expected: null,
  },
  "one of them named": {
    untagged: ["m 1 p:mta", "n 1 p:mta", "a 1 D:mta"],
    names: ["a", "m"],
    expected: ["+a-1", "+m-1"],
  },
  "two providers of one name with a version": {
    untagged: ["m 1 p:mta=1", "n 1 p:mta=2"],
    names: ["m", "n"],
    expected: null,
  },
  "a conflict": { untagged: ["a 1 D:!b", "b 1"], names: ["a", "b"], expected: null },
  "a conflict that is none": {
    untagged: ["a 1 D:!b>2", "b 1"],
    names: ["a", "b"],
    expected: ["+a-1", "+b-1"],
  },
  "what comes by itself": {
    untagged: ["a 1", "b 1", "ab 1 i:a,b=1", "ax 1 i:a,x"],
    names: ["a", "b"],
    expected: ["+a-1", "+ab-1", "+b-1"],
  },
  "nothing newer than what is there": {
    untagged: ["a 2", "b 1 D:a"],
    installed: ["a 1"],
    world: ["a"],
    names: ["b"],
    expected: ["+b-1"],
  },
  "a newer one where it has to be": {
    untagged: ["a 2", "b 1 D:a>1"],
    installed: ["a 1"],
    world: ["a"],
    names: ["b"],
    expected: ["+b-1", "~a-2"],
  },
  "what nobody wants goes": {
    untagged: ["a 1", "b 1", "c 1"],
    installed: ["a 1", "b 1"],
    world: ["a"],
    names: ["c"],
    expected: ["+c-1", "-b"],
  },
  "a tagged repository, only when it is asked for": {
    untagged: ["a 1"],
    edge: ["a 2", "b 1"],
    names: ["a"],
    expected: ["+a-1"],
  },
  "a package of a tagged repository": {
    untagged: ["a 1"],
    edge: ["a 2 D:b", "b 1"],
    names: ["a@edge"],
    expected: ["+a-2", "+b-1"],
  },
  "a tagged package that is not asked for by its tag": {
    untagged: ["a 1"],
    edge: ["b 1"],
    names: ["b"],
    expected: null,
  },
  "a name that nothing brings": { untagged: ["a 1"], names: ["x"], expected: null },
  "a relation that nothing satisfies": { untagged: ["a 1 D:x"], names: ["a"], expected: null },
  "what is installed, or what is preferred": {
    untagged: ["m 1 p:mta k:10", "n 1 p:mta k:20", "a 1 D:mta"],
    installed: ["m 1 p:mta k:10"],
    world: [],
    names: ["a"],
    expected: [
      [2, ["+a-1"]],
      [3, ["+a-1", "+n-1", "-m"]],
    ],
  },
};

function makeRecord(text: string): string {
  const [name = "", version = "", ...fields] = text.split(" ");
  const sum = createHash("sha1").update(text).digest("base64");
  const lines = fields.map((field) => field.replaceAll(",", " "));
  return [`C:Q1${sum}`, `P:${name}`, `V:${version}`, "A:x86_64", "S:1", "I:1", "T:a", ...lines]
    .map((line) => `${line}\n`)
    .join("");
}

const read = (packages: readonly string[]): ReturnType<typeof parseApkIndex>["records"] =>
  parseApkIndex(Buffer.from(packages.map((one) => `${makeRecord(one)}\n`).join(""))).records;

const describePackage: ApkRequest["describe"] = ({ name, version }) => ({
  ...{ name, version, architecture: "x86_64", source: null, downloadBytes: null },
  ...{ installedBytes: null, url: "", checksum: null, repository: "" },
});

function resolve(row: Row, generation: 2 | 3): Resolution {
  const installed = parseApkInstalled(Buffer.from(databaseOf(row))).records;
  return resolveApk({
    index: new IndexPool([
      { records: read(row.untagged), tags: [null] },
      { records: read(row.edge ?? []), tags: ["edge"] },
    ]),
    names: row.names,
    installed: installed.map(toInstalledApkPackage),
    world: row.world ?? [],
    generation,
    describe: describePackage,
  });
}

function databaseOf({ installed = [] }: Row): string {
  return installed.map((one) => `${makeRecord(one)}\n`).join("");
}

function changesOf({ added, changed, removed, problems }: Resolution): readonly string[] | null {
  if (problems.length > 0) return null;
  return [
    ...added.map(({ name, version }) => `+${name}-${version}`),
    ...changed.map(({ to }) => `~${to.name}-${to.version}`),
    ...removed.map((name) => `-${name}`),
  ].toSorted();
}

function expectedOf({ expected }: Row, generation: 2 | 3): readonly string[] | null {
  const own = expected?.find((one) => typeof one !== "string" && one[0] === generation);
  if (own !== undefined && typeof own !== "string") return own[1];
  return expected === null ? null : expected.filter((one) => typeof one === "string").toSorted();
}

describe("resolveApk() chooses", () => {
  it.each(Object.entries(rows))("%s", (_, row) => {
    for (const generation of [2, 3] as const) {
      expect([generation, changesOf(resolve(row, generation))]).toEqual([
        generation,
        expectedOf(row, generation),
      ]);
    }
  });
});

const without = whyNoApk();
describe.skipIf(without !== "")(`the real apk 2.14 chooses${without}`, () => {
  let apk: RealApk;
  beforeAll(() => (apk = new RealApk()));
  afterAll(() => {
    apk.close();
  });

  it.each(Object.entries(rows))("%s", async (_, row) => {
    const root = mkdtempSync(join(apk.folder, "row-"));
    for (const path of ["etc/apk", "lib/apk/db", "untagged/x86_64", "edge/x86_64"]) {
      mkdirSync(join(root, path), { recursive: true });
    }
    writeFileSync(join(root, "etc/apk/world"), `${(row.world ?? []).join("\n")}\n`);
    writeFileSync(join(root, "lib/apk/db/installed"), databaseOf(row));
    for (const [name, packages] of [
      ["untagged", row.untagged],
      ["edge", row.edge ?? []],
    ] as const) {
      const index = await makeApkIndex(packages.map(makeRecord), null);
      writeFileSync(join(root, name, "x86_64", "APKINDEX.tar.gz"), index);
    }
    const repository = `${root}/untagged\n@edge ${root}/edge`;
    const place = { root, architecture: "x86_64", repository };
    const { changes, output } = apk.simulate(place, row.names);
    expect({ changes, output }).toEqual({ changes: expectedOf(row, 2), output });
  });
});

describe("resolveApk() says why it cannot be", () => {
  const problemsOf = (name: keyof typeof rows): Resolution["problems"] => {
    const row = rows[name];
    if (row === undefined) throw new Error(name);
    const found = resolve(row, 3);
    expect([found.added, found.changed, found.removed]).toEqual([[], [], []]);
    return found.problems;
  };

  it("by what is missing and what is in the way", () => {
    expect(problemsOf("a name that nothing brings")).toEqual([
      { kind: "no-such-package", name: "x" },
    ]);
    expect(problemsOf("a relation that nothing satisfies")).toEqual([
      { kind: "unsatisfied", package: "a", relation: "x" },
    ]);
    expect(problemsOf("a conflict")).toEqual([
      { kind: "conflict", package: "a", with: "b", relation: "!b" },
    ]);
    expect(problemsOf("two providers of one name with a version")).toContainEqual({
      ...{ kind: "conflict", package: "m", with: "n", relation: "mta" },
    });
  });

  it("and why each package is added", () => {
    const row = rows["a closure"];
    if (row === undefined) throw new Error("there is no such row");
    expect(resolve(row, 3).added.map(({ name, because }) => [name, because])).toEqual([
      ["a", { kind: "asked" }],
      ["b", { kind: "needed", by: "a", relation: "b" }],
      ["c", { kind: "needed", by: "b", relation: "so:c.so" }],
    ]);
  });

  const chainOf = (count: number): Row => ({
    untagged: Array.from({ length: count }, (_, at) => `p${at} 1 D:p${at + 1}`).concat(
      `p${count} 1`,
    ),
    names: ["p0"],
    expected: null,
  });

  it("without the stack of the machine, however long a chain is", () => {
    expect(resolve(chainOf(5000), 2).added.length).toBe(5001);
    expect(resolve(chainOf(30_000), 3).added.length).toBe(30_001);
  });

  it("and ends where it would take for ever", () => {
    const { problems } = resolve(chainOf(30_000), 2);
    expect(problems).toMatchObject([{ kind: "not-read", failure: { kind: "over-limit" } }]);
  });
});

describe("findGeneration()", () => {
  const named: readonly [string | null, 2 | 3][] = [
    ["2.14.4-r1", 2],
    ["3.0.0_rc1-r0", 3],
    [null, 3],
  ];
  it.each(named)("of apk-tools %s: %i", (version, generation) => {
    const found = { name: "apk-tools", architecture: null, source: null, files: [] };
    expect(findGeneration(version === null ? [] : [{ ...found, version }])).toBe(generation);
  });
});
