import { describe, expect, it } from "vitest";
import { baseInfo, elfLayer, installed } from "../../test/made-supply.ts";
import type { Catalogue, OpenBase } from "../catalogue/catalogue.ts";
import { toBaseRoot } from "../choose/open-base.ts";
import type { LayerFacts } from "../image/layer-facts.ts";
import { failed, success, type Failure } from "../model/failure.ts";
import type { BaseInfo } from "../model/base.ts";
import type { RepositoryAccess } from "../repositories/access.ts";
import { openSupplies } from "./find-supply.ts";

type Texts = Readonly<Record<string, string>>;

function layerOf(texts: Texts): LayerFacts {
  const plain = elfLayer({}, [installed("dpkg")]);
  const files = Object.entries(texts).map(([path, text]) => {
    const entry = { type: "file", mode: 0o644, uid: 0, gid: 0, sizeBytes: text.length } as const;
    return { path, ...entry };
  });
  return {
    ...plain,
    entries: [...plain.entries, ...files],
    texts: { ...plain.texts, byPath: texts },
  };
}

function openBase(info: Partial<BaseInfo>, texts: Texts): OpenBase {
  const config: OpenBase["config"] = {
    platform: { os: "linux", architecture: "amd64" },
    ...{ user: "", env: [], entrypoint: null, cmd: null, workingDir: "", labels: {} },
    ...{ created: null, diffIds: [] },
  };
  const elf = { get: () => null };
  return { info: baseInfo(info), config, layers: [layerOf(texts)], elf };
}

const list = (host: string): Texts => ({
  "/etc/apt/sources.list": `deb http://${host}/debian bookworm main\n`,
});
const bare = { packageManager: null } as const;
const damaged: Failure = { kind: "not-found", what: "builder", where: "catalogue", near: [] };

/** Each address that was asked for; nothing answers. */
function accessOf(asked: string[]): RepositoryAccess {
  return {
    fetch({ url }) {
      asked.push(url);
      return Promise.resolve(
        failed({ kind: "unreachable", what: url, where: null, reason: "nobody" }),
      );
    },
    cacheFolder: null,
    temporaryFolder: "/nonexistent",
    now: () => new Date("2026-11-25T12:00:00Z"),
  };
}

const catalogueOf = (bases: readonly OpenBase[]): Pick<Catalogue, "bases" | "open"> => ({
  bases: bases.map(({ info }) => info),
  open(id) {
    const found = bases.find(({ info }) => info.id === id);
    return Promise.resolve(found === undefined ? failed(damaged) : success(found));
  },
});

interface Row {
  readonly bases: readonly OpenBase[];
  readonly known?: readonly OpenBase[];
  readonly kinds: readonly string[];
  /** Hosts that were asked, in order. */
  readonly hosts: readonly string[];
}

const rows: readonly (readonly [string, Row])[] = [
  [
    "a base without distribution has none",
    { bases: [openBase({ ...bare, distro: null }, {})], kinds: ["none"], hosts: [] },
  ],
  [
    "a base that names no repository has none",
    { bases: [openBase({}, {})], kinds: ["none"], hosts: [] },
  ],
  [
    "a base asks its own repositories",
    { bases: [openBase({}, list("own"))], kinds: ["unavailable"], hosts: ["own"] },
  ],
  [
    "those of two bases that name the same are asked once",
    {
      bases: [openBase({ id: "a" }, list("own")), openBase({ id: "b" }, list("own"))],
      kinds: ["unavailable", "unavailable"],
      hosts: ["own"],
    },
  ],
  [
    "those of another key are another's",
    {
      bases: [
        openBase({ id: "a" }, list("own")),
        openBase({ id: "b" }, { ...list("own"), "/etc/apt/trusted.gpg.d/k.asc": "other" }),
      ],
      kinds: ["unavailable", "unavailable"],
      hosts: ["own", "own"],
    },
  ],
  [
    "a base without a manager asks those of the smallest builder of its release",
    {
      bases: [openBase(bare, {})],
      known: [
        openBase({ id: "other", distro: { id: "debian", version: "13" } }, list("other")),
        openBase({ id: "arm64", platform: "linux/arm64" }, list("arm64")),
        openBase({ id: "big", unpackedBytes: 9 }, list("big")),
        openBase({ id: "small", unpackedBytes: 2 }, list("small")),
        openBase({ id: "smaller", unpackedBytes: 1, ...bare }, list("smaller")),
      ],
      kinds: ["unavailable"],
      hosts: ["small"],
    },
  ],
  [
    "the next builder where the smallest names no repository",
    {
      bases: [openBase(bare, {})],
      known: [
        openBase({ id: "big", unpackedBytes: 9 }, list("big")),
        openBase({ id: "small", unpackedBytes: 2 }, {}),
      ],
      kinds: ["unavailable"],
      hosts: ["big"],
    },
  ],
  [
    "a builder also where the base has a manager and names no repository",
    {
      bases: [openBase({ id: "own" }, {})],
      known: [openBase({ id: "builder" }, list("builder"))],
      kinds: ["unavailable"],
      hosts: ["builder"],
    },
  ],
];

describe("openSupplies()", () => {
  it.each(rows)("%s", async (_name, { bases, known = [], kinds, hosts }) => {
    const asked: string[] = [];
    const supplies = openSupplies(catalogueOf(known), accessOf(asked));
    const found = [];
    for (const base of bases) found.push(await supplies.find(toBaseRoot(base)));
    expect(found.map(({ kind }) => kind)).toEqual(kinds);
    expect(asked.map((url) => new URL(url).host)).toEqual(hosts);
    supplies.close();
  });

  it("says why a builder cannot be opened", async () => {
    const catalogue = { ...catalogueOf([]), bases: [baseInfo({ id: "builder" })] };
    const supplies = openSupplies(catalogue, accessOf([]));
    const found = await supplies.find(toBaseRoot(openBase(bare, {})));
    expect(found).toEqual({ kind: "unavailable", failure: damaged });
  });
});
