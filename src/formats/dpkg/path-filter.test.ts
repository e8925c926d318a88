import { describe, expect, it } from "vitest";
import { isLeftOut, parsePathRules } from "./path-filter.ts";

const slim = `# Debian's slim images
path-exclude /usr/share/doc/*
path-include=/usr/share/doc/*/copyright
path-exclude /usr/share/man/[!d]*
no-debsig
`;

describe("isLeftOut()", () => {
  const rules = parsePathRules(slim);
  const rows: readonly [string, string, boolean][] = [
    ["/usr/share/doc/a/changelog.gz", "file", true],
    ["/usr/share/doc/a/copyright", "file", false],
    ["/usr/share/doc/a", "directory", false],
    ["/usr/share/doc", "directory", false],
    ["/usr/share/man/man1/a.1.gz", "file", true],
    ["/usr/share/man/man1", "directory", true],
    ["/usr/share/man/de/a", "file", false],
    ["/usr/lib/x", "file", false],
  ];
  it.each(rows)("%s, a %s: %s", (path, type, expected) => {
    expect(isLeftOut(path, type, rules)).toBe(expected);
  });

  const patterns: readonly [string, string, boolean][] = [
    ["/a?c", "/abc", true],
    ["/a?c", "/ac", false],
    ["/a\\*", "/a*", true],
    ["/a\\*", "/ab", false],
    ["*/x", "/a/b/x", true],
    ["/[a-c]x", "/bx", true],
    ["/[a-c]x", "/dx", false],
    ["/[", "/[", true],
  ];
  it.each(patterns)("%s on %s: %s", (pattern, path, expected) => {
    expect(isLeftOut(path, "file", [{ isExcluded: true, pattern }])).toBe(expected);
  });

  it("takes no time for a row of stars", () => {
    const pattern = `${"*a".repeat(500)}b`;
    expect(isLeftOut("a".repeat(4000), "file", [{ isExcluded: true, pattern }])).toBe(false);
  });
});
