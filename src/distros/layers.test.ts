import { describe, expect, it } from "vitest";
import { makeRpmPackage } from "../../test/rpm-database.ts";
import { makeWithLog, type Statement } from "../../test/sqlite-wal.ts";
import { fromBytes } from "../formats/random-access.ts";
import type { FileEntry, LayerFacts, PackageFact, Section } from "../image/layer-facts.ts";
import { mergeLayers } from "../image/merge.ts";
import { packageReader } from "../image/readers/packages.ts";
import { installedPackages } from "./installed-packages.ts";

type Content = string | Uint8Array | { readonly type: "whiteout" | "opaque" };

const isFile = (content: Content | undefined): content is string | Uint8Array =>
  typeof content === "string" || content instanceof Uint8Array;

function layerOf(files: Readonly<Record<string, Content>>): LayerFacts {
  const entries = Object.entries(files).map(([path, content]): FileEntry => {
    const type = isFile(content) ? "file" : content.type;
    const sizeBytes = isFile(content) ? content.length : 0;
    return { path, type, mode: 0o644, uid: 0, gid: 0, sizeBytes };
  });
  const byPath: Record<string, PackageFact> = {};
  for (const entry of entries) {
    const content = files[entry.path];
    if (!isFile(content) || !packageReader.wants(entry, new Uint8Array())) continue;
    const fact = packageReader.read({ entry, content: fromBytes(Buffer.from(content)) });
    if (fact !== null) byPath[entry.path] = fact;
  }
  const none: Section<never> = { revision: 0, byPath: {}, failures: [] };
  return {
    diffId: null,
    compressedBytes: null,
    uncompressedBytes: 0,
    entries,
    elf: none,
    shebangs: none,
    texts: none,
    loaderCaches: none,
    packages: { revision: 1, byPath, failures: [] },
    failures: [],
  };
}

const folder = "/var/lib/dpkg";
const base = {
  [`${folder}/status`]: "Package: a\nVersion: 1\n",
  [`${folder}/info/a.list`]: "/a\n",
};
const more = {
  [`${folder}/status`]: "Package: a\nVersion: 2\n\nPackage: b\nVersion: 1\n",
  [`${folder}/info/b.list`]: "/b\n",
};
const withX = {
  [`${folder}/status.d/x`]: "Package: x\nVersion: 1\n",
  [`${folder}/status.d/x.md5sums`]: "",
};
const withY = {
  [`${folder}/status.d/y`]: "Package: y\nVersion: 1\n",
  [`${folder}/status.d/y.md5sums`]: "",
};
const rpmPath = "/var/lib/rpm/rpmdb.sqlite";
const addRpm = (name: string): Statement => [
  "INSERT INTO Packages (blob) VALUES (?)",
  makeRpmPackage(name, [`/${name}`]),
];
const rpmFiles = makeWithLog(
  [
    ["PRAGMA page_size = 4096"],
    ["CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)"],
    addRpm("r"),
  ],
  [addRpm("s")],
);
const rpmBase = { [rpmPath]: rpmFiles.database };
const rpmLog = { [`${rpmPath}-wal`]: rpmFiles.log };
const [rpmR, rpmS] = ["r 1.2-3.el9 /r", "s 1.2-3.el9 /s"] as const;
const broken = { [`${folder}/status`]: "Package: a\n" };

describe("installedPackages() of several layers", () => {
  const rows: readonly [
    string,
    readonly Readonly<Record<string, Content>>[],
    readonly string[],
    number,
  ][] = [
    ["a status above replaces, lists join", [base, more], ["a 2 /a", "b 1 /b"], 0],
    ["status.d joins", [withX, withY], ["x 1 ", "y 1 "], 0],
    [
      "a hidden file of status.d",
      [withX, withY, { [`${folder}/status.d/x`]: { type: "whiteout" } }],
      ["y 1 "],
      0,
    ],
    ["an opaque folder", [base, { [folder]: { type: "opaque" }, ...withY }], ["y 1 "], 0],
    [
      "a hidden list is missed",
      [base, { [`${folder}/info/a.list`]: { type: "whiteout" } }],
      ["a 1 "],
      1,
    ],
    ["what is broken below a sound status does not count", [broken, base], ["a 1 /a"], 0],
    ["what is broken above does", [base, broken], [], 1],
    ["a log of rpm above its database", [rpmBase, rpmLog], [rpmR, rpmS], 0],
    [
      "a log of rpm that is hidden",
      [{ ...rpmBase, ...rpmLog }, { [`${rpmPath}-wal`]: { type: "whiteout" } }],
      [rpmR],
      0,
    ],
  ];
  it.each(rows)("%s", (_, layers, packages, problemCount) => {
    const found = installedPackages(mergeLayers(layers.map(layerOf), { get: () => null }));
    const lines = found.packages.map((one) => `${one.name} ${one.version} ${one.files.join()}`);
    expect(lines).toEqual(packages);
    expect(found.problems.length).toBe(problemCount);
  });
});
