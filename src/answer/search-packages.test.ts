import { describe, expect, it } from "vitest";
import { makeCandidate, type CandidateInput } from "../choose/candidate.ts";
import { packageHandicapBytes } from "../choose/order.ts";
import type { FoundSupply } from "../choose/supply.ts";
import {
  appNeeding,
  elfLayer,
  installed,
  library,
  madeBase,
  madeSupply,
  type MadeBase,
  type MadePackage,
} from "../../test/made-supply.ts";
import { elfFacts } from "../../test/elf-facts.ts";
import type { LayerFacts } from "../image/layer-facts.ts";
import { mergeLayers } from "../image/merge.ts";
import type { PackageSearch } from "../model/answer.ts";
import type { Failure } from "../model/failure.ts";
import type { Verdict } from "../model/verdict.ts";
import {
  searchPackages,
  type PackagesWanted,
  type PlatformList,
  type Searched,
} from "./search-packages.ts";

const liba = library("liba.so.1");
const down: Failure = {
  kind: "unreachable",
  what: "http://mirror.example/InRelease",
  where: "mirror.example",
  reason: "no answer",
};
const stale: Failure = {
  kind: "malformed",
  what: "http://mirror.example/InRelease",
  where: "mirror.example",
  format: "Release",
  reason: "it is stale: it was valid until 2026-01-01",
  offsetBytes: null,
};
const helps: Readonly<Record<string, MadePackage>> = { a: { brings: ["liba.so.1"], files: liba } };

/** One base: its size, whether it has the library, what supplies it. */
interface Base extends MadeBase {
  readonly bytes: number;
  readonly has?: boolean;
  readonly kind?: "measured" | "stand-in";
  readonly supply?: Readonly<Record<string, MadePackage>> | Failure | null;
  readonly problems?: readonly Failure[];
  readonly platform?: string;
}

type Bases = Readonly<Record<string, Base>>;

function inputOf(id: string, base: Base): CandidateInput {
  const app = appNeeding({ "liba.so.1": [] });
  const rootfs = mergeLayers([app.layer], app.elf);
  const { bytes, has = false, kind = "measured", platform = "linux/amd64" } = base;
  const measurement = { kind, digest: null, date: "2026-11-25", source: "test" };
  return {
    source: { app, rootfs, elf: app.elf, processes: [], libcSonames: new Set() },
    base: madeBase({
      ...base,
      files: has ? liba : {},
      info: { id, platform, unpackedBytes: bytes, measurement, ...base.info },
    }),
    asOf: "2026-11-25",
    presentId: null,
    appCompressedBytes: null,
    compressedBytesOf: () => null,
    undeclaredBy: () => [],
  };
}

function listOf(bases: Bases): PlatformList {
  const { rootfs } = madeBase();
  const app = { programs: [], unchecked: [], files: 1, unpackedBytes: 1, elfFiles: 1 };
  const summary = { reference: "x", kind: "file", platform: "", base: null } as const;
  return {
    target: { rootfs, summary: { ...summary, addedPackages: [], app } },
    list: Object.entries(bases).map(([id, base]) => {
      const input = inputOf(id, base);
      return { input, checked: makeCandidate(input) };
    }),
  };
}

interface Outcome {
  /** Ids of the bases that were looked up, in order. */
  readonly asked: readonly string[];
  readonly byId: ReadonlyMap<string, Searched>;
}

async function search(wanted: PackagesWanted, ...platforms: readonly Bases[]): Promise<Outcome> {
  const asked: string[] = [];
  const find = ({ info }: CandidateInput["base"]): Promise<FoundSupply> => {
    const bases = platforms.find((one) => (one[info.id]?.platform ?? "") === info.platform);
    const base = (bases ?? platforms[0])?.[info.id];
    asked.push(info.id);
    const { supply = helps, problems = [] } = base ?? {};
    if (supply === null) return Promise.resolve({ kind: "none" });
    if (isFailure(supply)) return Promise.resolve({ kind: "unavailable", failure: supply });
    const made = madeSupply(supply, { sourceProblems: problems });
    return Promise.resolve({ kind: "supply", supply: made });
  };
  const lists = await searchPackages(platforms.map(listOf), { wanted, supplies: { find } });
  const all = lists.flat().map((one) => [one.checked.candidate.base.id, one] as const);
  return { asked, byId: new Map(all) };
}

