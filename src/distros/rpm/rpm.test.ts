import { describe, expect, it } from "vitest";
import { memoryRootfs } from "../../../test/memory-rootfs.ts";
import { makeRpmDatabase, makeRpmHeader, makeRpmPackage } from "../../../test/rpm-database.ts";
import { makeNdb } from "../../../test/rpm-old-databases.ts";
import { makeWithLog, type Statement, type WithLog } from "../../../test/sqlite-wal.ts";
import { testFamily } from "../contract.ts";
import { rpm } from "./rpm.ts";

const one = makeRpmPackage("one", ["/bin/one"]);
const two = makeRpmPackage("two", ["/usr/bin/two"]);
const both = makeRpmDatabase([one, two]);
const manifestPath = "/var/lib/rpmmanifest/container-manifest-2";
const path = "/var/lib/rpm/rpmdb.sqlite";

testFamily({
  family: rpm,
  database: { [path]: both },
  broken: { [path]: makeRpmDatabase([makeRpmHeader([[1000, 6, ["one"]]]), two]) },
  unreadable: { [path]: "SQLite format 4" },
});

describe("rpm.findPackages()", () => {
  const rows: readonly [string, Parameters<typeof memoryRootfs>[0], object][] = [
    [
      "the place of Fedora, with the old one as a link",
      {
        "/usr/lib/sysimage/rpm/rpmdb.sqlite": both,
        "/var/lib/rpm": { link: "../../usr/lib/sysimage/rpm" },
      },
      { packages: [{ name: "one" }, { name: "two" }], problems: [] },
    ],
    [
      "the kind of database that SUSE has",
      { "/usr/lib/sysimage/rpm/Packages.db": makeNdb([one, two]) },
      { packages: [{ name: "one" }, { name: "two" }], problems: [] },
    ],
    [
      "SQLite counts beside a left-over of another kind, which is told",
      { [path]: both, "/usr/lib/sysimage/rpm/Packages.db": makeNdb([one]) },
      {
        packages: [{ name: "one" }, { name: "two" }],
        problems: [{ kind: "unsupported", what: "/usr/lib/sysimage/rpm/Packages.db" }],
      },
    ],
    [
      "of two SQLite databases the first that holds packages",
      { [path]: makeRpmDatabase([]), "/usr/lib/sysimage/rpm/rpmdb.sqlite": both },
      { packages: [{ name: "one" }, { name: "two" }], problems: [] },
    ],
    ["an empty write-ahead log", { [path]: both, [`${path}-wal`]: "" }, { problems: [] }],
    [
      "a write-ahead log that is none counts for nothing and is told",
      { [path]: both, [`${path}-wal`]: "x" },
      {
        packages: [{ name: "one" }, { name: "two" }],
        problems: [{ kind: "malformed", what: `${path}-wal` }],
      },
    ],
    [
      "a rollback journal that is to be applied is told",
      { [path]: both, [`${path}-journal`]: Buffer.from("d9d505f920a163d7", "hex") },
      { packages: [{}, {}], problems: [{ kind: "unsupported", what: `${path}-journal` }] },
    ],
    [
      "a rollback journal that was ended",
      { [path]: both, [`${path}-journal`]: Buffer.alloc(512) },
      { packages: [{}, {}], problems: [] },
    ],
    [
      "the manifest of Mariner's distroless images, which has no files",
      { [manifestPath]: "a\t1-2.cm2\t3\t4\tM\t(none)\t5\tnoarch\t0\ta-1-2.cm2.src.rpm\n" },
      {
        packages: [{ name: "a", version: "1-2.cm2", installedBytes: 5, source: "a", files: [] }],
        problems: [{ kind: "unsupported", what: manifestPath }],
      },
    ],
  ];
  it.each(rows)("%s", (_, files, expected) => {
    expect(rpm.findPackages(memoryRootfs(files))).toMatchObject(expected);
  });
});

const create: Statement = [
  "CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)",
];
const index: Statement = ["CREATE INDEX i ON Packages (blob)"];
const add = (blob: Buffer): Statement => ["INSERT INTO Packages (blob) VALUES (?)", blob];
const pages: Statement = ["PRAGMA page_size = 4096"];
const manyFiles = Array.from({ length: 2000 }, (_, at) => `/usr/share/big/file-${at}`);
const big = makeRpmPackage("big", manyFiles);

describe("rpm.findPackages() of a database with its write-ahead log", () => {
  const namesIn = ({ database, log }: WithLog): readonly string[] | undefined => {
    const found = rpm.findPackages(memoryRootfs({ [path]: database, [`${path}-wal`]: log }));
    expect(found?.problems).toEqual([]);
    return found?.packages.map(({ name, files }) => `${name} ${files.length}`);
  };
  const before = [pages, create, index, add(big), add(one)];

  it("shows what was added and what was removed", () => {
    expect(namesIn(makeWithLog(before, [add(two)]))).toEqual(["big 2000", "one 1", "two 1"]);
    const removed: Statement = ["DELETE FROM Packages WHERE hnum = 1"];
    expect(namesIn(makeWithLog(before, [removed, add(big)]))).toEqual(["one 1", "big 2000"]);
  });

  it("shows all of a database that is in the log only", () => {
    expect(namesIn(makeWithLog([pages], [create, add(one), add(big)]))).toEqual([
      "one 1",
      "big 2000",
    ]);
  });

  it("keeps the database when the log is of another one", () => {
    const { database } = makeWithLog(before, []);
    const { log } = makeWithLog([["PRAGMA page_size = 512"], create], [add(two)]);
    const found = rpm.findPackages(memoryRootfs({ [path]: database, [`${path}-wal`]: log }));
    expect(found).toMatchObject({
      packages: [{ name: "big" }, { name: "one" }],
      problems: [{ kind: "malformed", what: `${path}-wal` }],
    });
  });
});
