import { describe, expect, it } from "vitest";
import { readIndexes } from "../../../../test/resolver/memory-lookup.ts";
import { parseDpkgStatus } from "../../../formats/dpkg/status.ts";
import type { InstalledPackage } from "../../../image/layer-facts.ts";
import { resolveDebs, type DebRequest } from "./resolve.ts";
import type { DebResolution } from "./resolution.ts";

/** `name version`, then fields; the architecture is added. */
function records(...written: readonly string[]): Buffer {
  const stanzas = written.map((one) => {
    const [head = "", ...fields] = one.split("\n");
    const [name, version = "1"] = head.split(" ");
    return [`Package: ${name}`, `Version: ${version}`, "Architecture: amd64", ...fields].join("\n");
  });
  return Buffer.from(stanzas.map((one) => `${one}\n\n`).join(""));
}

function installedFrom(...written: readonly string[]): readonly InstalledPackage[] {
  return parseDpkgStatus(records(...written)).records.map(
    ({ name, version, architecture, source, relations }) => ({
      name,
      version,
      architecture,
      source,
      ...(relations === null ? {} : { relations }),
      files: [],
    }),
  );
}

function resolve(
  index: readonly string[],
  names: string,
  request: Partial<DebRequest> & { readonly has?: readonly string[] } = {},
): DebResolution {
  const { has = [], ...rest } = request;
  return resolveDebs(readIndexes([records(...index)]), {
    names: names.split(" "),
    installed: installedFrom(...has),
    nativeArchitecture: "amd64",
    ...rest,
  });
}

/** `+a=1 ^b=2 -c`, or the kinds of the problems. */
function brief({ added, changed, removed, problems }: DebResolution): string {
  return [
    ...added.map(({ deb }) => `+${deb.name}=${deb.version}`),
    ...changed.map(({ to }) => `^${to.deb.name}=${to.deb.version}`),
    ...removed.map((name) => `-${name}`),
    ...problems.map(({ kind }) => kind),
  ].join(" ");
}

interface Row {
  readonly index: readonly string[];
  readonly names: string;
  readonly has?: readonly string[];
  readonly expected: string;
}