const isFailure = (supply: object): supply is Failure => "kind" in supply && "what" in supply;

const off: PackageSearch = { state: "not-looked-up", reason: "off" };
const cannotWin: PackageSearch = { state: "not-looked-up", reason: "cannot-win" };
const found: PackageSearch = { state: "found", missing: [] };
const notNeeded: PackageSearch = { state: "not-needed" };
const far = 3 * packageHandicapBytes;

interface Row {
  readonly wanted?: PackagesWanted;
  readonly bases: Bases;
  readonly searches: Readonly<Record<string, PackageSearch>>;
  readonly asked: readonly string[];
}

const rows: readonly (readonly [name: string, row: Row])[] = [
  [
    "what lacks nothing is not looked up",
    { bases: { has: { bytes: 1, has: true } }, searches: { has: notNeeded }, asked: [] },
  ],
  [
    "a smaller base than the one that runs is",
    {
      bases: { has: { bytes: far, has: true }, small: { bytes: 1 } },
      searches: { has: notNeeded, small: found },
      asked: ["small"],
    },
  ],
  [
    "a bigger one is not: it cannot win",
    {
      bases: { has: { bytes: 1, has: true }, big: { bytes: far } },
      searches: { has: notNeeded, big: cannotWin },
      asked: [],
    },
  ],
  [
    "nor one that saves less than a layer of packages costs",
    {
      bases: {
        has: { bytes: packageHandicapBytes, has: true },
        near: { bytes: 1 },
      },
      searches: { has: notNeeded, near: cannotWin },
      asked: [],
    },
  ],
  [
    "the first that then runs ends the search",
    {
      bases: { small: { bytes: 1 }, middle: { bytes: far }, big: { bytes: 2 * far } },
      searches: { small: found, middle: cannotWin, big: cannotWin },
      asked: ["small"],
    },
  ],
  [
    "where packages do not help the next is looked up",
    {
      bases: { small: { bytes: 1, supply: {} }, middle: { bytes: far }, big: { bytes: 2 * far } },
      searches: {
        small: { state: "nothing-found", wanted: ["liba.so.1"] },
        middle: found,
        big: cannotWin,
      },
      asked: ["small", "middle"],
    },
  ],
  [
    "where the indexes cannot be had, too",
    {
      bases: { small: { bytes: 1, supply: down }, middle: { bytes: far } },
      searches: { small: { state: "unavailable", failure: down }, middle: found },
      asked: ["small", "middle"],
    },
  ],
  [
    "a base without distribution has no repository",
    {
      bases: { none: { bytes: 1, supply: null, info: { distro: null } } },
      searches: { none: { state: "no-repository" } },
      asked: ["none"],
    },
  ],
  [
    "a stand-in is never proved: it is not looked up where another runs",
    {
      bases: { has: { bytes: far, has: true }, stand: { bytes: 1, kind: "stand-in" } },
      searches: { has: notNeeded, stand: cannotWin },
      asked: [],
    },
  ],
  [
    "all: also what cannot win",
    {
      wanted: "all",
      bases: { has: { bytes: 1, has: true }, big: { bytes: far } },
      searches: { has: notNeeded, big: found },
      asked: ["big"],
    },
  ],
  [
    "never: nothing",
    {
      wanted: "never",
      bases: { has: { bytes: far, has: true }, small: { bytes: 1 } },
      searches: { has: notNeeded, small: off },
      asked: [],
    },
  ],
];

