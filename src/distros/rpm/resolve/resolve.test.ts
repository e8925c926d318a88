import { describe, expect, it } from "vitest";
import { parseRpmDependency, type RpmRelation } from "../../../formats/rpm/relation.ts";
import type { InstalledPackage } from "../../../image/layer-facts.ts";
import { resolveRpm } from "./resolve.ts";
import type { RepositoryCandidate, RpmUniverse } from "./universe.ts";

interface Made {
  readonly requires?: string;
  readonly provides?: string;
  readonly conflicts?: string;
  readonly obsoletes?: string;
  readonly suggests?: string;
  readonly files?: string;
}

/** `name-version-release.arch` and what it has, relations by commas. */
function makeUniverse(packages: readonly (readonly [string, Made?])[]): RpmUniverse {
  const all = packages.map(([nevra, made = {}], place) => {
    const [, name = "", version = "", architecture = ""] =
      /^(.+)-([^-]+-[^-]+)\.(\w+)$/.exec(nevra) ?? [];
    const read = (text = "") => text.split(", ").filter(Boolean).map(parseRpmDependency);
    const plain = (text?: string): readonly RpmRelation[] =>
      read(text).filter((one) => one.kind === "relation");
    const own: RpmRelation = { kind: "relation", name, comparison: "=", version };
    const candidate: RepositoryCandidate = {
      ...{ name, version, architecture, place },
      provides: [...plain(made.provides), own],
      requires: read(made.requires),
      conflicts: read(made.conflicts),
      obsoletes: plain(made.obsoletes),
      weak: { recommends: [], suggests: read(made.suggests), supplements: [], enhances: [] },
      isBroken: false,
      priority: 99,
    };
    return { candidate, files: (made.files ?? "").split(", ") };
  });
  const where = (is: (one: (typeof all)[number]) => boolean): readonly RepositoryCandidate[] =>
    all.filter(is).map(({ candidate }) => candidate);
  return {
    named: (name) => where(({ candidate }) => candidate.name === name),
    hidden: () => [],
    providing: (name) =>
      where(({ candidate }) => candidate.provides.some((one) => one.name === name)),
    owning: (path) => where(({ files }) => files.includes(path)),
    obsoleting: (name) =>
      where(({ candidate }) => candidate.obsoletes.some((one) => one.name === name)),
  };
}

const installed = (name: string, version: string, relations: object = {}): InstalledPackage => ({
  ...{ name, version, architecture: "x86_64", source: null, files: [] },
  relations,
});

const accepted = ["x86_64", "i686"];
const resolve = (
  packages: Parameters<typeof makeUniverse>[0],
  names: readonly string[],
  there: readonly InstalledPackage[] = [],
): ReturnType<typeof resolveRpm> =>
  resolveRpm(makeUniverse(packages), { names, installed: there, accepted, isBestWanted: false });

