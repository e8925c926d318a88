import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  makeWithLog,
  selectWithLog,
  type Statement,
  type WithLog,
} from "../../../test/sqlite-wal.ts";
import { FormatError } from "../format-error.ts";
import { fromBytes } from "../random-access.ts";
import { ProblemLog, type RecordProblem } from "../record-problem.ts";
import { joinTable } from "./joined-table.ts";
import { LayoutRecorder, type SqliteLayout } from "./layout.ts";
import { SqliteTable } from "./table.ts";
import { parseWal } from "./wal.ts";

interface Joined {
  readonly rows: readonly unknown[];
  readonly problems: readonly RecordProblem[];
}

/** The values of column b, as `SELECT b` would have them. */
function read({ database, log }: WithLog): Joined {
  const problems = new ProblemLog("sqlite");
  const before: unknown[] = [];
  const layout = readLayout(database, before, problems);
  const parsed = parseWal(fromBytes(log));
  parsed.problems.forEach((problem) => problems.add(problem));
  if (parsed.log === null) return { rows: before, problems: problems.toArray() };
  const rows = [...joinTable(layout, parsed.log, { table: "t", problems })].map((row) =>
    row.kind === "kept" ? before[row.item ?? -1] : row.values[1],
  );
  return { rows, problems: problems.toArray() };
}

/** Null for a file that has no such table. */
function readLayout(
  database: Buffer,
  values: unknown[],
  problems: ProblemLog,
): SqliteLayout | null {
  try {
    const table = new SqliteTable(fromBytes(database), "t", problems);
    const recorder = new LayoutRecorder();
    const items = new Map<number, number>();
    for (const row of table.rows()) {
      recorder.add(row);
      items.set(row.offsetBytes, values.length);
      values.push(row.values[1]);
    }
    return recorder.toLayout(table, (offset) => items.get(offset) ?? null);
  } catch (error) {
    if (error instanceof FormatError) return null;
    throw error;
  }
}

function select(files: WithLog): readonly unknown[] {
  const rows = selectWithLog(files, "SELECT b FROM t ORDER BY id");
  return rows.map((row) => {
    const value: unknown = Object.values(row ?? {})[0];
    return value instanceof Uint8Array ? Buffer.from(value) : value;
  });
}

const create: Statement = ["CREATE TABLE t (id INTEGER PRIMARY KEY, b)"];
const index: Statement = ["CREATE INDEX i ON t (b)"];
const size = (pageBytes: number): Statement => [`PRAGMA page_size = ${pageBytes}`];
const blob = (length: number, fill = length): Buffer => Buffer.alloc(length, fill % 251);
const insert = (value: Buffer | string): Statement => ["INSERT INTO t (b) VALUES (?)", value];
const remove = (id: number): Statement => ["DELETE FROM t WHERE id = ?", id];
const replace = (id: number, value: Buffer): Statement => [
  "INSERT OR REPLACE INTO t VALUES (?, ?)",
  id,
  value,
];
const twenty = Array.from({ length: 20 }, (_, at) => insert(blob(at * 400)));
const start: readonly Statement[] = [size(512), create, ...twenty];

describe("joinTable() shows what SQLite shows", () => {
  const rows: readonly [string, readonly Statement[], readonly Statement[]][] = [
    ["a log that adds rows", start, [insert(blob(5000)), insert("small")]],
    ["a log that takes rows away", start, [remove(1), remove(10), remove(20)]],
    ["a log that takes all away", start, [["DELETE FROM t"]]],
    ["a log that writes rows anew", start, [replace(3, blob(3000, 9)), replace(19, blob(10))]],
    ["several commits", start, [["BEGIN"], insert("a"), ["COMMIT"], remove(2), insert("b")]],
    ["what is not committed", start, [insert("a"), ["BEGIN"], remove(2), insert(blob(90_000))]],
    ["nothing that is committed", start, [["BEGIN"], remove(2), insert(blob(90_000))]],
    ["everything in the log", [size(512)], start.slice(1)],
    ["a table that is made in the log", [size(512), ["CREATE TABLE u (x)"]], start.slice(1)],
    [
      "a table that is moved",
      start,
      [["DROP TABLE t"], ["CREATE TABLE u (x)"], create, insert("z")],
    ],
    ["a file that is packed", [...start, remove(2), remove(3)], [["VACUUM"], insert("z")]],
    ["a file that becomes shorter", start, [["DELETE FROM t WHERE id > 5"], ["VACUUM"]]],
    ["pages of 4,096 bytes", [size(4096), create, index, ...twenty], [insert("a"), remove(4)]],
    ["pages of 65,536 bytes", [size(65_536), create, ...twenty], [insert("a"), remove(4)]],
    ["a tree that grows", [size(512), create], Array.from({ length: 300 }, () => insert(blob(60)))],
  ];
  it.each(rows)("%s", (_, before, logged) => {
    const files = makeWithLog(before, logged);
    const { rows: found, problems } = read(files);
    expect(problems).toEqual([]);
    expect(found).toEqual(select(files));
  });

  it("whatever is added and removed", () => {
    const value = fc.oneof(fc.nat(80), fc.nat(5000)).map((length) => blob(length));
    const change = fc.oneof(
      value.map(insert),
      fc.nat(40).map(remove),
      // Another length, lest SQLite write over the row in its place.
      fc
        .tuple(fc.nat(40), fc.nat(3000))
        .map(([id, length]) => replace(id, blob(7000 + length, id))),
    );
    const changes = fc.array(change, { maxLength: 30 });
    fc.assert(
      fc.property(changes, changes, (before, logged) => {
        const files = makeWithLog([size(512), create, ...before], logged);
        const { rows: found, problems } = read(files);
        expect(problems).toEqual([]);
        expect(found).toEqual(select(files));
      }),
      { numRuns: 60 },
    );
  });
});

