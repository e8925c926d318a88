import { describe, expect, it } from "vitest";
import type { App } from "../check/app.ts";
import { checkApp } from "../check/check-app.ts";
import { mergeLayers } from "../image/merge.ts";
import type { PackageProblem, PackageSearch } from "../model/answer.ts";
import type { Failure } from "../model/failure.ts";
import type { Verdict } from "../model/verdict.ts";
import { addPackages, type Added } from "./add-packages.ts";
import { elfFacts } from "../../test/elf-facts.ts";
import {
  appNeeding,
  elfLayer,
  installed,
  library,
  madeBase,
  madeSupply,
  storeOf,
  type MadeBase,
  type MadePackage,
  type MadeSupply,
} from "../../test/made-supply.ts";

interface Case {
  /** Libraries in the app's folder, where the loader does not look, and what each needs. */
  readonly own?: Readonly<Record<string, readonly string[]>>;
  readonly needs?: Readonly<Record<string, readonly string[]>>;
  readonly base?: MadeBase;
  readonly packages?: Readonly<Record<string, MadePackage>>;
  readonly supply?: Parameters<typeof madeSupply>[1];
  readonly known?: readonly string[];
  readonly more?: readonly string[];
}

async function add(one: Case): Promise<Added & { readonly supply: MadeSupply }> {
  const app = withOwn(appNeeding(one.needs ?? { "liba.so.1": [] }), one.own ?? {});
  const base = madeBase(one.base);
  const supply = madeSupply(one.packages ?? {}, one.supply);
  const rootfs = mergeLayers([app.layer], app.elf);
  const added = await addPackages({
    app,
    source: { app, rootfs, elf: app.elf, processes: [], libcSonames: new Set() },
    base,
    supply,
    asIs: checkApp(app, base),
    isSameRelease: true,
    known: new Set(one.known ?? []),
    more: (one.more ?? []).map((name) => ({
      wanted: { kind: "package", name },
      name,
      folders: [],
    })),
  });
  return { ...added, supply };
}

function withOwn(app: App, own: Readonly<Record<string, readonly string[]>>): App {
  const entries = Object.entries(own).map(
    ([soname, needed]) => [`/app/own/${soname}`, elfFacts({ soname, needed })] as const,
  );
  const added = elfLayer(Object.fromEntries(entries));
  const byPath = { ...app.layer.elf.byPath, ...added.elf.byPath };
  const files = storeOf(Object.fromEntries(entries));
  return {
    ...app,
    layer: {
      ...app.layer,
      entries: [...app.layer.entries, ...added.entries],
      elf: { ...app.layer.elf, byPath },
    },
    elf: { get: (sha256) => app.elf.get(sha256) ?? files.get(sha256) },
  };
}

interface Expected {
  readonly search: PackageSearch;
  /** Null when nothing is added. */
  readonly verdict: Verdict | null;
  /** Names of the packages of the step. */
  readonly packages?: readonly string[];
  /** Each request to the resolver. */
  readonly asked?: readonly string[];
}

const found: PackageSearch = { state: "found", missing: [] };
const nothing = (...wanted: readonly string[]): PackageSearch => ({
  state: "nothing-found",
  wanted,
});
const liba = library("liba.so.1");
const conflict: PackageProblem = {
  kind: "conflict",
  package: "a",
  with: "x",
  relation: "x (<< 2)",
};
const unsatisfied: PackageProblem = { kind: "unsatisfied", package: "deep", relation: "x (>= 9)" };
const silent: Failure = {
  kind: "unreachable",
  what: "http://repository.example/a.deb",
  where: "repository.example",
  reason: "no answer",
};
const gone: Failure = {
  kind: "not-found",
  what: "http://repository.example/a.deb",
  where: "repository.example",
  near: [],
};