describe("resolveRpm()", () => {
  const rows: readonly [string, Parameters<typeof makeUniverse>[0], readonly string[]][] = [
    ["the newest version", [["a-1-1.x86_64"], ["a-10-1.x86_64"], ["a-9-1.x86_64"]], ["a 1"]],
    ["the better architecture", [["a-1-1.i686"], ["a-1-1.x86_64"]], ["a 1"]],
    ["no architecture of another machine", [["a-1-1.aarch64"], ["a-0-1.noarch"]], ["a 1"]],
    [
      "an older version where the newest cannot be",
      [["a-1-1.noarch"], ["a-2-1.noarch", { requires: "nobody" }]],
      ["a 0"],
    ],
    [
      "the first of two providers by name",
      [
        ["a-1-1.noarch", { requires: "x" }],
        ["c-1-1.noarch", { provides: "x" }],
        ["b-1-1.noarch", { provides: "x" }],
      ],
      ["a 0", "b 2"],
    ],
    [
      "the one that is suggested",
      [
        ["a-1-1.noarch", { requires: "x", suggests: "c" }],
        ["b-1-1.noarch", { provides: "x" }],
        ["c-1-1.noarch", { provides: "x" }],
      ],
      ["a 0", "c 2"],
    ],
    [
      "the one with the newer version of what both provide",
      [
        ["a-1-1.noarch", { requires: "x" }],
        ["b-1-1.noarch", { provides: "x = 1" }],
        ["c-1-1.noarch", { provides: "x = 2" }],
      ],
      ["a 0", "c 2"],
    ],
    [
      "what brings in less, where the other provider came all the same",
      [
        ["a-1-1.noarch", { requires: "x, d" }],
        ["b-1-1.noarch", { provides: "x" }],
        ["c-1-1.noarch", { provides: "x" }],
        ["d-1-1.noarch", { requires: "c" }],
      ],
      ["a 0", "c 2", "d 3"],
    ],
    [
      "what obsoletes the name",
      [["a-1-1.noarch"], ["b-1-1.noarch", { obsoletes: "a < 2" }]],
      ["b 1"],
    ],
    [
      "by a file",
      [
        ["a-1-1.noarch", { requires: "/usr/bin/x" }],
        ["b-1-1.noarch", { files: "/usr/bin/x" }],
      ],
      ["a 0", "b 1"],
    ],
    [
      "a rich condition only where it holds",
      [
        ["a-1-1.noarch", { requires: "(b if c), d" }],
        ["b-1-1.noarch"],
        ["c-1-1.noarch"],
        ["d-1-1.noarch", { requires: "c" }],
      ],
      ["a 0", "b 1", "c 2", "d 3"],
    ],
  ];
  it.each(rows)("takes %s", (_, packages, expected) => {
    const { added, problems } = resolve(packages, ["a"]);
    expect(problems).toEqual([]);
    expect(added.map(({ name, place }) => `${name} ${place}`)).toEqual(expected);
  });

  it("does not take again what is installed, nor in a newer version", () => {
    const packages = [["a-2-1.x86_64", { requires: "b" }], ["b-2-1.x86_64"]] as const;
    expect(resolve(packages, ["a"], [installed("b", "1-1")])).toMatchObject({
      added: [{ name: "a" }],
      changed: [],
    });
    expect(resolve(packages, ["b"], [installed("b", "1-1")])).toMatchObject({
      added: [],
      changed: [],
    });
  });

  it("replaces what is installed where that is asked for, and says by whom", () => {
    const packages = [["a-2-1.x86_64", { requires: "b >= 2" }], ["b-2-1.x86_64"]] as const;
    expect(resolve(packages, ["a"], [installed("b", "1-1")])).toMatchObject({
      changed: [{ from: "1-1", to: { because: { kind: "needed", by: "a", relation: "b >= 2" } } }],
      removed: [],
    });
  });

  it("leaves what is broken on the system as it is", () => {
    const there = [
      installed("b", "1-1", { depends: "nobody", conflicts: "c" }),
      installed("c", "1-1"),
    ];
    expect(resolve([["a-1-1.noarch"]], ["a"], there)).toMatchObject({
      added: [{ name: "a" }],
      removed: [],
      problems: [],
    });
  });

  it("says why it cannot be done", () => {
    const conflict = [["a-1-1.noarch", { conflicts: "b" }], ["b-1-1.noarch"]] as const;
    expect(resolve(conflict, ["a", "b"]).problems).toEqual([
      { kind: "conflict", package: "a", with: "b", relation: "b" },
    ]);
    expect(resolve(conflict, ["a"], [installed("b", "1-1")]).problems).toEqual([
      { kind: "conflict", package: "a", with: "b", relation: "b" },
    ]);
    const deep = [
      ["a-1-1.noarch", { requires: "b" }],
      ["b-1-1.noarch", { requires: "c >= 2" }],
      ["c-1-1.noarch"],
    ] as const;
    expect(resolve(deep, ["a"]).problems).toEqual([
      { kind: "unsatisfied", package: "b", relation: "c >= 2" },
    ]);
    expect(resolve(deep, ["none"]).problems).toEqual([{ kind: "no-such-package", name: "none" }]);
  });

  it("gives up on a hard puzzle instead of trying for hours", () => {
    // More pigeons than holes: no rule sees that at once.
    const holes = 11;
    const packages = Array.from({ length: holes + 1 }, (_unused, pigeon) =>
      Array.from({ length: holes }, (_also, hole): [string, Made] => [
        `p${pigeon}h${hole}-1-1.noarch`,
        { provides: `pigeon${pigeon}, hole${hole}`, conflicts: `hole${hole}` },
      ]),
    ).flat();
    const asked: [string, Made] = [
      "a-1-1.noarch",
      { requires: Array.from({ length: holes + 1 }, (_unused, at) => `pigeon${at}`).join(", ") },
    ];
    const { problems } = resolve([asked, ...packages], ["a"]);
    expect(problems).toMatchObject([{ kind: "not-read", failure: { kind: "over-limit" } }]);
  }, 60_000);
});