describe("joinTable() says so", () => {
  it("when a part of a row is in the log, and shows it as it was", () => {
    const changed = blob(8000, 3);
    changed[7000] = 99;
    const before = [size(512), create, insert(blob(8000, 3)), insert("other")];
    // Unlike INSERT OR REPLACE, which rpm uses, this writes only the pages that differ.
    const files = makeWithLog(before, [["UPDATE t SET b = ? WHERE id = 1", changed]]);
    const { rows, problems } = read(files);
    expect(rows).toEqual([blob(8000, 3), "other"]);
    expect(problems).toMatchObject([{ kind: "unsupported" }]);
    expect(problems[0]).toMatchObject({ reason: expect.stringContaining("row 1 ") });
  });

  it("when the log is of a file with other pages", () => {
    const files = makeWithLog(start, []);
    const { log } = makeWithLog([size(1024), create], [insert("a")]);
    expect(() => read({ ...files, log })).toThrow(FormatError);
  });
});

describe("a damaged log", () => {
  const files = makeWithLog(start, [insert("a"), remove(5), insert(blob(3000)), insert("b")]);
  const frames = (files.log.length - 32) / 536;
  const change = (bytes: Readonly<Record<number, number>>): WithLog => {
    const log = Buffer.from(files.log);
    for (const [at, value] of Object.entries(bytes)) log[Number(at)] = value;
    return { ...files, log };
  };

  it("ends where a frame is damaged, as it does for SQLite, and says so", () => {
    expect(frames).toBeGreaterThan(5);
    for (let frame = 0; frame < frames; frame++) {
      const at = 32 + frame * 536 + 24 + 100;
      const damaged = change({ [at]: (files.log[at] ?? 0) ^ 0xff });
      const { rows, problems } = read(damaged);
      expect(rows).toEqual(select(damaged));
      expect(problems).toMatchObject([{ reason: expect.stringContaining("is damaged") }]);
    }
  });

  it("ends where it is cut, as it does for SQLite", () => {
    for (let end = 0; end <= files.log.length; end += 97) {
      const cut = { ...files, log: files.log.subarray(0, end) };
      expect(read(cut).rows).toEqual(select(cut));
    }
  });

  it.each([
    ["another magic", { 0: 0 }],
    ["other salts", { 16: 1, 17: 2 }],
    ["a wrong sum", { 24: 7 }],
  ])("with %s in its header counts for nothing", (_, bytes) => {
    const damaged = change(bytes);
    const { rows, problems } = read(damaged);
    expect(rows).toEqual(select(damaged));
    expect(problems.length).toBe(1);
  });

  it("with frames left from before counts up to them", () => {
    const longer = makeWithLog(start, [insert("x"), insert(blob(9000))]);
    const mixed = Buffer.from(longer.log);
    files.log.copy(mixed);
    const both = { ...files, log: mixed };
    expect(read(both)).toEqual({ rows: select(both), problems: [] });
  });

  it("never makes more than FormatErrors, whatever is changed in it after its sums", () => {
    const { log } = parseWal(fromBytes(files.log));
    const layout = readLayout(files.database, [], new ProblemLog("sqlite"));
    if (log === null) expect.fail("no log");
    const numbers = Object.keys(log.pages);
    const changes = fc.array(fc.tuple(fc.constantFrom(...numbers), fc.nat(511), fc.nat(255)), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(changes, fc.boolean(), (list, hasLayout) => {
        const pages = { ...log.pages };
        for (const [number, at, value] of list) {
          const bytes = Buffer.from(pages[number] ?? "", "base64");
          bytes[at] = value;
          pages[number] = bytes.toString("base64");
        }
        expect(countIn(hasLayout ? layout : null, { ...log, pages })).toBeLessThan(300);
      }),
      { numRuns: 1000 },
    );
  });
});

/** How many rows there are; none when the whole is refused with a FormatError, the only error that may be thrown. */
function countIn(
  layout: SqliteLayout | null,
  log: NonNullable<ReturnType<typeof parseWal>["log"]>,
): number {
  try {
    return [...joinTable(layout, log, { table: "t", problems: new ProblemLog("sqlite") })].length;
  } catch (error) {
    if (error instanceof FormatError) return 0;
    throw error;
  }
}
