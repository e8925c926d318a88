import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DamagedTableError, Table } from "./table.ts";
import { TableWriter } from "./table-writer.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fromage-table-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Pairs = readonly (readonly [string, string])[];

let made = 0;
function write(pairs: Pairs): string {
  const file = join(folder, `${++made}.table`);
  const writer = new TableWriter(file);
  for (const [key, value] of pairs) expect(writer.add(bytes(key), bytes(value))).toBe(true);
  writer.finish();
  return file;
}

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
const text = (value: Uint8Array): string => Buffer.from(value).toString("latin1");

function open(file: string): Table {
  const opened = Table.open(file);
  if (!opened.ok) throw new Error(JSON.stringify(opened.failure));
  return opened.value;
}

const lookUp = (table: Table, key: string): readonly string[] => table.get(bytes(key)).map(text);
const list = (table: Table, prefix: string): readonly string[] =>
  [...table.startingWith(bytes(prefix))].map(({ key, value }) => `${text(key)}=${text(value)}`);

/** Enough for some blocks: 200,000 pairs of 30 bytes. */
const many: Pairs = Array.from({ length: 20_000 }, (_, at) => {
  const name = at.toString().padStart(6, "0");
  return [`key/${name}`, `value of ${name} ${"x".repeat(at % 50)}`];
});

describe("a table", () => {
  it.each<readonly [string, Pairs]>([
    ["no pairs", []],
    ["one", [["a", "1"]]],
    [
      "an empty key and an empty value",
      [
        ["", ""],
        ["a", ""],
      ],
    ],
    [
      "one key several times",
      [
        ["a", "1"],
        ["a", "2"],
        ["a", "3"],
      ],
    ],
    [
      "keys that begin others",
      [
        ["a", "1"],
        ["ab", "2"],
        ["abc", "3"],
        ["b", "4"],
      ],
    ],
    [
      "bytes that are no text",
      [
        ["\x00\xff", "\xfe\x00"],
        ["\xff", "2"],
      ],
    ],
    [
      "keys in the wrong order",
      [
        ["c", "1"],
        ["a", "2"],
        ["b", "3"],
        ["a", "4"],
        ["d", "5"],
      ],
    ],
    ["some blocks", many],
    ["some blocks, backwards", many.toReversed()],
  ])("of %s gives back each of them, and nothing else", (_name, pairs) => {
    const table = open(write(pairs));
    const byKey = Map.groupBy(pairs, ([key]) => key);
    const keys = [...byKey.keys()].filter((_key, at) => at % 37 === 0 || pairs.length < 100);
    for (const key of keys) {
      expect(lookUp(table, key)).toEqual(byKey.get(key)?.map(([, value]) => value));
      const behind = `${key}\x00`;
      expect(lookUp(table, behind)).toEqual((byKey.get(behind) ?? []).map(([, value]) => value));
    }
    expect(list(table, "")).toHaveLength(pairs.length);
    table.close();
  });

  it("of one key that fills blocks gives back all values", () => {
    const pairs: Pairs = Array.from({ length: 5000 }, (_, at) => ["k", `${at} ${"y".repeat(60)}`]);
    const table = open(write([["j", "before"], ...pairs, ["l", "behind"]]));
    expect(lookUp(table, "k")).toEqual(pairs.map(([, value]) => value));
    expect(lookUp(table, "j")).toEqual(["before"]);
    expect(lookUp(table, "l")).toEqual(["behind"]);
    table.close();
  });

  it("holds a value longer than a block", () => {
    const long = "z".repeat(300_000);
    const table = open(
      write([
        ["a", "1"],
        ["b", long],
        ["c", "3"],
      ]),
    );
    expect([lookUp(table, "b"), lookUp(table, "c")]).toEqual([[long], ["3"]]);
    table.close();
  });

  it("answers as a list does, whatever the keys", () => {
    const key = fc.string({ unit: fc.constantFrom("a", "b", "\x00", "\xff"), maxLength: 4 });
    const pairs = fc.array(fc.tuple(key, fc.string({ maxLength: 3, unit: "binary-ascii" })), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(pairs, key, (all, asked) => {
        const file = write(all);
        const table = open(file);
        const expected = all.filter(([one]) => one.startsWith(asked));
        expect(list(table, asked).toSorted()).toEqual(
          expected.map(([one, value]) => `${one}=${value}`).toSorted(),
        );
        expect(lookUp(table, asked).toSorted()).toEqual(
          all
            .filter(([one]) => one === asked)
            .map(([, value]) => value)
            .toSorted(),
        );
        table.close();
        rmSync(file);
      }),
      { numRuns: 300 },
    );
  });

  it("refuses a key that is too long and goes on", () => {
    const file = join(folder, "long.table");
    const writer = new TableWriter(file);
    expect(writer.add(Buffer.alloc(20_000), bytes("1"))).toBe(false);
    expect(writer.add(bytes("a"), bytes("1"))).toBe(true);
    writer.finish();
    const table = open(file);
    expect(list(table, "")).toEqual(["a=1"]);
    table.close();
  });
});

describe("a damaged table", () => {
  it("is refused, or its block is, wherever it is cut or changed", () => {
    const whole = readFileSync(write(many.slice(0, 4000)));
    const expected = open(write(many.slice(0, 4000)));
    const sound = list(expected, "");
    const file = join(folder, "damaged.table");
    const places = Array.from({ length: 200 }, (_, at) => Math.floor((at * whole.length) / 200));
    for (const place of [...places, whole.length - 1, whole.length - 20, whole.length - 35]) {
      for (const bad of [whole.subarray(0, place), flipped(whole, place)]) {
        writeFileSync(file, bad);
        const opened = Table.open(file);
        if (!opened.ok) {
          expect(opened.failure.kind).toBe("malformed");
          continue;
        }
        // A bit that says how many pairs there are changes none of them.
        const isHonest = honest(() => list(opened.value, ""), sound);
        opened.value.close();
        expect(isHonest).toBe(true);
      }
    }
  });

  it.each([
    ["nothing", Buffer.alloc(0)],
    ["text", Buffer.from("Package: a\n".repeat(20))],
    ["another revision", Buffer.from(`fromage-table 2\n${"x".repeat(100)}`)],
  ])("of %s is malformed", (_name, content) => {
    const file = join(folder, "other.table");
    writeFileSync(file, content);
    expect(Table.open(file)).toMatchObject({ ok: false, failure: { kind: "malformed" } });
  });

  it("that is not there is not found", () => {
    const opened = Table.open(join(folder, "none.table"));
    expect(opened).toMatchObject({ ok: false, failure: { kind: "not-found" } });
  });
});

function flipped(whole: Uint8Array, place: number): Buffer {
  const copy = Buffer.from(whole);
  copy[place] = (copy[place] ?? 0) ^ 0x10;
  return copy;
}

/** All pairs, or an error that says what it is. */
function honest(read: () => readonly string[], sound: readonly string[]): boolean {
  try {
    return JSON.stringify(read()) === JSON.stringify(sound);
  } catch (error) {
    if (error instanceof DamagedTableError) return true;
    throw error;
  }
}