const rows: readonly (readonly [name: string, given: Case, expected: Expected])[] = [
  [
    "a package that brings the library",
    { packages: { a: { brings: ["liba.so.1"], files: liba } } },
    { search: found, verdict: "runs", packages: ["a"], asked: ["a"] },
  ],
  [
    "what that package needs comes along, and what the base has does not",
    {
      base: { packages: [installed("c")] },
      packages: {
        a: { brings: ["liba.so.1"], files: liba, needs: ["b", "c"] },
        b: {},
        c: {},
      },
    },
    { search: found, verdict: "runs", packages: ["a", "b"] },
  ],
  [
    "what is missing behind the first library is found in the next round",
    {
      packages: {
        a: {
          brings: ["liba.so.1"],
          files: Object.fromEntries(
            Object.entries(liba).map(([path, facts]) => [
              path,
              { ...facts, needed: ["libb.so.1"] },
            ]),
          ),
        },
        b: { brings: ["libb.so.1"], files: library("libb.so.1") },
      },
    },
    { search: found, verdict: "runs", packages: ["a", "b"], asked: ["a", "a b"] },
  ],
  [
    "of two packages the second, when the first has not the symbol version",
    {
      needs: { "liba.so.1": ["A_2"] },
      packages: {
        old: { brings: ["liba.so.1"], files: library("liba.so.1", ["A_1"]) },
        new: { brings: ["liba.so.1"], files: library("liba.so.1", ["A_1", "A_2"]) },
      },
    },
    { search: found, verdict: "runs", packages: ["new"], asked: ["old", "new"] },
  ],
  [
    "first the one whose index says that it has the versions",
    {
      needs: { "liba.so.1": ["A_2"] },
      packages: {
        old: { brings: ["liba.so.1"], versions: "not-all" },
        new: { brings: ["liba.so.1"], versions: "all", files: library("liba.so.1", ["A_2"]) },
      },
    },
    { search: found, verdict: "runs", packages: ["new"], asked: ["new"] },
  ],
  [
    "first the one that the target was built with",
    {
      known: ["ours"],
      packages: {
        theirs: { brings: ["liba.so.1"], files: liba },
        ours: { brings: ["liba.so.1"], files: liba },
      },
    },
    { search: found, verdict: "runs", packages: ["ours"], asked: ["ours"] },
  ],
  [
    "a newer version of a package that the base has, where its library lacks a symbol version",
    {
      needs: { "liba.so.1": ["A_2"] },
      base: { files: library("liba.so.1", ["A_1"]), packages: [installed("a")] },
      packages: {
        a: { brings: ["liba.so.1"], version: "2", files: library("liba.so.1", ["A_1", "A_2"]) },
      },
    },
    { search: found, verdict: "runs", packages: ["a"] },
  ],
  [
    "not the same version of a package that the base has",
    {
      needs: { "liba.so.1": ["A_2"] },
      base: { files: library("liba.so.1", ["A_1"]), packages: [installed("a")] },
      packages: { a: { brings: ["liba.so.1"], files: library("liba.so.1", ["A_1"]) } },
    },
    { search: nothing("liba.so.1"), verdict: null, asked: [] },
  ],
  [
    "no other C library, whatever version is missing in it",
    {
      needs: { "libc.so.6": ["GLIBC_2.38"] },
      base: { files: library("libc.so.6", ["GLIBC_2.36"]), packages: [installed("libc6")] },
      packages: { libc6: { brings: ["libc.so.6"], version: "2" } },
    },
    { search: { state: "not-needed" }, verdict: null, asked: [] },
  ],
  ["nothing brings it", {}, { search: nothing("liba.so.1"), verdict: null, asked: [] }],
  [
    "what does not help is not kept, what helps is",
    {
      needs: { "liba.so.1": [], "libb.so.1": ["B_1"] },
      packages: {
        a: { brings: ["liba.so.1"], files: liba },
        b: { brings: ["libb.so.1"], files: library("libb.so.1", ["B_0"]) },
        other: { brings: ["libb.so.1"] },
      },
    },
    {
      search: { state: "found", missing: ["libb.so.1"] },
      verdict: "fails",
      packages: ["a"],
      asked: ["a b", "a other", "a"],
    },
  ],
  [
    "nothing at all is kept where nothing helps",
    { packages: { a: { brings: ["liba.so.1"] } } },
    { search: nothing("liba.so.1"), verdict: null, asked: ["a"] },
  ],
  [
    "conflicting versions",
    { packages: { a: { brings: ["liba.so.1"], files: liba, problems: [conflict] } } },
    { search: { state: "refused", problems: [conflict] }, verdict: null, asked: ["a"] },
  ],
  [
    "another package where the first conflicts",
    {
      packages: {
        a: { brings: ["liba.so.1"], files: liba, problems: [conflict] },
        z: { brings: ["liba.so.1"], files: liba },
      },
    },
    { search: found, verdict: "runs", packages: ["z"], asked: ["a", "z"] },
  ],
  [
    "one package conflicts, the other one stays asked for",
    {
      needs: { "liba.so.1": [], "libb.so.1": [] },
      packages: {
        a: { brings: ["liba.so.1"], files: liba, problems: [conflict] },
        b: { brings: ["libb.so.1"], files: library("libb.so.1") },
      },
    },
    {
      search: { state: "refused", problems: [conflict] },
      verdict: "fails",
      packages: ["b"],
      asked: ["a b", "b"],
    },
  ],
  [
    "a relation that nothing satisfies, deep below",
    { packages: { a: { brings: ["liba.so.1"], files: liba, problems: [unsatisfied] } } },
    { search: { state: "refused", problems: [unsatisfied] }, verdict: null },
  ],
  [
    "a package that vanished between index and pool",
    { packages: { a: { brings: ["liba.so.1"], unread: gone }, z: { brings: ["liba.so.1"] } } },
    {
      search: {
        state: "refused",
        problems: [{ kind: "not-read", package: "a", failure: gone }],
      },
      verdict: null,
      asked: ["a"],
    },
  ],
  [
    "a package whose host does not answer: nothing is proved",
    { packages: { a: { brings: ["liba.so.1"], unread: silent } } },
    { search: found, verdict: "unproven", packages: ["a"], asked: ["a"] },
  ],
  [
    "packages that a script may use, those that the repositories have",
    {
      needs: {},
      more: ["tool", "vanished"],
      packages: { tool: { needs: ["libtool"] }, libtool: {} },
    },
    { search: found, verdict: "runs", packages: ["libtool", "tool"], asked: ["tool"] },
  ],
];

