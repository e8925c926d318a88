import fc, { type Arbitrary } from "fast-check";
import { makeRpmDatabase, makeRpmHeader, makeRpmPackage } from "../../rpm-database.ts";
import { parseApkInstalled } from "../../../src/formats/apk/installed.ts";
import { parseDpkgDiversions } from "../../../src/formats/dpkg/diversions.ts";
import { parseDpkgList, parseDpkgMd5sums } from "../../../src/formats/dpkg/file-list.ts";
import { parseDpkgStatus } from "../../../src/formats/dpkg/status.ts";
import { fromBytes, type RandomAccess } from "../../../src/formats/random-access.ts";
import { parseRpmDatabase } from "../../../src/formats/rpm/database.ts";
import { parseRpmSource } from "../../../src/formats/rpm/source-name.ts";
import { ProblemLog } from "../../../src/formats/record-problem.ts";
import { PathBudget } from "../../../src/formats/path-budget.ts";
import { parseRpmPackage } from "../../../src/formats/rpm/package.ts";
import { readTable } from "../../../src/formats/sqlite/table.ts";
import type { Family } from "../family.ts";
import { lines, oddLine, pathName, textBytes } from "./words.ts";

const dpkgLine = fc.oneof(
  fc
    .tuple(
      fc.constantFrom("Package", "Version", "Architecture", "Source", "Status", "package", "X-Y"),
      fc.constantFrom(": ", ":", " : ", ""),
      fc.oneof(
        fc.constantFrom("libc6", "2.36-9", "glibc (2.36-9)", "install ok installed", "a b c"),
        fc.constantFrom("deinstall ok config-files", "hold ok half-installed", "", "install"),
        oddLine,
      ),
    )
    .map((parts) => parts.join("")),
  fc.constantFrom("", " continued", "\tcontinued", "# comment", " ", " ."),
  pathName.map((name) => `/${name}`),
  pathName.map((name) => `d41d8cd98f00b204e9800998ecf8427e  ${name}`),
  oddLine,
);

/** Status, lists of files, sums, diversions: the same text is given to all of them. */
export const dpkg: Family = {
  name: "dpkg",
  usualBytes: 2048,
  made: textBytes(lines(dpkgLine)),
  read: (input) => [
    parseDpkgStatus(input),
    parseDpkgList(input),
    parseDpkgMd5sums(input),
    parseDpkgDiversions(input),
  ],
  maxOutput: (inputBytes) => 64 * 1024 + 120 * inputBytes,
};

const apkLine = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(...Array.from("PVAoFRFRFRaZMC")),
      fc.constantFrom(":", ":", ""),
      fc.oneof(fc.constantFrom("musl", "1.2.5-r0", "lib", ""), pathName),
    )
    .map((parts) => parts.join("")),
  fc.constantFrom("", "", "P"),
  oddLine,
);

export const apk: Family = {
  name: "apk",
  made: textBytes(lines(apkLine, 40)),
  read: parseApkInstalled,
  maxOutput: (inputBytes) => 64 * 1024 + 40 * inputBytes + inputBytes ** 2,
};

const rpmValues = fc.oneof(
  fc
    .array(fc.oneof(fc.constantFrom("/usr/lib/", "libc.so.6", "1.2", ""), pathName), {
      maxLength: 5,
    })
    .map((values) => [8, values] as const),
  pathName.map((value) => [6, [value]] as const),
  fc
    .array(fc.nat({ max: 5 }), { maxLength: 5 })
    .map((values): readonly [number, readonly number[]] => [4, values]),
);
const rpmTag = fc.constantFrom(62, 63, 1000, 1001, 1002, 1003, 1022, 1027, 1044, 1116, 1117, 1118);
const madeRpmHeader: Arbitrary<Uint8Array> = fc.oneof(
  fc
    .array(fc.tuple(rpmTag, rpmValues), { maxLength: 8 })
    .map((tags) => makeRpmHeader(tags.map(([tag, [type, values]]) => [tag, type, values]))),
  fc.array(pathName, { maxLength: 6 }).map((files) =>
    makeRpmPackage(
      "made",
      files.map((file) => `/${file.replaceAll("\0", "")}`),
    ),
  ),
);

/** Header blobs as they stand in a database. */
export const rpmHeader: Family = {
  name: "rpm-header",
  made: madeRpmHeader,
  read(input) {
    const problems = new ProblemLog("rpm");
    const found = parseRpmPackage(input, new PathBudget(problems), problems);
    return { found, source: parseRpmSource(found?.sourceRpm ?? ""), problems: problems.toArray() };
  },
  maxOutput: (inputBytes) => 64 * 1024 + inputBytes ** 2,
};

/** A few databases are enough to change: SQLite takes milliseconds for each. */
const smallDatabases: readonly Uint8Array[] = [
  makeRpmDatabase([]),
  makeRpmDatabase([makeRpmPackage("one", ["/usr/bin/one", "/usr/lib/one.so"])]),
];
const largeDatabase = makeRpmDatabase(
  Array.from({ length: 40 }, (_, at) =>
    makeRpmPackage(
      `package-${at}`,
      Array.from({ length: at * 4 }, (__, file) => `/p/${at}/${file}`),
    ),
  ),
);
const otherDatabases: readonly Uint8Array[] = [
  Buffer.concat([Buffer.from("RpmP"), Buffer.alloc(5000)]),
  Buffer.concat([Buffer.alloc(12), Buffer.from([0x61, 0x15, 6, 0]), Buffer.alloc(5000)]),
];
/** The large one is the only one of several levels of pages. */
const madeSqlite: Arbitrary<Uint8Array> = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...smallDatabases) },
  { weight: 1, arbitrary: fc.constant(largeDatabase) },
);

function contentOf(input: Uint8Array): RandomAccess {
  const content = fromBytes(input);
  const isShrunk = (input.at(-1) ?? 0) % 8 === 7;
  return isShrunk ? { ...content, sizeBytes: input.byteLength + 8192 } : content;
}

/** `rpmdb.sqlite`, pages and the headers in them; ndb and Berkeley DB as far as they are known. */
export const rpm: Family = {
  name: "rpm",
  made: fc.oneof(
    { weight: 9, arbitrary: madeSqlite },
    { weight: 1, arbitrary: fc.constantFrom(...otherDatabases) },
  ),
  read: (input) => parseRpmDatabase(contentOf(input)),
};

/** Any table of an SQLite file. */
export const sqlite: Family = {
  name: "sqlite",
  made: madeSqlite,
  seedFolder: "rpm",
  read(input) {
    const problems = new ProblemLog("sqlite");
    return [
      ...readTable(contentOf(input), "sqlite_sequence", problems),
      ...readTable(contentOf(input), "Packages", problems),
    ].map(({ rowId, offsetBytes, values }) => [rowId, offsetBytes, values.length]);
  },
};
