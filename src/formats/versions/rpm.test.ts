import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findTestImages } from "../../../test/images.ts";
import {
  compareRpmParts,
  compareRpmVersions,
  overlapsRpmRange,
  parseRpmVersion,
  type RpmRange,
} from "./rpm.ts";

const folder = join(findTestImages() ?? "/nowhere", "../scanning/data/versions");
const without = existsSync(folder)
  ? ""
  : " (skipped: ../shared/scanning/data/versions is not there)";

/** Lines `a < b`, `a = b` or `a == b`, `a > b`. */
function readVectors(file: string): (readonly [string, number, string])[] {
  const lines = readFileSync(join(folder, file), "utf8").split("\n");
  return lines.flatMap((line) => {
    const [a = "", sign = "", b = ""] = line.trim().split(/\s+/);
    return /^(?:<|==?|>)$/.test(sign) ? [[a, "<=>".indexOf(sign.charAt(0)) - 1, b] as const] : [];
  });
}

describe("compareRpmVersions()", () => {
  const rows: readonly [string, string, number][] = [
    ["1.0-1", "1.0-1", 0],
    ["0:1.0-1", "1_0-1", 0],
    ["(none):1.0-1", "0:1.0-1", 0],
    [":1.0-1", "0:1.0-1", 0],
    ["1:1-1", "2-1", 1],
    ["1.0~rc1-1", "1.0-1", -1],
    ["1.0^git1-1", "1.0-1", 1],
    ["1.0^git1-1", "1.0.1-1", -1],
    ["1.0^~1", "1.0^", -1],
    ["1.10", "1.9", 1],
    ["1.010", "1.10", 0],
    ["1a", "1.1", -1],
    ["1-2-3", "1-2-4", -1],
    ["1-1", "1", 1],
    ["1-", "1", 1],
    [`1.${"9".repeat(40)}`, `1.1${"0".repeat(40)}`, -1],
    ["3.10.0-229.el7", "3.10.0-229.1.2.ael7b", -1],
    ["", "~", 1],
    ["", "^", -1],
  ];
  it.each(rows)("%s against %s", (a, b, expected) => {
    expect(Math.sign(compareRpmVersions(a, b))).toBe(expected);
    expect(Math.sign(compareRpmVersions(b, a))).toBe(expected === 0 ? 0 : -expected);
  });

  const files = ["rpmvercmp.txt", "redhat-versions.txt"];
  it.skipIf(without !== "").each(files)(`orders the pairs of %s${without}`, (file) => {
    const compare = file === "rpmvercmp.txt" ? compareRpmParts : compareRpmVersions;
    const vectors = readVectors(file);
    expect(vectors.length).toBeGreaterThan(100);
    const wrong = vectors.filter(
      ([a, expected, b]) =>
        Math.sign(compare(a, b)) !== expected || Math.sign(compare(b, a)) + expected !== 0,
    );
    expect(wrong).toEqual([]);
  });

  it("is a total order on any texts", () => {
    const piece = fc.constantFrom("0", "1", "9", "10", "~", "^", "-", ":", "+", ".", "a", "Z", "é");
    const text = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        const [x = "", y = "", z = ""] = [a, b, c].sort(compareRpmVersions);
        expect(compareRpmVersions(x, z)).toBeLessThanOrEqual(0);
        expect(Math.sign(compareRpmVersions(x, y)) + Math.sign(compareRpmVersions(y, x))).toBe(0);
        if (compareRpmVersions(x, y) < 0) expect(compareRpmVersions(x, z)).toBeLessThan(0);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("parseRpmVersion()", () => {
  const rows: readonly [string, object][] = [
    ["2:1.0-3.el9", { epoch: "2", version: "1.0", release: "3.el9" }],
    ["1.0", { epoch: "0", version: "1.0", release: null }],
    ["1.0-", { epoch: "0", version: "1.0", release: "" }],
    ["a:1-2", { epoch: "0", version: "a:1", release: "2" }],
    ["1-2:3", { epoch: "0", version: "1", release: "2:3" }],
    ["(none):1-2", { epoch: "0", version: "1", release: "2" }],
    ["", { epoch: "0", version: "", release: null }],
  ];
  it.each(rows)("%j", (text, expected) => expect(parseRpmVersion(text)).toEqual(expected));
});

/** `>= 1-2` as a range; the empty text is any version. */
function toRange(text: string): RpmRange | null {
  const operators = ["<=", "<", "=", ">=", ">"] as const;
  const operator = operators.find((one) => text.startsWith(`${one} `));
  return operator === undefined ? null : { operator, version: text.slice(operator.length + 1) };
}

describe("overlapsRpmRange()", () => {
  const rows: readonly [string, string, boolean][] = [
    ["= 1-2", "", true],
    ["= 1-2", "= 1", true],
    ["= 1-2", ">= 1", true],
    ["= 1-2", "> 1", false],
    ["= 1-2", "< 1", false],
    ["= 1", "< 1-2", true],
    ["= 1:1-2", "= 1-2", false],
    ["= 1:1-2", ">= 5", true],
    ["< 2", ">= 1", true],
    ["< 2", "> 2", false],
    ["<= 2", ">= 2", true],
    ["< 2", "< 1", true],
  ];
  it.each(rows)("%s, %s: %s", (a, b, expected) => {
    expect(overlapsRpmRange(toRange(a), toRange(b))).toBe(expected);
    expect(overlapsRpmRange(toRange(b), toRange(a))).toBe(expected);
  });
});

const hasRpm = spawnSync("rpm", ["--version"]).status === 0;
const withoutRpm = hasRpm ? "" : " (skipped: no rpm)";
const python = "/usr/bin/python3";
const hasPython = spawnSync(python, ["-c", "import rpm"]).status === 0;
const withoutPython = hasPython ? "" : " (skipped: no python3-rpm)";

const versionPiece = fc.constantFrom("0", "00", "1", "12", "~", "^", ".", "+", "a", "Z", "-", ":");
const versionText = fc
  .array(versionPiece, { minLength: 1, maxLength: 7 })
  .map((pieces) => pieces.join(""));

describe("held against rpm itself", () => {
  it.skipIf(!hasRpm)(`2,000 pairs of versions have its order${withoutRpm}`, () => {
    const pairs = fc.sample(fc.tuple(versionText, versionText), { numRuns: 2000, seed: 7 });
    const calls = pairs.map(([a, b]) => `print(rpm.vercmp("${a}", "${b}") .. ";")`).join(" ");
    const ended = spawnSync("rpm", ["--eval", `%{lua: ${calls}}`], { encoding: "utf8" });
    const orders = ended.stdout.trim().split(";").slice(0, -1).map(Number);
    expect(orders.length).toBe(pairs.length);
    const wrong = pairs.filter(([a, b], at) => Math.sign(compareRpmVersions(a, b)) !== orders[at]);
    expect(wrong).toEqual([]);
  });

  it.skipIf(!hasPython)(`2,000 pairs of ranges meet where its do${withoutPython}`, () => {
    const version = fc.constantFrom("1", "1-1", "1-2", "1-", "2", "2-1", "1:1", "1:1-1", "0:1-1");
    const range = fc.tuple(fc.constantFrom("<", "<=", "=", ">=", ">"), version);
    const pairs = fc.sample(fc.tuple(range, range), { numRuns: 2000, seed: 7 });
    const script = `
import json, rpm, sys
def ds(r): return rpm.ds(("x", sum({"<": 2, ">": 4, "=": 8}[c] for c in r[0]), r[1]), "requires")
print(json.dumps([bool(ds(a).Compare(ds(b))) for a, b in json.load(sys.stdin)]))`;
    const input = JSON.stringify(pairs);
    const ended = spawnSync(python, ["-c", script], { encoding: "utf8", input });
    const expected: unknown[] = JSON.parse(ended.stdout);
    const toPair = ([operator, text]: readonly [string, string]): RpmRange | null =>
      toRange(`${operator} ${text}`);
    const wrong = pairs.filter(
      ([a, b], at) => overlapsRpmRange(toPair(a), toPair(b)) !== expected[at],
    );
    expect(wrong).toEqual([]);
  });
});