const rows: Readonly<Record<string, Row>> = {
  "the newest version": { index: ["a 1", "a 2", "a 1.5"], names: "a", expected: "+a=2" },
  "what it needs, and what that needs": {
    index: ["a\nDepends: b (>= 1)", "b\nPre-Depends: c", "c", "d"],
    names: "a",
    expected: "+a=1 +b=1 +c=1",
  },
  "a cycle": { index: ["a\nDepends: b", "b\nDepends: a"], names: "a", expected: "+a=1 +b=1" },
  "no recommended packages": { index: ["a\nRecommends: b", "b"], names: "a", expected: "+a=1" },
  "what is there is left alone": {
    index: ["a\nDepends: b", "b 2"],
    names: "a",
    has: ["b 1"],
    expected: "+a=1",
  },
  "an upgrade of what was asked for": {
    index: ["a 2"],
    names: "a",
    has: ["a 1"],
    expected: "^a=2",
  },
  "an upgrade that a condition demands": {
    index: ["a\nDepends: b (>= 2)", "b 2"],
    names: "a",
    has: ["b 1"],
    expected: "+a=1 ^b=2",
  },
  "an upgrade of a package that needs the old version": {
    index: ["a\nDepends: b (>= 2)", "b 2", "c 2\nDepends: b (= 2)"],
    names: "a",
    has: ["b 1", "c 1\nDepends: b (= 1)"],
    expected: "+a=1 ^b=2 ^c=2",
  },
  "an upgrade of the others of one source": {
    index: ["a\nDepends: b (>= 2)", "b 2\nSource: s", "c 2\nSource: s"],
    names: "a",
    has: ["b 1\nSource: s", "c 1\nSource: s"],
    expected: "+a=1 ^b=2 ^c=2",
  },
  "nothing to do": { index: ["a 1"], names: "a", has: ["a 1"], expected: "" },
  "never an older version": { index: ["a 1"], names: "a", has: ["a 2"], expected: "" },
  "the first of alternatives": {
    index: ["a\nDepends: b | c", "b", "c"],
    names: "a",
    expected: "+a=1 +b=1",
  },
  "the alternative that is there": {
    index: ["a\nDepends: b | c", "b", "c"],
    names: "a",
    has: ["c"],
    expected: "+a=1",
  },
  "the alternative that exists": {
    index: ["a\nDepends: b | c", "c"],
    names: "a",
    expected: "+a=1 +c=1",
  },
  "the alternative that can be installed": {
    index: ["a\nDepends: b | c", "b\nDepends: gone", "c"],
    names: "a",
    expected: "+a=1 +c=1",
  },
  "the alternative whose old version is there, upgraded": {
    index: ["a\nDepends: b | c (>= 2)", "b", "c 2"],
    names: "a",
    has: ["c 1"],
    expected: "+a=1 ^c=2",
  },
  "one that stands in": {
    index: ["a\nDepends: v", "b\nProvides: v"],
    names: "a",
    expected: "+a=1 +b=1",
  },
  "the package itself before one that stands in": {
    index: ["a\nDepends: v", "b\nProvides: v", "v"],
    names: "a",
    expected: "+a=1 +v=1",
  },
  "of two that stand in the more important": {
    index: [
      "a\nDepends: v",
      "b\nProvides: v\nPriority: standard",
      "c\nProvides: v\nPriority: optional",
    ],
    names: "a",
    expected: "+a=1 +b=1",
  },
  "of two that are alike the name that was met last": {
    index: ["a\nDepends: v", "b\nProvides: v", "c\nProvides: v"],
    names: "a",
    expected: "+a=1 +c=1",
  },
  "of two that are alike the name that was met last, in a relation": {
    index: ["a\nDepends: v", "x\nSuggests: c", "b\nProvides: v", "c\nProvides: v"],
    names: "a",
    expected: "+a=1 +b=1",
  },
  "a provided version that fits": {
    index: [
      "a\nDepends: v (>= 2)",
      "b\nProvides: v (= 2)",
      "c\nProvides: v (= 1), w",
      "d\nProvides: v",
    ],
    names: "a",
    expected: "+a=1 +b=1",
  },
  "a name that one package provides": {
    index: ["b\nProvides: v"],
    names: "v",
    expected: "+b=1",
  },
  "any architecture, where it is allowed": {
    index: ["a\nDepends: p:any", "p\nMulti-Arch: allowed"],
    names: "a",
    expected: "+a=1 +p=1",
  },
  "a conflict removes what is there": {
    index: ["a\nConflicts: b", "b"],
    names: "a",
    has: ["b"],
    expected: "+a=1 -b",
  },
  "a conflict with an old version upgrades it": {
    index: ["a\nBreaks: b (<< 2)", "b 2"],
    names: "a",
    has: ["b 1"],
    expected: "+a=1 ^b=2",
  },
  "what needs a removed package goes too": {
    index: ["a\nConflicts: b", "b", "c\nDepends: b"],
    names: "a",
    has: ["b", "c\nDepends: b"],
    expected: "+a=1 -b -c",
  },
  "a conflict of one that is there": {
    index: ["a", "b\nConflicts: a"],
    names: "a",
    has: ["b\nConflicts: a"],
    expected: "+a=1 -b",
  },
  "a conflict with a name that it provides itself means the others": {
    index: ["a\nProvides: m\nConflicts: m", "b\nProvides: m\nConflicts: m"],
    names: "a",
    has: ["b\nProvides: m\nConflicts: m"],
    expected: "+a=1 -b",
  },
  "alternatives go round a conflict": {
    index: ["a\nDepends: b | c\nConflicts: b", "b", "c"],
    names: "a",
    expected: "+a=1 +c=1",
  },
};

describe("resolveDebs() takes", () => {
  it.each(Object.entries(rows))("%s", (_, { index, names, has, expected }) => {
    expect(brief(resolve(index, names, { has: has ?? [] }))).toBe(expected);
  });
});

