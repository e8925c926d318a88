import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FormatError } from "../format-error.ts";
import { fromBytes } from "../random-access.ts";
import { openBolt, type BoltBucket } from "./bucket.ts";

const kept = readFileSync(join(import.meta.dirname, "testdata/sample.db.gz"));
const sample = Buffer.from(gunzipSync(kept));
const pageBytes = 1024;

/** Values as text by key, a bucket as what is in it. */
interface Tree {
  readonly [key: string]: string | Tree;
}

function readTree(bucket: BoltBucket): Tree {
  const pairs = [...bucket.entries()].map((entry) => [
    entry.key,
    entry.kind === "value" ? entry.value.toString() : readTree(entry.bucket),
  ]);
  return Object.fromEntries(pairs);
}

const readAll = (bytes: Uint8Array): Tree => readTree(openBolt(fromBytes(bytes)).root);

function changed(change: (bytes: Buffer) => void, bytes = sample): Buffer {
  const copy = Buffer.from(bytes);
  change(copy);
  return copy;
}

describe("openBolt() reads what bbolt wrote", () => {
  const tree = readAll(sample);

  it("buckets inside a page, in each other, and without keys", () => {
    expect(Object.keys(tree)).toEqual(["large", "none", "small"]);
    expect(tree["none"]).toEqual({});
    expect(tree["small"]).toEqual({ deep: { a: "b" }, empty: "", key: "second" });
  });

  it("a tree of several levels, with a value that overflows its page", () => {
    const rows = Array.from({ length: 1000 }, (_, at) => [
      `key ${at + 1000}`,
      `value ${at + 1000}`,
    ]);
    expect(tree["large"]).toEqual({ ...Object.fromEntries(rows), long: "x".repeat(5000) });
  });

  it("the bucket under a key, and none", () => {
    const find = (key: string): Tree | null => {
      const bucket = openBolt(fromBytes(sample)).root.bucket(key);
      return bucket === null ? null : readTree(bucket);
    };
    expect(find("none")).toEqual({});
    expect(find("other")).toBeNull();
  });

  it.each([0, 1])("with meta page %i broken, the other one", (page) => {
    const bytes = changed((copy) => copy.writeUInt8(1, page * pageBytes + 40));
    const { transaction } = openBolt(fromBytes(bytes));
    const both = openBolt(fromBytes(sample)).transaction;
    expect([both, both - 1n]).toContain(transaction);
  });
});

describe("openBolt() refuses what is no such database", () => {
  const rows: readonly [string, Buffer][] = [
    ["nothing", Buffer.alloc(0)],
    ["zeros", Buffer.alloc(8192)],
    ["a file cut off behind its first header", sample.subarray(0, 40)],
    [
      "both metas broken",
      changed((copy) => {
        copy.writeUInt8(1, 40);
        copy.writeUInt8(1, pageBytes + 40);
      }),
    ],
  ];
  it.each(rows)("%s", (_, bytes) => expect(() => openBolt(fromBytes(bytes))).toThrow(FormatError));
});

describe("openBolt() of hostile pages", () => {
  /** The page that the newest root begins with. */
  const rootAt = sample.findLastIndex(
    (_, at) =>
      at % pageBytes === 0 &&
      sample.readUInt16LE(at + 8) === 2 &&
      sample.subarray(at, at + pageBytes).includes("small"),
  );

  it.each([
    ["elements over the end", 10, 0xffff, "cannot hold"],
    ["neither branch nor leaf", 8, 16, "flags 16"],
    ["pages beyond the end", 12, 0xffff, "beyond the end"],
    ["another number", 0, 77, "says that it is page 77"],
  ])("%s", (_, at, value, words) => {
    const bytes = changed((copy) => copy.writeUInt16LE(value, rootAt + at));
    expect(() => readAll(bytes)).toThrow(words);
  });

  it("elements that are the same bytes", () => {
    const bytes = changed((copy) => {
      const first = rootAt + 16;
      copy.writeUInt32LE(900, first + 12);
      copy.writeUInt32LE(900, first + 16 + 12);
    });
    expect(() => readAll(bytes)).toThrow("runs over its end or into another");
  });

  it("a bucket that leads to a page above it", () => {
    const bytes = changed((copy) => {
      const value = rootAt + 16 + copy.readUInt32LE(rootAt + 20) + "large".length;
      copy.writeBigUInt64LE(BigInt(rootAt / pageBytes), value);
    });
    expect(() => readAll(bytes)).toThrow("in two places");
  });

  it("a file that became shorter while it was read", () => {
    const [left, sizeBytes] = [sample.subarray(0, rootAt + 8), sample.length];
    const { root } = openBolt({ ...fromBytes(left), sizeBytes });
    expect(() => [...root.entries()]).toThrow("is cut off");
  });

  it("throws FormatError or nothing, and ends, whatever bytes change", () => {
    const change = fc.tuple(fc.nat(sample.length - 1), fc.nat(255));
    const isRead = (bytes: Buffer): boolean => {
      try {
        readAll(bytes);
        return true;
      } catch (error) {
        if (error instanceof FormatError) return false;
        throw error;
      }
    };
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        isRead(changed((copy) => changes.forEach(([at, byte]) => (copy[at] = byte))));
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.integer({ min: pageBytes, max: pageBytes * 30 }), fc.nat(255), (at, byte) => {
        isRead(changed((copy) => (copy[at] = byte)));
      }),
      { numRuns: 300 },
    );
    fc.assert(fc.property(fc.nat(sample.length), (end) => void isRead(sample.subarray(0, end))));
  });
});
