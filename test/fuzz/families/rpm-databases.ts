import fc from "fast-check";
import { fromBytes } from "../../../src/formats/random-access.ts";
import { parseContainerManifest } from "../../../src/formats/rpm/container-manifest.ts";
import { parseRpmDatabase } from "../../../src/formats/rpm/database.ts";
import { joinRpmDatabase } from "../../../src/formats/rpm/joined-database.ts";
import { parseWal } from "../../../src/formats/sqlite/wal.ts";
import { makeRpmPackage } from "../../rpm-database.ts";
import { makeNdb, makePlainBerkeley } from "../../rpm-old-databases.ts";
import { makeWithLog, type Statement } from "../../sqlite-wal.ts";
import type { Family } from "../family.ts";
import { repairNdb, repairWal } from "../repair-sums.ts";
import { lines, oddLine, textBytes } from "./words.ts";

const blobs = [0, 3, 60].map((count) =>
  makeRpmPackage(
    `package-${count}`,
    Array.from({ length: count }, (_, at) => `/usr/share/some/folder/${at}`),
  ),
);

/** `Packages.db`, with sums that are set right. */
export const ndb: Family = {
  name: "ndb",
  made: fc.constantFrom(makeNdb([]), makeNdb(blobs), makeNdb([...blobs, ...blobs])),
  repair: repairNdb,
  read: (input) => parseRpmDatabase(fromBytes(input)),
};

/** `Packages` of either byte order. */
export const berkeley: Family = {
  name: "berkeley",
  made: fc.constantFrom(
    makePlainBerkeley(blobs, { pageBytes: 512, isBigEndian: false }),
    makePlainBerkeley(blobs, { pageBytes: 512, isBigEndian: true }),
    makePlainBerkeley(blobs, { pageBytes: 4096, isBigEndian: false }),
  ),
  read: (input) => parseRpmDatabase(fromBytes(input)),
};

const add = (blob: Buffer): Statement => ["INSERT INTO Packages (blob) VALUES (?)", blob];
const before: readonly Statement[] = [
  ["PRAGMA page_size = 512"],
  ["CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)"],
  ...blobs.map(add),
];
const removal: Statement = ["DELETE FROM Packages WHERE hnum = 2"];
const added = makeWithLog(before, blobs.map(add));
const removed = makeWithLog(before, [removal, ...blobs.map(add), removal]);
const { layout = null } = parseRpmDatabase(fromBytes(added.database));

/** `rpmdb.sqlite-wal`, with sums that are set right, joined with a database and with none. */
export const rpmLog: Family = {
  name: "rpm-log",
  made: fc.constantFrom(added.log, removed.log),
  repair: repairWal,
  read(input) {
    const { log, problems } = parseWal(fromBytes(input));
    if (log === null) return { problems };
    const joined = joinRpmDatabase(layout, log);
    return { problems, joined, pages: Object.keys(log.pages).length };
  },
};

const manifestLine = fc.oneof(
  fc
    .array(fc.constantFrom("glibc", "2.35-6.cm2", "(none)", "0", "17", "x86_64", ""), {
      minLength: 9,
      maxLength: 11,
    })
    .map((columns) => columns.join("\t")),
  oddLine,
);

/** Mariner's list of packages. */
export const rpmManifest: Family = {
  name: "rpm-manifest",
  made: textBytes(lines(manifestLine)),
  read: parseContainerManifest,
};
