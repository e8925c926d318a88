import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findTestImages } from "../../../test/images.ts";
import { compareDebVersions, parseDebVersion } from "./deb.ts";

const folder = join(findTestImages() ?? "/nowhere", "../scanning/data/versions");
const without = existsSync(folder)
  ? ""
  : " (skipped: ../shared/scanning/data/versions is not there)";

/** Lines `a < b`, `a = b`, `a > b`. */
function readVectors(file: string): (readonly [string, number, string])[] {
  const lines = readFileSync(join(folder, file), "utf8").split("\n");
  return lines.flatMap((line) => {
    const [a = "", sign = "", b = ""] = line.split(" ");
    return /^[<=>]$/.test(sign) ? [[a, "<=>".indexOf(sign) - 1, b] as const] : [];
  });
}

describe("compareDebVersions()", () => {
  const rows: readonly [string, string, number][] = [
    ["1.0", "1.0", 0],
    ["0:1.00-0", "1.0", 0],
    ["1.0~rc1", "1.0", -1],
    ["1.0~~", "1.0~", -1],
    ["1.0", "1.0+b1", -1],
    ["1.0a", "1.0+", -1],
    ["1:1", "2", 1],
    ["1.10", "1.9", 1],
    ["1-1-1", "1-1-2", -1],
    [`1.${"9".repeat(40)}`, `1.1${"0".repeat(40)}`, -1],
    ["1.2.3-1~deb12u1", "1.2.3-1", -1],
    ["1.2.3-1+deb12u1", "1.2.3-1+deb12u2", -1],
    ["", "0", 0],
    ["", "~", 1],
  ];
  it.each(rows)("%s against %s", (a, b, expected) => {
    expect(Math.sign(compareDebVersions(a, b))).toBe(expected);
    expect(Math.sign(compareDebVersions(b, a))).toBe(expected === 0 ? 0 : -expected);
  });

  const files = ["debian-versions.txt", "debian-versions-generated.txt"];
  it.skipIf(without !== "").each(files)(`orders the pairs of %s${without}`, (file) => {
    const vectors = readVectors(file);
    expect(vectors.length).toBeGreaterThan(20);
    const wrong = vectors.filter(
      ([a, expected, b]) =>
        Math.sign(compareDebVersions(a, b)) !== expected ||
        Math.sign(compareDebVersions(b, a)) + expected !== 0 ||
        parseDebVersion(a) === null,
    );
    expect(wrong).toEqual([]);
  });

  it("is a total order on any texts", () => {
    const piece = fc.constantFrom("0", "1", "9", "10", "~", "-", ":", "+", ".", "a", "Z", "é");
    const text = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        const [x = "", y = "", z = ""] = [a, b, c].sort(compareDebVersions);
        expect(compareDebVersions(x, z)).toBeLessThanOrEqual(0);
        expect(Math.sign(compareDebVersions(x, y)) + Math.sign(compareDebVersions(y, x))).toBe(0);
        if (compareDebVersions(x, y) < 0) expect(compareDebVersions(x, z)).toBeLessThan(0);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("parseDebVersion()", () => {
  const rows: readonly [string, object | null][] = [
    ["2.36-9+deb12u8", { epoch: "0", upstream: "2.36", revision: "9+deb12u8" }],
    ["1:2-3-4", { epoch: "1", upstream: "2-3", revision: "4" }],
    ["2.36", { epoch: "0", upstream: "2.36", revision: "0" }],
    ["1:2:3", { epoch: "1", upstream: "2:3", revision: "0" }],
    ["", null],
    ["1 2", null],
    ["1:", null],
    ["1-", null],
    ["-1", null],
    ["a:1", null],
    ["1é", null],
    ["$(x)", null],
    ["1\n", null],
  ];
  it.each(rows)("%j", (text, expected) => {
    expect(parseDebVersion(text)).toEqual(expected);
  });
});
