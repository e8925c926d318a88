import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeNdb } from "../../../test/rpm-old-databases.ts";
import { FormatError } from "../format-error.ts";
import { fromBytes } from "../random-access.ts";
import { ProblemLog, type RecordProblem } from "../record-problem.ts";
import { readNdb } from "./ndb.ts";

const blobs = ["one", "two".repeat(2000), "three", "x"].map((text) => Buffer.from(text));
const sound = makeNdb(blobs);

function read(bytes: Uint8Array): {
  readonly texts: readonly string[];
  readonly problems: readonly RecordProblem[];
} {
  const log = new ProblemLog("rpm");
  const found = [...readNdb(fromBytes(bytes), log)];
  const texts = found.map(({ blob }) => Buffer.from(blob).toString());
  return { texts, problems: log.toArray() };
}

function changed(change: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.from(sound);
  change(bytes);
  return bytes;
}

/** Where the slot of the package `number` is. */
const slotAt = (number: number): number => 32 + (number - 1) * 16;

describe("readNdb()", () => {
  it("reads every blob, in the order of the file", () => {
    expect(read(sound)).toEqual({ texts: blobs.map(String), problems: [] });
    const swapped = changed((bytes) => {
      const first = Buffer.from(bytes.subarray(32, 48));
      bytes.copyWithin(32, 48, 64);
      first.copy(bytes, 48);
    });
    expect(read(swapped).texts).toEqual(blobs.map(String));
  });

  it("reads more than a page of slots", () => {
    const many = Array.from({ length: 600 }, (_, at) => Buffer.from(`blob ${at}`));
    expect(read(makeNdb(many))).toEqual({ texts: many.map(String), problems: [] });
  });

  it("reads none of an empty one", () => expect(read(makeNdb([])).texts).toEqual([]));

  const losing: readonly [string, (bytes: Buffer) => void][] = [
    ["a slot without its magic", (bytes) => bytes.fill(0, slotAt(2), slotAt(2) + 4)],
    ["another package number", (bytes) => bytes.writeUInt32LE(9, slotAt(2) + 4)],
    ["a place beyond the end", (bytes) => bytes.writeUInt32LE(0xffff_ffff, slotAt(2) + 8)],
    ["a length beyond the end", (bytes) => bytes.writeUInt32LE(0xffff_ffff, slotAt(2) + 12)],
    ["no length", (bytes) => bytes.writeUInt32LE(0, slotAt(2) + 12)],
    ["a place in the list of packages", (bytes) => bytes.writeUInt32LE(1, slotAt(2) + 8)],
    ["a place in another package", (bytes) => bytes.writeUInt32LE(257, slotAt(2) + 8)],
    ["a changed byte", (bytes) => bytes.write("?", bytes.indexOf("twotwo") + 50)],
  ];
  it.each(losing)("%s loses only that package", (_, change) => {
    const { texts, problems } = read(changed(change));
    expect(texts).toEqual(["one", "three", "x"]);
    expect(problems.length).toBe(1);
  });

  it("gives no byte to two packages", () => {
    const twice = changed((bytes) => {
      for (const number of [2, 3, 4]) bytes.copyWithin(slotAt(number), slotAt(1), slotAt(2));
    });
    const { texts, problems } = read(twice);
    expect(texts).toEqual(["one"]);
    expect(problems.length).toBe(3);
  });

  it("says so when the list of packages is longer than the file", () => {
    const { texts, problems } = read(changed((bytes) => bytes.writeUInt32LE(0xffff_ffff, 12)));
    expect(texts).toEqual(blobs.map(String));
    expect(problems).toMatchObject([{ reason: expect.stringContaining("ends here") }]);
  });

  it("reads a list of 2,048 pages and no more", () => {
    const bytes = Buffer.alloc(2050 * 4096);
    sound.copy(bytes, 0, 0, 16);
    bytes.writeUInt32LE(2049, 12);
    for (let at = 32; at < bytes.length; at += 16) bytes.write("Slot", at);
    expect(read(bytes).problems).toMatchObject([{ kind: "over-limit", limit: 2048 }]);
  });

  it.each([
    ["another version", changed((bytes) => bytes.writeUInt32LE(1, 4))],
    ["a file cut in its header", sound.subarray(0, 31)],
    ["another format", Buffer.alloc(64)],
  ])("refuses %s", (_, bytes) => expect(() => read(bytes)).toThrow(FormatError));

  it("throws FormatError or nothing, whatever bytes change or are missing", () => {
    const places = fc.oneof(
      fc.nat(sound.length - 1),
      fc.nat(100),
      fc.nat(300).map((at) => at + 4096),
    );
    const change = fc.tuple(places, fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), fc.nat(sound.length), (changes, end) => {
        const bytes = Buffer.from(sound);
        for (const [at, value] of changes) bytes[at] = value;
        expect(countIn(bytes)).toBeLessThanOrEqual(4);
        expect(countIn(bytes.subarray(0, end))).toBeLessThanOrEqual(4);
      }),
      { numRuns: 500 },
    );
  });
});

/** How many are read; none when the whole is refused with a FormatError, the only error that may be thrown. */
function countIn(bytes: Uint8Array): number {
  try {
    return read(bytes).texts.length;
  } catch (error) {
    if (error instanceof FormatError) return 0;
    throw error;
  }
}
