import { describe, expect, it } from "vitest";
import { parseDpkgDiversions } from "./diversions.ts";
import { parseDpkgList, parseDpkgMd5sums } from "./file-list.ts";

const sum = "ecd1614862073aabcf70ede1767d8dea";

describe("parseDpkgList()", () => {
  const rows: readonly [string, string | Buffer, readonly string[], number][] = [
    ["paths in order", "/.\n/usr\n/usr/bin/x\n", ["/.", "/usr", "/usr/bin/x"], 0],
    ["CR LF, no last line end", "/a\r\n/b", ["/a", "/b"], 0],
    ["blanks in a name", "/a b \n", ["/a b "], 0],
    ["a name in UTF-8", "/é\n", ["/é"], 0],
    ["a name in Latin-1", Buffer.from("/\xe9\n/a\n", "latin1"), ["/\udce9", "/a"], 0],
    ["nothing", "", [], 0],
    ["a relative path", "usr\n/a\n", ["/a"], 1],
    ["an empty line", "/a\n\n/b\n", ["/a", "/b"], 1],
    ["a NUL", "/a\0\n/b\n", ["/b"], 1],
    ["a path longer than PATH_MAX", `/${"x".repeat(5000)}\n/b\n`, ["/b"], 1],
  ];
  it.each(rows)("%s", (_, content, records, problemCount) => {
    const found = parseDpkgList(Buffer.from(content));
    expect(found.records).toEqual(records);
    expect(found.problems.length).toBe(problemCount);
  });
});

describe("parseDpkgMd5sums()", () => {
  const rows: readonly [string, string, readonly string[], number][] = [
    ["a relative path", `${sum}  usr/lib/x\n`, ["/usr/lib/x"], 0],
    ["a path with ./", `${sum}  ./usr/lib/x`, ["/usr/lib/x"], 0],
    ["an absolute path", `${sum}  /usr/lib/x`, ["/usr/lib/x"], 0],
    ["binary mode", `${sum} *usr/lib/x`, ["/usr/lib/x"], 0],
    ["a hidden file", `${sum}  .x`, ["/.x"], 0],
    ["no sum", `usr/lib/x\n${sum}  a\n`, ["/a"], 1],
    ["a sum and no path", `${sum}  /./\n`, [], 1],
    // A pattern took the square of these many steps to find that it does not fit: 10^11.
    ["slashes and a line separator", `${sum}  ${"/".repeat(300_000)}\u2028`, ["/\u2028"], 0],
    ["nothing", "", [], 0],
  ];
  it.each(rows)("%s", (_, text, records, problemCount) => {
    const found = parseDpkgMd5sums(Buffer.from(text));
    expect(found.records).toEqual(records);
    expect(found.problems.length).toBe(problemCount);
  });
});

describe("parseDpkgDiversions()", () => {
  const first = { from: "/lib/a", to: "/lib/a.distrib", by: "libc6" };
  const rows: readonly [string, string, readonly object[], number][] = [
    ["by a package", "/lib/a\n/lib/a.distrib\nlibc6\n", [first], 0],
    ["by hand", "/lib/a\n/lib/a.distrib\n:\n", [{ ...first, by: null }], 0],
    ["nothing", "", [], 0],
    ["cut short", "/lib/a\n/lib/a.distrib\nlibc6\n/lib/b\n", [first], 1],
    ["out of step", "/lib/a\nlibc6\n/lib/b\n", [], 1],
  ];
  it.each(rows)("%s", (_, text, records, problemCount) => {
    const found = parseDpkgDiversions(Buffer.from(text));
    expect(found.records).toEqual(records);
    expect(found.problems.length).toBe(problemCount);
  });

  it("keeps no more than its budget and says so", () => {
    const text = Buffer.from("/a\n/b\n:\n".repeat(4));
    const { records, problems } = parseDpkgDiversions(text, { packages: 3 });
    expect(records.length).toBe(3);
    expect(problems).toMatchObject([{ kind: "over-limit", limit: 3 }]);
    expect(parseDpkgDiversions(text, { packages: 4 }).problems).toEqual([]);
  });
});
