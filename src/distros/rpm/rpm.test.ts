import { describe, expect, it } from "vitest";
import { memoryRootfs } from "../../../test/memory-rootfs.ts";
import { makeRpmDatabase, makeRpmHeader, makeRpmPackage } from "../../../test/rpm-database.ts";
import { testFamily } from "../contract.ts";
import { rpm } from "./rpm.ts";

const one = makeRpmPackage("one", ["/bin/one"]);
const two = makeRpmPackage("two", ["/usr/bin/two"]);
const both = makeRpmDatabase([one, two]);
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
      "ndb and Berkeley DB are unsupported, not empty",
      { "/var/lib/rpm/Packages.db": "RpmP000000000000" },
      { packages: [], problems: [{ kind: "unsupported", what: "/var/lib/rpm/Packages.db" }] },
    ],
    [
      "SQLite counts beside a left-over of another kind, which is told",
      { [path]: both, "/usr/lib/sysimage/rpm/Packages.db": "RpmP000000000000" },
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
      "a write-ahead log that is not read is told",
      { [path]: both, [`${path}-wal`]: "x" },
      { problems: [{ kind: "unsupported", what: `${path}-wal` }] },
    ],
    [
      "the manifest of Mariner's distroless images is told",
      { "/var/lib/rpmmanifest/container-manifest-2": "a\t1\n" },
      { packages: [], problems: [{ kind: "unsupported" }] },
    ],
  ];
  it.each(rows)("%s", (_, files, expected) => {
    expect(rpm.findPackages(memoryRootfs(files))).toMatchObject(expected);
  });
});
