import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseApkIndex } from "./package-index.ts";

const libpq =
  "C:Q1jLqyvfJ8ILAVt7cOHWMKLF6F5Bw=\nP:libpq\nV:15.3-r0\nA:x86_64\nS:10\nI:20\nm:Ö Ä\nt:1\nc:ab\n";
const read = (text: string): ReturnType<typeof parseApkIndex> => parseApkIndex(Buffer.from(text));

describe("parseApkIndex()", () => {
  it("reads records, whatever letters stand beside those that are kept", () => {
    const { records, problems } = read(`${libpq}D:so:a b\np:so:libpq.so.5=5.15\nk:3\n\n${libpq}\n`);
    expect(problems).toEqual([]);
    expect(records.length).toBe(2);
    expect(records[0]).toEqual({
      name: "libpq",
      version: "15.3-r0",
      architecture: "x86_64",
      origin: null,
      checksum: "Q1jLqyvfJ8ILAVt7cOHWMKLF6F5Bw=",
      downloadBytes: 10,
      installedBytes: 20,
      relations: { depends: "so:a b", provides: "so:libpq.so.5=5.15", providerPriority: 3 },
    });
  });

  it("reads names that are not ASCII", () => {
    expect(read("P:größe\nV:1\n").records[0]?.name).toBe("größe");
  });

  const rows: readonly [string, string][] = [
    ["no name", `V:1\n\n${libpq}`],
    ["no version", `P:x\n\n${libpq}`],
  ];
  it.each(rows)("%s: loses only that record, and says so", (_, text) => {
    const { records, problems } = read(text);
    expect(records.map(({ name }) => name)).toEqual(["libpq"]);
    expect(problems.length).toBe(1);
  });

  const lines = ["xx", "P:again", ":", "1:a"];
  it.each(lines)("a line %j: loses only that line", (line) => {
    const { records, problems } = read(`${libpq}${line}\n\n${libpq}`);
    expect(records.length).toBe(2);
    expect(problems.length).toBe(1);
  });

  it("stops at the budget", () => {
    const { records, problems } = parseApkIndex(Buffer.from(`${libpq}\n`.repeat(5)), {
      packages: 3,
    });
    expect(records.length).toBe(3);
    expect(problems).toMatchObject([{ kind: "over-limit", limit: 3 }]);
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(parseApkIndex(bytes).records.length).toBeLessThan(bytes.length + 1);
      }),
    );
  });
});
