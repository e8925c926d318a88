import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { parseGlob } from "./glob.ts";
import { parseModeTest } from "./mode-test.ts";
import { parseSizeTest } from "./size-test.ts";

/** What bash matches, which is fnmatch(3) with its own words; null where there is no bash. */
function bashMatches(pattern: string, name: string): boolean | null {
  const script = '[[ "$1" == $2 ]]';
  const env = { ...process.env, LC_ALL: "C.UTF-8" };
  const { status, error } = spawnSync("bash", ["-c", script, "bash", name, pattern], { env });
  return error === undefined ? status === 0 : null;
}

describe("parseGlob()", () => {
  it.each<readonly [string, string, boolean]>([
    ["*.so*", "libc.so.6", true],
    ["*.so*", "lib.s", false],
    ["lib?.so", "libc.so", true],
    ["lib?.so", "lib.so", false],
    ["[a-c]*", "bin", true],
    ["[!a-c]*", "bin", false],
    ["[^a-c]*", "din", true],
    ["[]a]", "]", true],
    ["[[:digit:]][[:alpha:]]", "1x", true],
    ["[[:digit:]]", "x", false],
    [String.raw`\*`, "*", true],
    [String.raw`\*`, "x", false],
    ["[a", "[a", true],
    ["*", ".hidden", true],
    ["/a/*", "/a/b/c", true],
    ["", "", true],
    ["a**b", "ab", true],
    ["[a-]", "-", true],
    ["?", "ä", true],
  ])("%s and %s", (pattern, name, expected) => {
    expect(parseGlob(pattern)(name)).toBe(expected);
    const real = bashMatches(pattern, name);
    if (real !== null) expect(real).toBe(expected);
  });

  it("tells large and small letters apart unless it is not to", () => {
    expect(parseGlob("readme*")("README.md")).toBe(false);
    expect(parseGlob("readme*", true)("README.md")).toBe(true);
  });

  it("takes no longer for a name that was made for it", () => {
    const matches = parseGlob("*a*a*a*a*a*a*a*a*a*a*b");
    expect(matches("a".repeat(4000))).toBe(false);
  });

  it("matches any text by itself where nothing in it is special", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const plain = text.replace(/[*?[\\]/g, "x");
        expect(parseGlob(plain)(plain)).toBe(true);
        expect(parseGlob(`*${plain}?`)(`front${plain}.`)).toBe(true);
      }),
    );
  });
});

describe("parseSizeTest()", () => {
  it.each<readonly [string, number, boolean]>([
    ["10c", 10, true],
    ["+10M", 10 * 1024 ** 2, false],
    ["+10M", 10 * 1024 ** 2 + 1, true],
    ["-1M", 0, true],
    ["-1M", 1, false],
    ["1k", 1, true],
    ["1", 512, true],
    ["1", 513, false],
    ["=2k", 1025, true],
    ["+0", 1, true],
  ])("%s of %i bytes", (text, bytes, expected) => {
    expect(parseSizeTest(text)?.(bytes)).toBe(expected);
  });

  it.each(["", "M", "1T", "1.5M", "+-1", " 1"])("refuses %j", (text) => {
    expect(parseSizeTest(text)).toBeNull();
  });
});

describe("parseModeTest()", () => {
  it.each<readonly [string, number, boolean]>([
    ["755", 0o755, true],
    ["755", 0o4755, false],
    ["-4000", 0o4755, true],
    ["-6000", 0o4755, false],
    ["/6000", 0o4755, true],
    ["/0", 0o644, true],
    ["u=rwx,go=rx", 0o755, true],
    ["-u+s", 0o4755, true],
    ["-g+s", 0o4755, false],
    ["/u+s,g+s", 0o2755, true],
    ["-a+t", 0o1777, true],
    ["u=rwx,u-w", 0o500, true],
  ])("%s of a mode %o", (text, mode, expected) => {
    expect(parseModeTest(text)?.(mode)).toBe(expected);
  });

  it.each(["", "8", "77777", "u", "x=y", "-", "/-1"])("refuses %j", (text) => {
    expect(parseModeTest(text)).toBeNull();
  });
});
