import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { findTestImages } from "../../../test/images.ts";
import { makeRpmDatabase } from "../../../test/rpm-database.ts";
import {
  makeBerkeley,
  makeNdb,
  withoutBerkeley,
  type BerkeleyForm,
} from "../../../test/rpm-old-databases.ts";
import { awkwardSpec } from "../../../test/rpm-spec.ts";
import {
  askRpm,
  askRpmAbout,
  buildRpmDatabase,
  readRpmDatabase,
  sortAnswers,
  withFolder,
  withoutRpm,
  type RpmAnswer,
} from "../../../test/rpm-tool.ts";
import { fromBytes } from "../random-access.ts";
import { ProblemLog } from "../record-problem.ts";
import { parseRpmDatabase } from "./database.ts";
import { readNdb } from "./ndb.ts";
import { readTable } from "../sqlite/table.ts";

const folder = join(findTestImages() ?? "/nowhere", "../scanning/data/rpmdb");
const withoutData = existsSync(folder)
  ? ""
  : " (skipped: ../shared/scanning/data/rpmdb is not there)";
const skipped = withoutRpm || withoutData;

/** What is read here, in the words of `askRpm`; there must be no problem. */
function readAnswers(bytes: Uint8Array): readonly RpmAnswer[] {
  const { records, problems } = parseRpmDatabase(fromBytes(bytes));
  expect(problems).toEqual([]);
  const lines = (text = ""): readonly string[] => (text === "" ? [] : text.split("\n"));
  const answers = records.map(({ relations, installedBytes, ...rest }) => ({
    ...rest,
    installedBytes,
    depends: lines(relations?.depends),
    provides: lines(relations?.provides),
    conflicts: lines(relations?.conflicts),
    replaces: lines(relations?.replaces),
  }));
  return sortAnswers(answers);
}

/** The file of an ndb database packed into SQLite: not every rpm reads ndb. */
function repackNdb(bytes: Uint8Array): Buffer {
  const problems = new ProblemLog("rpm");
  const blobs = [...readNdb(fromBytes(bytes), problems)].map(({ blob }) => Buffer.from(blob));
  expect(problems.toArray()).toEqual([]);
  return makeRpmDatabase(blobs);
}

describe("real databases say what rpm says of them", () => {
  const rows = [
    ["amazonlinux2023-plain.rpmdb.sqlite", 102, "rpmdb.sqlite"],
    ["cbl-mariner-2.0.rpmdb.sqlite", 129, "rpmdb.sqlite"],
    ["osv-scanner.rpmdb.sqlite", 1, "rpmdb.sqlite"],
    ["libuuid.Packages.bdb", 1, "Packages"],
    ["sle15-bci.Packages.ndb", 35, "Packages.db"],
  ] as const;
  it.skipIf(skipped !== "").each(rows)(`%s: %i packages${skipped}`, (name, count, fileName) => {
    const bytes = readFileSync(join(folder, name));
    const asked =
      fileName === "Packages.db"
        ? askRpmAbout(repackNdb(bytes), "rpmdb.sqlite", "sqlite")
        : askRpmAbout(bytes, fileName, fileName === "Packages" ? "bdb_ro" : "sqlite");
    expect(asked.length).toBe(count);
    expect(readAnswers(bytes)).toEqual(asked);
  });
});

describe.skipIf(withoutRpm !== "")(`packages that rpm made and installed${withoutRpm}`, () => {
  let made: Buffer = Buffer.alloc(0);
  let asked: readonly RpmAnswer[] = [];
  beforeAll(() => {
    withFolder((at) => {
      const database = buildRpmDatabase(at, awkwardSpec);
      made = readRpmDatabase(database);
      asked = askRpm(database, "sqlite");
    });
  }, 60_000);

  it("are read as rpm reads them", () => {
    expect(asked.map(({ name }) => name)).toEqual(["awkward", "empty", "many", "zero"]);
    expect(asked.find(({ name }) => name === "many")?.files.length).toBe(5001);
    expect(readAnswers(made)).toEqual(asked);
  });

  it("are the same in an ndb database", () => {
    expect(readAnswers(makeNdb(blobsOf(made)))).toEqual(asked);
  });

  const forms: readonly BerkeleyForm[] = [512, 4096, 65_536].flatMap((pageBytes) =>
    [false, true].map((isBigEndian) => ({ pageBytes, isBigEndian })),
  );
  it.skipIf(withoutBerkeley !== "").each(forms)(
    `are the same in a Berkeley DB of %o${withoutBerkeley}`,
    (form) => {
      const bytes = makeBerkeley(blobsOf(made), form);
      expect(readAnswers(bytes)).toEqual(asked);
      expect(askRpmAbout(bytes, "Packages", "bdb_ro")).toEqual(asked);
    },
  );

  it.skipIf(withoutBerkeley !== "")(`are gone where they were deleted${withoutBerkeley}`, () => {
    const form = { pageBytes: 4096, isBigEndian: false, removed: [0, 2] };
    const bytes = makeBerkeley(blobsOf(made), form);
    const left = askRpmAbout(bytes, "Packages", "bdb_ro");
    expect(left.length).toBe(2);
    expect(readAnswers(bytes)).toEqual(left);
  });
});

function blobsOf(database: Uint8Array): readonly Uint8Array[] {
  const rows = [...readTable(fromBytes(database), "Packages", new ProblemLog("sqlite"))];
  return rows.flatMap(({ values }) => (values[1] instanceof Uint8Array ? [values[1]] : []));
}
