import { describe, expect, it } from "vitest";
import {
  isSatisfied,
  parseApkDependencies,
  parseApkDependency,
  parseApkProvides,
} from "./dependency.ts";

describe("parseApkDependency()", () => {
  const rows: readonly [string, object | null][] = [
    ["curl", { name: "curl", isConflict: false, test: null, tag: null }],
    ["!curl", { name: "curl", isConflict: true, test: null }],
    ["so:libz.so.1", { name: "so:libz.so.1", test: null }],
    ["/bin/sh", { name: "/bin/sh" }],
    ["curl@edge", { name: "curl", tag: "edge", test: null }],
    ["curl@edge>8", { name: "curl", tag: "edge", test: { isGreater: true, version: "8" } }],
    ["a<=1-r0", { test: { isLess: true, isEqual: true, isGreater: false, version: "1-r0" } }],
    ["a~1.2", { test: { isFuzzy: true, isEqual: true, isLess: false } }],
    ["a>~1.2", { test: { isFuzzy: true, isGreater: true } }],
    ["a=", null],
    ["a=x", null],
    ["a><Q1abc", null],
    ["", null],
    ["!", null],
    [">1", null],
  ];
  it.each(rows)("%j", (text, expected) => {
    const found = parseApkDependency(text);
    if (expected === null) expect(found).toBeNull();
    else expect(found).toMatchObject({ ...expected, text });
  });

  it("reads several, and says which words are none", () => {
    expect(parseApkDependencies("a  b>1\nc=x !d []")).toMatchObject({
      dependencies: [{ name: "a" }, { name: "b" }, { name: "d" }],
      broken: ["c=x"],
    });
  });

  it("reads what is provided", () => {
    expect(parseApkProvides("so:a.so.1=1.2 cmd:b virtual c=x")).toEqual([
      { name: "so:a.so.1", version: "1.2" },
      { name: "cmd:b", version: null },
      { name: "virtual", version: null },
      { name: "c", version: null },
    ]);
  });
});

describe("isSatisfied()", () => {
  const rows: readonly [string, string | null | undefined, boolean][] = [
    ["a", "1", true],
    ["a", null, true],
    ["a", undefined, false],
    ["!a", "1", false],
    ["!a", undefined, true],
    ["a>1", "1.1", true],
    ["a>1", "1", false],
    ["a>=1", "1", true],
    ["a<1", "0.9", true],
    ["a=1", "1", true],
    ["a=1", "1-r0", false],
    ["a~1", "1-r0", true],
    ["a~1.2", "1.2.9-r3", true],
    ["a~1.2", "1.3", false],
    ["a>1", null, false],
    ["!a>1", "2", false],
    ["!a>1", "1", true],
    ["!a>1", null, true],
  ];
  it.each(rows)("%s by %s: %s", (text, version, expected) => {
    const dependency = parseApkDependency(text);
    if (dependency === null) throw new Error(text);
    expect(isSatisfied(dependency, version === undefined ? null : { version })).toBe(expected);
  });
});
