import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  makeBerkeley,
  makePlainBerkeley,
  withoutBerkeley,
} from "../../../test/rpm-old-databases.ts";
import { FormatError } from "../format-error.ts";
import { fromBytes } from "../random-access.ts";
import { ProblemLog, type RecordProblem } from "../record-problem.ts";
import { readBerkeley } from "./berkeley.ts";

const texts = ["one".repeat(400), "two".repeat(900), "three".repeat(30), "four".repeat(500)];

function read(bytes: Uint8Array): {
  readonly texts: readonly string[];
  readonly problems: readonly RecordProblem[];
} {
  const log = new ProblemLog("rpm");
  const found = [...readBerkeley(fromBytes(bytes), log)];
  const sorted = found.map(({ blob }) => Buffer.from(blob).toString()).toSorted();
  return { texts: sorted, problems: log.toArray() };
}

describe.skipIf(withoutBerkeley !== "")(`readBerkeley()${withoutBerkeley}`, () => {
  const make = (isBigEndian: boolean): Buffer =>
    withoutBerkeley === ""
      ? makeBerkeley(
          texts.map((text) => Buffer.from(text)),
          { pageBytes: 512, isBigEndian },
        )
      : Buffer.alloc(0);
  const sound = make(false);
  const numbers = Array.from({ length: sound.length / 512 }, (_, at) => at);
  /** First pages of chains, and pages in the middle of one. */
  const pagesOf = (isWanted: (page: Buffer) => boolean): readonly number[] =>
    numbers.filter((at) => isWanted(sound.subarray(at * 512, (at + 1) * 512)));
  const middle = pagesOf((page) => page[25] === 7 && page.readUInt32LE(12) !== 0);
  const changed = (change: (bytes: Buffer) => void): Buffer => {
    const bytes = Buffer.from(sound);
    change(bytes);
    return bytes;
  };

  it("reads every value, in the page or in a chain, of either byte order", () => {
    expect(middle.length).toBeGreaterThan(5);
    expect(read(sound)).toEqual({ texts: texts.toSorted(), problems: [] });
    expect(read(make(true))).toEqual({ texts: texts.toSorted(), problems: [] });
  });

  const losing: readonly [string, (page: Buffer, number: number) => void][] = [
    ["leads in a circle", (page, number) => page.writeUInt32LE(number, 16)],
    ["meets a page of another type", (page) => page.writeUInt8(13, 25)],
    ["leads out of the file", (page) => page.writeUInt32LE(0xffff_fff0, 16)],
    ["leads to the metadata", (page) => page.writeUInt32LE(0, 16)],
    ["has a page that holds nothing", (page) => page.writeUInt16LE(0, 22)],
    ["has a page that holds more than fits", (page) => page.writeUInt16LE(0xffff, 22)],
    ["has a page of another number", (page) => page.writeUInt32LE(1, 8)],
  ];
  it.each(losing)("loses only the package whose chain %s", (_, change) => {
    const number = middle[0] ?? 0;
    const { texts: left, problems } = read(
      changed((bytes) => change(bytes.subarray(number * 512, (number + 1) * 512), number)),
    );
    expect(left.length).toBe(3);
    expect(problems.length).toBeGreaterThan(0);
  });

  it("keeps the items of other pages when one is overwritten", () => {
    const [page = 0] = pagesOf((bytes) => bytes[25] === 13 && bytes.readUInt16LE(20) > 1);
    const { texts: left, problems } = read(
      changed((bytes) => bytes.writeUInt16LE(0xffff, page * 512 + 26)),
    );
    expect(left.length).toBeLessThan(4);
    expect(problems.length).toBe(1);
  });

  it.each([
    ["an encrypted one", (bytes: Buffer) => bytes.writeUInt8(1, 24)],
    ["a B-tree", (bytes: Buffer) => bytes.writeUInt32LE(0x053162, 12)],
    ["another version", (bytes: Buffer) => bytes.writeUInt32LE(7, 16)],
    ["a page size of 0", (bytes: Buffer) => bytes.writeUInt32LE(0, 20)],
    ["a page size that is no power of two", (bytes: Buffer) => bytes.writeUInt32LE(4097, 20)],
    ["another first page", (bytes: Buffer) => bytes.writeUInt8(9, 25)],
  ])("refuses %s", (_, change) => {
    expect(() => read(changed((bytes) => void change(bytes)))).toThrow(FormatError);
  });

  it("throws FormatError or nothing, whatever bytes change or are missing", () => {
    const place = fc.tuple(fc.nat(numbers.length - 1), fc.oneof(fc.nat(40), fc.nat(511)));
    const change = fc.tuple(
      place.map(([page, at]) => page * 512 + at),
      fc.nat(255),
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), fc.nat(sound.length), (changes, end) => {
        const bytes = Buffer.from(sound);
        for (const [at, value] of changes) bytes[at] = value;
        expect(countIn(bytes)).toBeLessThan(300);
        expect(countIn(bytes.subarray(0, end))).toBeLessThan(300);
      }),
      { numRuns: 500 },
    );
  });
});

describe("readBerkeley() without Berkeley DB", () => {
  it.each([
    [512, false],
    [512, true],
    [4096, false],
  ])("pages of %i bytes, big-endian: %s", (pageBytes, isBigEndian) => {
    const blobs = texts.map((text) => Buffer.from(text));
    const bytes = makePlainBerkeley(blobs, { pageBytes, isBigEndian });
    expect(read(bytes)).toEqual({ texts: texts.toSorted(), problems: [] });
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
