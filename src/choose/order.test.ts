import { describe, expect, it } from "vitest";
import type { Candidate, PackageStep } from "../model/answer.ts";
import { chooseForAll, chooseFrom } from "./choose.ts";
import { compareCandidates, packageHandicapBytes } from "./order.ts";

interface Short {
  readonly id: string;
  readonly verdict?: Candidate["verdict"];
  readonly support?: Candidate["support"];
  readonly bytes?: number;
  /** A recipe adds packages. */
  readonly packages?: boolean;
}

const packageStep: PackageStep = {
  ...{ family: "dpkg", how: "install", builder: null, source: "test" },
  ...{ asked: [], packages: [], removed: [], downloadBytes: null, installedBytes: null, links: [] },
};
const recipe = { copies: [], packages: [], packageStep, env: {}, findings: [] };

function candidate(short: Short): Candidate {
  const { id, verdict = "runs", support = "supported", bytes = 1 } = short;
  const base = {
    id,
    reference: id,
    platform: "linux/amd64",
    measurement: { kind: "measured", digest: null, date: "2026-11-25", source: "test" },
    compressedBytes: null,
    unpackedBytes: bytes,
    distro: null,
    libc: null,
    shell: null,
    packageManager: null,
    user: "",
    packages: null,
    cpuLevel: "x86-64-v1",
    support: null,
  } as const;
  return {
    base,
    platform: base.platform,
    strategy: "copy",
    asIs: verdict,
    verdict,
    recipe: short.packages === true ? recipe : null,
    packageSearch: { state: "not-needed" },
    findings: [],
    sizes: {
      baseCompressedBytes: null,
      baseUnpackedBytes: bytes,
      resultCompressedBytes: null,
      resultUnpackedBytes: bytes,
    },
    support,
    isPresent: false,
  };
}

const ids = (list: readonly Candidate[]): string[] => list.map(({ base }) => base.id);

describe("order of preference", () => {
  it.each<readonly [string, readonly Short[], readonly string[]]>([
    [
      "what runs comes before what is smaller and unproven, and that before what fails",
      [
        { id: "fails", verdict: "fails", bytes: 1 },
        { id: "unproven", verdict: "unproven", bytes: 2 },
        { id: "runs", bytes: 3 },
      ],
      ["runs", "unproven", "fails"],
    ],
    [
      "a base without support comes after every other that runs, unknown support between",
      [
        { id: "ended", support: "ended", bytes: 1 },
        { id: "unknown", support: "unknown", bytes: 2 },
        { id: "supported", bytes: 3 },
      ],
      ["supported", "unknown", "ended"],
    ],
    [
      "of two that run the smaller one, of equals the first by name",
      [
        { id: "c", bytes: 2 },
        { id: "b", bytes: 1 },
        { id: "a", bytes: 1 },
      ],
      ["a", "b", "c"],
    ],
    [
      "packages count more than their bytes, and no more than that",
      [
        { id: "with", bytes: 10, packages: true },
        { id: "near", bytes: 10 + packageHandicapBytes - 1 },
        { id: "far", bytes: 10 + packageHandicapBytes + 1 },
      ],
      ["near", "with", "far"],
    ],
    [
      "of two that weigh the same the smaller one",
      [
        { id: "large", bytes: 10 + packageHandicapBytes },
        { id: "with", bytes: 10, packages: true },
      ],
      ["with", "large"],
    ],
  ])("%s", (_name, given, expected) => {
    const sorted = given.map(candidate).toSorted(compareCandidates);
    expect(ids(sorted)).toEqual(expected);
  });
});

describe("chooseFrom()", () => {
  it.each<readonly [string, Short, string | null]>([
    ["takes what runs", { id: "a" }, "a"],
    ["takes what is unproven when it is the first", { id: "a", verdict: "unproven" }, "a"],
    ["takes nothing that fails", { id: "a", verdict: "fails" }, null],
  ])("%s", (_name, given, expected) => {
    expect(chooseFrom([candidate(given)])?.base.id ?? null).toBe(expected);
  });
  it("takes nothing from nothing", () => {
    expect(chooseFrom([])).toBeNull();
  });
});

describe("chooseForAll()", () => {
  it("takes the smallest base that stands on each platform", () => {
    const lists = [
      [{ id: "small" }, { id: "both", bytes: 5 }, { id: "large", bytes: 9 }],
      [
        { id: "both", bytes: 4 },
        { id: "large", bytes: 9 },
        { id: "small", verdict: "fails" },
      ],
    ] as const;
    const made = lists.map((list) => list.map((one: Short) => candidate(one)));
    expect(ids(chooseForAll(made, compareCandidates) ?? [])).toEqual(["both", "both"]);
  });
  it("takes nothing when no base is there for each platform", () => {
    const made = [[candidate({ id: "a" })], [candidate({ id: "b" })]];
    expect(chooseForAll(made, compareCandidates)).toBeNull();
  });
});