describe("searchPackages()", () => {
  it.each(rows)("%s", async (_name, { wanted = "auto", bases, searches, asked }) => {
    const outcome = await search(wanted, bases);
    const states = [...outcome.byId].map(([id, { checked }]) => [
      id,
      checked.candidate.packageSearch,
    ]);
    expect(Object.fromEntries(states)).toEqual(searches);
    expect(outcome.asked).toEqual(asked);
  });

  it("looks a base up that is not the best of its platform when it may be the best of all", async () => {
    const arm64 = { platform: "linux/arm64" };
    const outcome = await search(
      "auto",
      { small: { bytes: 1, has: true }, both: { bytes: far, supply: helps } },
      { small: { bytes: 1, supply: {}, ...arm64 }, both: { bytes: far, has: true, ...arm64 } },
    );
    expect(outcome.asked).toContain("both");
  });

  it("lists what could not be read, and what is old, with the candidate that it is about", async () => {
    const { byId } = await search("all", {
      down: { bytes: 1, supply: down },
      stale: { bytes: 1, problems: [stale] },
      gone: { bytes: 1, supply: { a: { brings: ["liba.so.1"], unread: down } } },
      sound: { bytes: 1 },
    });
    const unread = [...byId].map(([id, one]) => [id, one.unread]);
    expect(Object.fromEntries(unread)).toEqual({
      down: [down],
      stale: [stale],
      gone: [down],
      sound: [],
    });
  });

  it("keeps what a recipe with packages makes of the candidate", async () => {
    const { byId } = await search("all", { small: { bytes: 1000 } });
    expect(byId.get("small")?.checked.candidate).toMatchObject({
      asIs: "fails",
      verdict: "runs",
      recipe: { packages: ["a"], copies: [] },
      // The base, the app, the library.
      sizes: { resultUnpackedBytes: 1200, resultCompressedBytes: null },
    });
  });

  it("takes no package that helps nothing into a recipe", async () => {
    const wrong = { a: { brings: ["liba.so.1"], files: library("libz.so.1") } };
    const { byId } = await search("all", { small: { bytes: 1000, supply: wrong } });
    expect(byId.get("small")?.checked.candidate).toMatchObject({ verdict: "fails", recipe: null });
  });
});

describe("packages that a script of an image may use", () => {
  const path = "/app/run.sh";
  const plain = elfLayer({});
  const layer: LayerFacts = {
    ...plain,
    entries: [{ path, type: "file", mode: 0o755, uid: 0, gid: 0, sizeBytes: 20 }],
    shebangs: {
      ...plain.shebangs,
      byPath: { [path]: { line: "/bin/sh", hasCarriageReturn: false } },
    },
  };
  const app = appNeeding({}, { layer, programs: [path], addedPackages: ["tool", "there"] });
  const files = { "/bin/sh": elfFacts({ type: "exec" }) };
  const addedPackages = ["tool", "there"].map((name) => ({ name, version: "1" }));

  function imageOf(release: string): PlatformList {
    const { list, target } = listOf({ small: { bytes: 1 } });
    const base = madeBase({ files, packages: [installed("there")], info: { unpackedBytes: 1 } });
    const input = list.map((one) => ({
      ...one.input,
      source: { ...one.input.source, app },
      base,
    }));
    const text = `ID=debian\nVERSION_ID="${release}"\n`;
    const rootfs = mergeLayers([withText("/etc/os-release", text)], app.elf);
    return {
      target: { rootfs, summary: { ...target.summary, kind: "image", addedPackages } },
      list: input.map((one) => ({ input: one, checked: makeCandidate(one) })),
    };
  }
  function withText(at: string, text: string): LayerFacts {
    const entry = { type: "file", mode: 0o644, uid: 0, gid: 0, sizeBytes: text.length } as const;
    return {
      ...plain,
      entries: [{ path: at, ...entry }],
      texts: { ...plain.texts, byPath: { [at]: text } },
      packages: elfLayer({}, [installed("there")]).packages,
    };
  }

  it.each<readonly [string, string, Verdict, readonly string[]]>([
    ["make it run on the same release, without what the base has", "12", "runs", ["tool"]],
    ["are not asked for by their names on another release", "11", "unproven", []],
  ])("%s", async (_name, release, verdict, packages) => {
    const supply = madeSupply({ tool: {}, there: {} });
    const find = (): Promise<FoundSupply> => Promise.resolve({ kind: "supply", supply });
    const [list = []] = await searchPackages([imageOf(release)], {
      wanted: "all",
      supplies: { find },
    });
    expect(list.map(({ checked }) => checked.candidate)).toMatchObject([
      { asIs: "unproven", verdict },
    ]);
    expect(list[0]?.checked.candidate.recipe?.packages ?? []).toEqual(packages);
  });
});