describe("addPackages()", () => {
  it.each(rows)("%s", async (_name, given, expected) => {
    const { search, made, supply } = await add(given);
    expect(search).toEqual(expected.search);
    expect(made?.checked.verdict ?? null).toBe(expected.verdict);
    const { packages, asked } = expected;
    if (packages !== undefined) {
      expect(made?.step.packages.map(({ name }) => name)).toEqual(packages);
    }
    if (asked !== undefined) expect(supply.asked).toEqual(asked);
  });

  it("asks for what a library of the app's own needs, which is copied beside the packages", async () => {
    const { search, made, supply } = await add({
      needs: { "libown.so": [] },
      own: { "libown.so": ["liba.so.1"] },
      packages: { a: { brings: ["liba.so.1"], files: liba } },
    });
    expect(search).toEqual(found);
    expect(supply.asked).toEqual(["a"]);
    expect(made?.checked.verdict).toBe("fails");
    expect(made?.step.packages.map(({ name }) => name)).toEqual(["a"]);
  });

  it("says of each package what it was asked for, or who needs it", async () => {
    const { made } = await add({
      packages: { a: { brings: ["liba.so.1"], files: liba, needs: ["b"] }, b: {} },
    });
    expect(made?.step).toMatchObject({
      asked: ["a"],
      packages: [
        { name: "a", because: { kind: "asked", for: ["liba.so.1"] }, replaces: null },
        { name: "b", because: { kind: "needed", by: "a", relation: "b" } },
      ],
      downloadBytes: 20,
      installedBytes: 200,
    });
  });

  it("fetches each package once, however many rounds there are", async () => {
    const { supply } = await add({
      needs: { "liba.so.1": ["A_2"], "libb.so.1": [] },
      packages: {
        old: { brings: ["liba.so.1"], files: library("liba.so.1", ["A_1"]) },
        new: { brings: ["liba.so.1"], files: library("liba.so.1", ["A_2"]) },
        b: { brings: ["libb.so.1"], files: library("libb.so.1") },
      },
    });
    expect(supply.fetched).toEqual(["b", "old", "new"]);
  });

  it("ends with a source that always names another package", async () => {
    const names = Array.from({ length: 50 }, (_, at) => `p${at}`);
    const packages = Object.fromEntries(names.map((name) => [name, { brings: ["liba.so.1"] }]));
    const { supply, search } = await add({ packages });
    expect(supply.asked).toHaveLength(12);
    expect(search).toEqual({ state: "found", missing: ["liba.so.1"] });
  });

  it("ends with libraries that always need another one", async () => {
    const names = Array.from({ length: 50 }, (_, at) => `lib${at}.so.1`);
    const packages = Object.fromEntries(
      names.map((soname, at) => {
        const needed = [`lib${at + 1}.so.1`];
        const files = Object.entries(library(soname)).map(([path, facts]) => [
          path,
          { ...facts, needed },
        ]);
        return [`p${at}`, { brings: [soname], files: Object.fromEntries(files) }];
      }),
    );
    const { supply, search } = await add({ needs: { "lib0.so.1": [] }, packages });
    expect(supply.asked).toHaveLength(12);
    expect(search).toEqual({ state: "found", missing: ["lib12.so.1"] });
  });

  it("fetches no more than 400 packages for one recipe", async () => {
    const names = Array.from({ length: 401 }, (_, at) => `p${at}`);
    const packages = { a: { brings: ["liba.so.1"], needs: names } };
    const { search, supply } = await add({ packages });
    expect(search).toMatchObject({
      state: "unavailable",
      failure: { kind: "over-limit", budget: "packages of one recipe", limit: 400 },
    });
    expect(supply.fetched).toEqual([]);
  });

  it("fetches nothing of what cannot be written down for the base", async () => {
    const libc: PackageProblem = { kind: "libc", package: "libc6" };
    const { search, supply } = await add({
      base: { files: {} },
      packages: { a: { brings: ["liba.so.1"], files: liba, needs: ["libc6"] }, libc6: {} },
      supply: {
        how: "copy",
        problemsOf: ({ packages }) => (packages.some(({ name }) => name === "libc6") ? [libc] : []),
      },
    });
    expect(search).toEqual({ state: "refused", problems: [libc] });
    expect(supply.fetched).toEqual([]);
  });

  it.each<readonly ["copy" | "install", Verdict, readonly string[]]>([
    ["copy", "unproven", ["script-not-run"]],
    ["install", "runs", []],
  ])("%s: what an unknown script may make is %s", async (how, verdict, codes) => {
    const { made } = await add({
      packages: { a: { brings: ["liba.so.1"], files: liba, script: "make-something --all" } },
      supply: { how },
    });
    expect(made?.checked.verdict).toBe(verdict);
    expect(made?.checked.findings.map(({ code }) => code)).toEqual(codes);
    const seen = made?.checked.findings.map(({ evidence }) => evidence).flat() ?? [];
    expect(seen.map((one) => one.seen)).toEqual(codes.map(() => "make-something --all"));
  });

  it("holds what the links of scripts say against what can be written down, too", async () => {
    const odd: PackageProblem = { kind: "not-read", package: "/x", failure: gone };
    let times = 0;
    const { search } = await add({
      packages: { a: { brings: ["liba.so.1"], files: liba } },
      // Before the packages are read nobody knows their links.
      supply: { how: "copy", problemsOf: () => (times++ === 0 ? [] : [odd]) },
    });
    expect(search).toEqual({ state: "refused", problems: [odd] });
  });
});

describe("a package of which a part cannot be read", () => {
  it("is laid over the base as far as it goes, and told", async () => {
    const damage: Failure = {
      ...{ kind: "malformed", what: "/usr/bin/a", where: "a 1", format: "ELF" },
      ...{ reason: "it is cut short", offsetBytes: null },
    };
    const broken = { a: { brings: ["liba.so.1"], files: liba, damage } };
    const { search, made, unread } = await add({ packages: broken });
    expect({ search, verdict: made?.checked.verdict }).toEqual({ search: found, verdict: "runs" });
    expect(unread).toEqual([damage]);
    expect((await add({ packages: { a: { brings: ["liba.so.1"], files: liba } } })).unread).toEqual(
      [],
    );
  });
});
