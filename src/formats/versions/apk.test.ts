import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findTestImages } from "../../../test/images.ts";
import { compareApkVersions, isApkVersion, startsWithApkVersion } from "./apk.ts";

const folder = join(findTestImages() ?? "/nowhere", "../scanning/data/versions");
const without = existsSync(folder)
  ? ""
  : " (skipped: ../shared/scanning/data/versions is not there)";

function readLines(file: string): readonly string[] {
  const lines = readFileSync(join(folder, file), "utf8").split("\n");
  return lines.map((line) => line.replace(/(?:#|\/\/).*/, "").trim()).filter((line) => line !== "");
}

describe("compareApkVersions()", () => {
  const rows: readonly [string, string, number][] = [
    ["1.2.3-r0", "1.2.3-r0", 0],
    ["1.2.3", "1.2.3-r0", -1],
    ["1.2", "1.2.0", -1],
    ["1.9", "1.10", -1],
    ["1.09", "1.1", -1],
    ["01", "1", 0],
    ["1.0a", "1.0", 1],
    ["1.0a", "1.0b", -1],
    ["1.0_alpha", "1.0_beta", -1],
    ["1.0_rc1", "1.0", -1],
    ["1.0_rc1-r5", "1.0-r0", -1],
    ["1.0", "1.0_p1", -1],
    ["1.0_git20200101", "1.0_p1", -1],
    ["1.0_p1_rc1", "1.0_p1", -1],
    ["1.8.28p1-r1", "1.8.28-r1", 1],
    ["1.0~4f2a-r0", "1.0-r1", 1],
    [`1.${"9".repeat(40)}`, `1.1${"0".repeat(40)}`, -1],
    ["", "1", -1],
  ];
  it.each(rows)("%s against %s", (a, b, expected) => {
    expect(Math.sign(compareApkVersions(a, b))).toBe(expected);
    expect(Math.sign(compareApkVersions(b, a))).toBe(expected === 0 ? 0 : -expected);
  });

  const files = ["alpine-versions.txt", "alpine-versions-generated.txt"];
  it.skipIf(without !== "").each(files)(`orders the pairs of versions in %s${without}`, (file) => {
    const vectors = readLines(file).map((line) => line.split(" "));
    const sound = vectors.filter(([a = "", , b = ""]) => isApkVersion(a) && isApkVersion(b));
    expect(sound.length).toBeGreaterThan(700);
    expect(vectors.length - sound.length).toBeLessThan(40);
    const wrong = sound.filter(([a = "", sign = "", b = ""]) => {
      const expected = "<=>".indexOf(sign) - 1;
      const isRight = Math.sign(compareApkVersions(a, b)) === expected;
      return !isRight || Math.sign(compareApkVersions(b, a)) + expected !== 0;
    });
    expect(wrong).toEqual([]);
  });

  it("is a total order on versions", () => {
    const piece = fc.constantFrom("0", "1", "10", ".", "a", "_rc", "_p", "1", "-r0", "-r1", "~ab");
    const version = fc
      .array(piece, { maxLength: 6 })
      .map((pieces) => `1${pieces.join("")}`)
      .filter((text) => isApkVersion(text));
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(Math.sign(compareApkVersions(a, b)) + Math.sign(compareApkVersions(b, a))).toBe(0);
        const [x = a, y = b, z = c] = [a, b, c].toSorted(compareApkVersions);
        expect(compareApkVersions(x, y)).toBeLessThanOrEqual(0);
        expect(compareApkVersions(y, z)).toBeLessThanOrEqual(0);
        expect(compareApkVersions(x, z)).toBeLessThanOrEqual(0);
      }),
    );
  });
});

describe("isApkVersion()", () => {
  const rows: readonly [string, boolean][] = [
    ["1", true],
    ["1.2.3b_rc1_p2~4f2a-r0", true],
    ["2a1", true],
    ["", false],
    ["a1", false],
    ["1..2", false],
    ["1.a", false],
    ["1_foo", false],
    ["1-1", false],
    ["1-r", false],
    ["1-r0_p1", false],
    ["1a.5", false],
    ["1~xyz", false],
    ["1 ", false],
  ];
  it.each(rows)("%j: %s", (text, expected) => {
    expect(isApkVersion(text)).toBe(expected);
  });

  it("says which ones apk 3 does not take any more", () => {
    expect(isApkVersion("6.8.0p2-r4", 3)).toBe(false);
    expect(isApkVersion("6.8.0p-r4", 3)).toBe(true);
  });

  it.skipIf(without !== "")(`takes what real packages have, and no more${without}`, () => {
    const missed = readLines("alpine-valid.txt").filter((line) => !isApkVersion(line));
    // A letter behind a dot is a version for neither apk: it was let in by abuild alone.
    expect(missed).toEqual(["10.2.22.r0", "10.2.24.r0", "0.8.21.r2"]);
    expect(readLines("alpine-invalid.txt").filter((line) => isApkVersion(line))).toEqual([]);
  });
});

describe("startsWithApkVersion()", () => {
  const rows: readonly [string, string, boolean][] = [
    ["1.2.3-r0", "1.2", true],
    ["1.2-r0", "1.2", true],
    ["1.2", "1.2", true],
    ["1.20-r0", "1.2", false],
    ["1", "1.2", false],
    ["1.2_rc1", "1.2", true],
    ["x", "1.2", false],
  ];
  it.each(rows)("%s with %s: %s", (version, prefix, expected) => {
    expect(startsWithApkVersion(version, prefix)).toBe(expected);
  });
});
