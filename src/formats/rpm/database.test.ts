import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeRpmDatabase, makeRpmHeader, makeRpmPackage } from "../../../test/rpm-database.ts";
import { makeNdb } from "../../../test/rpm-old-databases.ts";
import { FormatError } from "../format-error.ts";
import { fromBytes } from "../random-access.ts";
import { parseRpmDatabase } from "./database.ts";
import { parseRpmSource } from "./source-name.ts";

const read = (bytes: Uint8Array): ReturnType<typeof parseRpmDatabase> =>
  parseRpmDatabase(fromBytes(bytes));

const basic = [
  [1000, 6, ["a"]],
  [1001, 6, ["1"]],
  [1002, 6, ["2"]],
] as const;

/** What `makeRpmPackage` gives every package. */
function common(name: string): object {
  const sourceRpm = `${name}-src-1.2-3.el9.src.rpm`;
  return { version: "1.2-3.el9", architecture: "x86_64", sourceRpm };
}

describe("parseRpmDatabase() reads packages", () => {
  it("with their files, also of a header that needs overflow pages", () => {
    const files = Array.from({ length: 3000 }, (_, at) => `/usr/share/d${at % 7}/file ${at}`);
    const made = makeRpmDatabase([
      makeRpmPackage("bash", ["/usr/bin/bash", "/etc/skel"]),
      makeRpmPackage("big", files),
    ]);
    const { records, problems } = read(made);
    expect({ records, problems }).toEqual({
      records: [
        { name: "bash", files: ["/usr/bin/bash", "/etc/skel"], ...common("bash") },
        { name: "big", files, ...common("big") },
      ],
      problems: [],
    });
  });

  const rows: readonly [string, Buffer, object][] = [
    ["an epoch", makeRpmHeader([...basic, [1003, 4, [2]]]), { version: "2:1-2" }],
    ["epoch 0", makeRpmHeader([...basic, [1003, 4, [0]]]), { version: "0:1-2" }],
    ["whole paths", makeRpmHeader([...basic, [1027, 8, ["/a", "/b"]]]), { files: ["/a", "/b"] }],
    ["a size", makeRpmHeader([...basic, [1009, 4, [77]]]), { installedBytes: 77 }],
    ["no files", makeRpmHeader(basic), { files: [], architecture: null, sourceRpm: null }],
    [
      "a later entry that replaces",
      makeRpmHeader([...basic, [1001, 6, ["9"]]]),
      { version: "9-2" },
    ],
    ["bytes after the data", Buffer.concat([makeRpmHeader(basic), Buffer.alloc(9)]), { name: "a" }],
    ["Latin-1 in a file", makeRpmHeader([...basic, [1027, 8, ["/é"]]]), { files: ["/é"] }],
  ];
  it.each(rows)("%s", (_, blob, expected) => {
    const { records, problems } = read(makeRpmDatabase([blob]));
    expect(problems).toEqual([]);
    expect(records).toMatchObject([expected]);
  });

  it("passes over public keys", () => {
    const key = makeRpmHeader([[1000, 6, ["gpg-pubkey"]], ...basic.slice(1)]);
    expect(read(makeRpmDatabase([key]))).toMatchObject({ records: [], problems: [] });
  });
});

describe("parseRpmDatabase() loses only what is broken, and says so", () => {
  const indexes = (numbers: readonly number[]): Buffer =>
    makeRpmHeader([...basic, [1116, 4, numbers], [1117, 8, ["x"]], [1118, 8, ["/d/"]]]);
  const lying = makeRpmHeader([...basic, [1027, 8, ["/a"]]]);
  lying.writeUInt32BE(0xffff_ffff, 8 + 3 * 16 + 12);
  const rows: readonly [string, Buffer][] = [
    ["an empty blob", Buffer.alloc(0)],
    ["no entries", Buffer.alloc(8)],
    ["more entries than bytes", Buffer.from("0000ffff00000000", "hex")],
    ["no name", makeRpmHeader(basic.slice(1))],
    ["no release", makeRpmHeader(basic.slice(0, 2))],
    ["a name that is a number", makeRpmHeader([[1000, 4, [1]], ...basic.slice(1)])],
    ["a directory that is not there", indexes([1])],
    ["fewer directory numbers than files", indexes([])],
    ["a count that lies", lying],
    ["a text without an end", makeRpmHeader(basic).subarray(0, -1)],
  ];
  it.each(rows)("%s", (_, blob) => {
    const { records, problems } = read(makeRpmDatabase([blob, makeRpmHeader(basic)]));
    expect(records.map(({ name }) => name)).toEqual(["a"]);
    expect(problems.length).toBe(1);
  });

  it("does not spell out a long directory for each of its files", () => {
    const names = Array.from({ length: 2000 }, (_, at) => `f${at}`);
    const long = `/${"d".repeat(100_000)}/`;
    const blob = makeRpmPackage(
      "a",
      names.map((name) => long + name),
    );
    const { records, problems } = read(makeRpmDatabase([blob]));
    expect(records).toMatchObject([{ files: [] }]);
    expect(problems.length).toBe(51);
  });
});

describe("parseRpmDatabase() knows the kind by content", () => {
  const blobs = [makeRpmPackage("a", ["/x"]), makeRpmPackage("b", [])];
  const rows: readonly [string, Buffer][] = [
    ["SQLite", makeRpmDatabase(blobs)],
    ["ndb", makeNdb(blobs)],
  ];
  it.each(rows)("%s", (_, bytes) => {
    const { records, problems } = read(bytes);
    expect(records.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(problems).toEqual([]);
  });

  it.each([Buffer.alloc(0), Buffer.from("RpmP"), Buffer.alloc(4096)])("%# is none", (bytes) => {
    expect(() => read(bytes)).toThrow(FormatError);
  });

  it("throws FormatError or nothing, whatever bytes change", () => {
    const packages = ["a", "b", "c"].map((name) => makeRpmPackage(name, ["/usr/bin/x", "/etc/y"]));
    const bytes = makeRpmDatabase(packages);
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 20 }), (changes) => {
        const changed = Buffer.from(bytes);
        for (const [at, value] of changes) changed[at] = value;
        expect(countIn(changed)).toBeLessThanOrEqual(3);
      }),
      { numRuns: 500 },
    );
    const blob = packages[0] ?? Buffer.alloc(0);
    fc.assert(
      fc.property(fc.nat(blob.length - 1), fc.nat(255), (at, value) => {
        const changed = Buffer.from(blob);
        changed[at] = value;
        expect(countIn(makeRpmDatabase([changed]))).toBeLessThanOrEqual(1);
      }),
      { numRuns: 100 },
    );
  });
});

/** How many are read; none when the whole is refused with a FormatError, the only error that may be thrown. */
function countIn(bytes: Uint8Array): number {
  try {
    return read(bytes).records.length;
  } catch (error) {
    if (error instanceof FormatError) return 0;
    throw error;
  }
}

describe("parseRpmSource()", () => {
  const rows: readonly [string, object | null][] = [
    ["glibc-2.34-83.el9.src.rpm", { name: "glibc", version: "2.34-83.el9" }],
    ["a-b-c-1-2.src.rpm", { name: "a-b-c", version: "1-2" }],
    ["x-1-2.nosrc.rpm", { name: "x", version: "1-2" }],
    ["x-1.src.rpm", null],
    ["", null],
    ["(none)", null],
  ];
  it.each(rows)("%s", (text, expected) => expect(parseRpmSource(text)).toEqual(expected));
});
