import { describe, expect, it } from "vitest";
import { makeRpmHeader, type RpmTag } from "../../../test/rpm-database.ts";
import { ProblemLog, type RecordProblem } from "../record-problem.ts";
import { RpmHeader } from "./header.ts";
import { readRelationLines, type RpmRelationLines } from "./relation-lines.ts";

type Row = readonly [name: string, flags: number, version: string];

function requires(rows: readonly Row[]): readonly RpmTag[] {
  return [
    [1049, 8, rows.map(([name]) => name)],
    [1048, 4, rows.map(([, flags]) => flags)],
    [1050, 8, rows.map(([, , version]) => version)],
  ];
}

function read(tags: readonly RpmTag[]): {
  readonly lines: RpmRelationLines;
  readonly problems: readonly RecordProblem[];
} {
  const log = new ProblemLog("rpm");
  const lines = readRelationLines(new RpmHeader(makeRpmHeader(tags)), log);
  return { lines, problems: log.toArray() };
}

describe("readRelationLines()", () => {
  const rows: readonly [string, Row, string][] = [
    ["a soname", ["libc.so.6(GLIBC_2.34)(64bit)", 16384, ""], "libc.so.6(GLIBC_2.34)(64bit)"],
    ["equal", ["a", 8, "1:2-3"], "a = 1:2-3"],
    ["less", ["a", 2, "1"], "a < 1"],
    ["at most", ["a", 10, "1"], "a <= 1"],
    ["more", ["a", 4, "1"], "a > 1"],
    ["at least, of a script", ["a", 12 | 512, "1"], "a >= 1"],
    ["a comparison without a version", ["a", 8, ""], "a ="],
    ["a rich one", ["(a if b)", 0, ""], "(a if b)"],
  ];
  it.each(rows)("%s", (_, row, expected) => {
    expect(read(requires([row]))).toEqual({ lines: { depends: expected }, problems: [] });
  });

  it("keeps the order and what comes twice, and leaves out what asks for rpm itself", () => {
    const found = read(
      requires([
        ["b", 0, ""],
        ["rpmlib(CompressedFileNames)", 10, "3.0.4-1"],
        ["feature", (1 << 24) | 8, "1"],
        ["a", 0, ""],
        ["b", 0, ""],
      ]),
    );
    expect(found.lines).toEqual({ depends: "b\na\nb" });
  });

  it("tells the kinds apart, and says nothing where there is none", () => {
    const kind = (names: number, flags: number, versions: number): readonly RpmTag[] => [
      [names, 8, [`n${names}`]],
      [flags, 4, [0]],
      [versions, 8, [""]],
    ];
    const all = [kind(1047, 1112, 1113), kind(1054, 1053, 1055), kind(1090, 1114, 1115)];
    expect(read(all.flat()).lines).toEqual({
      provides: "n1047",
      conflicts: "n1054",
      replaces: "n1090",
    });
    expect(read([[1000, 6, ["a"]]])).toEqual({ lines: {}, problems: [] });
  });

  it("logs lists of unlike length and names with a line break", () => {
    const [names, flags] = requires([["a", 0, ""]]);
    const unlike = read(names === undefined || flags === undefined ? [] : [names, flags]);
    expect(unlike).toMatchObject({ lines: {}, problems: [{ kind: "malformed" }] });
    const broken = read(
      requires([
        ["a\nb", 0, ""],
        ["c", 0, ""],
      ]),
    );
    expect(broken).toMatchObject({ lines: { depends: "c" }, problems: [{ kind: "malformed" }] });
  });
});
