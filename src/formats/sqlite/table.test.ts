import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeSqlite } from "../../../test/rpm-database.ts";
import { FormatError } from "../format-error.ts";
import { fromBytes } from "../random-access.ts";
import { ProblemLog, type RecordProblem } from "../record-problem.ts";
import { readTable, type SqliteRow } from "./table.ts";

function read(bytes: Uint8Array): {
  readonly rows: readonly SqliteRow[];
  readonly problems: readonly RecordProblem[];
} {
  const log = new ProblemLog("sqlite");
  const rows = [...readTable(fromBytes(bytes), "t", log)];
  return { rows, problems: log.toArray() };
}

const create = "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b)";
const insert = "INSERT INTO t (a, b) VALUES (?, ?)";

function makeTable(values: readonly (string | number | Buffer | null)[], pageBytes = 4096): Buffer {
  return makeSqlite([
    [`PRAGMA page_size = ${pageBytes}`],
    ["CREATE TABLE other (x)"],
    [create],
    ["BEGIN"],
    ...values.map((value) => [insert, value, "end"] as const),
    ["COMMIT"],
  ]);
}

describe("readTable() reads what SQLite wrote", () => {
  const values = [
    null,
    0,
    1,
    -1,
    127,
    -32_768,
    8_388_607,
    2 ** 31 - 1,
    2 ** 47 - 1,
    -(2 ** 52),
    1.5,
    "",
    "text é",
    Buffer.alloc(0),
    Buffer.from([0, 1, 2]),
    Buffer.alloc(100_000, 7),
    "x".repeat(50_000),
  ];
  it.each([512, 1024, 4096, 65_536])("values of every type, pages of %i bytes", (pageBytes) => {
    const { rows, problems } = read(makeTable(values, pageBytes));
    expect(problems).toEqual([]);
    expect(rows.map((row) => row.rowId)).toEqual(values.map((_, index) => index + 1));
    expect(rows.map((row) => row.values[1])).toEqual(values);
    expect(rows.every((row) => row.values[2] === "end")).toBe(true);
  });

  it("every length around the limit of what a leaf holds", () => {
    const lengths = Array.from({ length: 120 }, (_, at) => Buffer.alloc(420 + at, at));
    const { rows, problems } = read(makeTable(lengths, 512));
    expect(problems).toEqual([]);
    expect(rows.map((row) => row.values[1])).toEqual(lengths);
  });

  it("a tree of several levels, in the order of its rows", () => {
    const many = Array.from({ length: 5000 }, (_, at) => `row ${at}`);
    const { rows, problems } = read(makeTable(many, 512));
    expect(problems).toEqual([]);
    expect(rows.map((row) => row.values[1])).toEqual(many);
  });

  it("a database in write-ahead mode, without its log", () => {
    const bytes = makeTable(["a"]);
    bytes[18] = 2;
    bytes[19] = 2;
    expect(read(bytes).rows.length).toBe(1);
  });

  it("an empty table", () => expect(read(makeTable([])).rows).toEqual([]));
});

describe("readTable() refuses what is no such database", () => {
  const rows: readonly [string, Buffer][] = [
    ["nothing", Buffer.alloc(0)],
    ["another format", Buffer.alloc(4096, 1)],
    ["no such table", makeSqlite([["CREATE TABLE u (x)"]])],
    ["a page size that is no power of two", withBytes(makeTable([]), { 16: 3, 17: 0xe8 })],
    ["more reserved than usable", withBytes(makeTable([], 512), { 20: 255 })],
    ["UTF-16", withBytes(makeTable([]), { 59: 2 })],
    ["a file cut within its first page", makeTable([]).subarray(0, 3000)],
  ];
  it.each(rows)("%s", (_, bytes) => expect(() => read(bytes)).toThrow(FormatError));
});

describe("readTable() of hostile pages", () => {
  it("keeps the rows of other pages when one is overwritten", () => {
    const many = Array.from({ length: 1000 }, (_, at) => `row ${at}`);
    const bytes = makeTable(many, 512);
    bytes.fill(0xff, bytes.length - 512);
    const { rows, problems } = read(bytes);
    expect(problems.length).toBeGreaterThan(0);
    expect(rows.length).toBeGreaterThan(900);
  });

  it("does not follow an overflow chain in a circle", () => {
    const bytes = makeTable([Buffer.alloc(3000)], 512);
    const last = bytes.length / 512;
    for (let page = 4; page <= last; page++) bytes.writeUInt32BE(4, (page - 1) * 512);
    const { rows, problems } = read(bytes);
    expect(rows).toEqual([]);
    expect(problems).toMatchObject([{ reason: expect.stringContaining("two places") }]);
  });

  it("loses the pages of a file that became shorter meanwhile", () => {
    const bytes = makeTable(
      Array.from({ length: 60 }, (_, at) => `row ${at}`.repeat(20)),
      512,
    );
    for (const end of [1, 100, 511, 512, 700, 1500, bytes.length - 3]) {
      const file = { ...fromBytes(bytes.subarray(0, end)), sizeBytes: bytes.length };
      const problems = new ProblemLog("sqlite");
      try {
        expect([...readTable(file, "t", problems)].length).toBeLessThan(60);
        expect(problems.toArray().length).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
      }
    }
  });

  it("does not read one cell a thousand times", () => {
    const bytes = makeTable(["x".repeat(3000)]);
    const leaf = 2 * 4096;
    const cell = bytes.readUInt16BE(leaf + 8);
    bytes.writeUInt16BE(400, leaf + 3);
    for (let at = 0; at < 400; at++) bytes.writeUInt16BE(cell, leaf + 8 + at * 2);
    const { rows, problems } = read(bytes);
    expect(rows.length).toBe(1);
    expect(problems[0]).toMatchObject({ reason: expect.stringContaining("overlap") });
  });

  it("throws FormatError or nothing, and ends, whatever bytes change", () => {
    const values = [...Array.from({ length: 60 }, (_, at) => `row ${at}`), Buffer.alloc(4000)];
    const bytes = makeTable(values, 512);
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        expect(countIn(withBytes(bytes, Object.fromEntries(changes)))).toBeLessThan(200);
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.nat(bytes.length), (end) => {
        expect(countIn(bytes.subarray(0, end))).toBeLessThanOrEqual(61);
      }),
    );
  });
});

function withBytes(bytes: Buffer, changes: Readonly<Record<number, number>>): Buffer {
  const changed = Buffer.from(bytes);
  for (const [at, value] of Object.entries(changes)) changed[Number(at)] = value;
  return changed;
}

/** How many are read; none when the whole is refused with a FormatError, the only error that may be thrown. */
function countIn(bytes: Uint8Array): number {
  try {
    return read(bytes).rows.length;
  } catch (error) {
    if (error instanceof FormatError) return 0;
    throw error;
  }
}