describe("resolveDebs() refuses, with the cause,", () => {
  const refusals: readonly [string, Row, object][] = [
    [
      "a name that nothing has",
      { index: ["a"], names: "b", expected: "" },
      { kind: "no-such-package", name: "b" },
    ],
    [
      "a name that several provide",
      { index: ["a\nProvides: v", "b\nProvides: v"], names: "v", expected: "" },
      { kind: "ambiguous", name: "v", providers: ["a", "b"] },
    ],
    [
      "a package that vanished",
      { index: ["a\nDepends: b", "b\nDepends: gone (>= 1)"], names: "a", expected: "" },
      { kind: "unsatisfied", package: "b", relation: "gone (>= 1)" },
    ],
    [
      "versions that exclude each other",
      {
        index: ["a\nDepends: c (= 1)", "b\nDepends: c (= 2)", "c 1", "c 2"],
        names: "a b",
        expected: "",
      },
      { kind: "unsatisfied", package: "a", relation: "c (= 1)" },
    ],
    [
      "two that exclude each other",
      { index: ["a\nConflicts: b", "b"], names: "a b", expected: "" },
      { kind: "conflict", package: "a", with: "b", relation: "b" },
    ],
    [
      "to remove what is essential",
      {
        index: ["a\nConflicts: b", "b\nEssential: yes"],
        names: "a",
        has: ["b\nEssential: yes"],
        expected: "",
      },
      { kind: "conflict", package: "a", with: "b", relation: "b" },
    ],
    [
      "a system that misses something already",
      { index: ["a"], names: "a", has: ["b\nDepends: gone"], expected: "" },
      { kind: "unsatisfied", package: "b", relation: "gone" },
    ],
    [
      "any architecture, where it is not allowed",
      { index: ["a\nDepends: p:any", "p"], names: "a", expected: "" },
      { kind: "unsatisfied", package: "a", relation: "p:any" },
    ],
  ];
  it.each(refusals)("%s", (_, { index, names, has }, problem) => {
    const found = resolve(index, names, { has: has ?? [] });
    expect(found).toEqual({
      added: [],
      changed: [],
      removed: [],
      problems: [problem],
      passedOver: [],
    });
  });

  it("more packages than the budget", () => {
    const index = Array.from({ length: 20 }, (_, at) => `p${at}\nDepends: p${at + 1}`);
    const found = resolve([...index, "p20"], "p0", { maxPackages: 10 });
    expect(found.problems).toEqual([{ kind: "too-many-packages", limit: 10 }]);
  });
});

describe("resolveDebs()", () => {
  it("tolerates what was left out on purpose, and nothing else", () => {
    const options = { has: ["b\nDepends: gone"], toleratesBroken: true };
    expect(brief(resolve(["a\nDepends: b"], "a", options))).toBe("+a=1");
    expect(brief(resolve(["a\nDepends: gone"], "a", options))).toBe("unsatisfied");
  });

  it("takes backports only where nothing else has the name", () => {
    const lookup = readIndexes([
      records("a 1", "c 1\nDepends: b"),
      { pin: 100, bytes: records("a 2", "b 2") },
    ]);
    const request = { installed: [], nativeArchitecture: "amd64" };
    expect(brief(resolveDebs(lookup, { ...request, names: ["a", "c"] }))).toBe("+a=1 +b=2 +c=1");
  });

  it("passes over other architectures", () => {
    const index = Buffer.from("Package: a\nVersion: 1\nArchitecture: i386\n\n");
    const request = { names: ["a"], installed: [], nativeArchitecture: "amd64" };
    const { problems } = resolveDebs(readIndexes([index]), request);
    expect(problems).toEqual([{ kind: "no-such-package", name: "a" }]);
  });

  it("leaves out a broken relation alone, and names it", () => {
    const found = resolve(["a\nDepends: b, c (~ 1)", "b"], "a");
    expect(brief(found)).toBe("+a=1 +b=1");
    expect(found.passedOver).toMatchObject([{ package: "a", relation: '"c (~ 1)"' }]);
  });

  it("says why each is there", () => {
    const { added } = resolve(["a\nDepends: b (>= 1) | c", "b"], "a");
    expect(added.map(({ because }) => because)).toEqual([
      { kind: "asked" },
      { kind: "needed", by: "a", relation: "b (>= 1) | c" },
    ]);
  });

  it("goes down a chain of 20,000 packages without using up the stack", () => {
    const index = Array.from({ length: 20_000 }, (_, at) => `p${at}\nDepends: p${at + 1}`);
    expect(resolve([...index, "p20000"], "p0").added.length).toBe(20_001);
  });

  it("gives the same answer for indexes in another order of records that are not alike", () => {
    const index = ["a\nDepends: b | c, d", "b\nDepends: e", "c", "d 1", "d 2", "e"];
    const one = brief(resolve(index, "a"));
    expect(brief(resolve([...index].reverse(), "a"))).toBe(one);
  });
});
