import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maxFieldLength, parseRelations } from "./parse-relations.ts";

const target = (name: string, operator?: string, version?: string): object => ({
  name,
  architecture: null,
  condition: operator === undefined ? null : { operator, version },
});

describe("parseRelations() reads", () => {
  const rows: readonly [string, string, readonly (readonly object[])[]][] = [
    ["nothing", "", []],
    ["a name", "libc6", [[target("libc6")]]],
    ["a version", "libc6 (>= 2.34)", [[target("libc6", ">=", "2.34")]]],
    [
      "no blanks",
      "a(<<1:2-3),b(>>1)|c",
      [[target("a", "<<", "1:2-3")], [target("b", ">>", "1"), target("c")]],
    ],
    ["blanks and folded lines", " a\n (  =  1 ) ,\n b ", [[target("a", "=", "1")], [target("b")]]],
    ["old operators", "a (< 1), b (> 1)", [[target("a", "<=", "1")], [target("b", ">=", "1")]]],
    [
      "any architecture",
      "python3:any (>= 3.9~)",
      [[{ ...target("python3", ">=", "3.9~"), architecture: "any" }]],
    ],
    ["another architecture", "wine32:i386", [[{ ...target("wine32"), architecture: "i386" }]]],
    ["empty relations", "a,, b,", [[target("a")], [target("b")]]],
    [
      "names that look odd",
      "libstdc++6, g++-12, libfoo1.2_x",
      [[target("libstdc++6")], [target("g++-12")], [target("libfoo1.2_x")]],
    ],
  ];
  it.each(rows)("%s", (_, text, expected) => {
    const { relations, problems } = parseRelations(text);
    expect(relations.map(({ alternatives }) => alternatives)).toEqual(expected);
    expect(problems).toEqual([]);
  });

  it("each relation as it is written", () => {
    const { relations } = parseRelations("a (>= 1) | b,  c ");
    expect(relations.map(({ text }) => text)).toEqual(["a (>= 1) | b", "c"]);
  });
});

describe("parseRelations() loses only what is broken, and says so", () => {
  const broken: readonly [string, string][] = [
    ["no name", "(>= 1)"],
    ["an empty alternative", "a | "],
    ["no end of the condition", "a (>= 1"],
    ["no operator", "a (1)"],
    ["an operator that is none", "a (=> 1)"],
    ["no version", "a (>= )"],
    ["a version that is none", "a (>= 1:)"],
    ["two names", "a b"],
    ["two conditions", "a (>= 1) (<< 2)"],
    ["a variable that was left", "${shlibs:Depends}"],
    ["an end of a limit without its start", "a ]"],
    ["control characters", "a\u0000"],
  ];
  it.each(broken)("%s", (_, text) => {
    const { relations, problems } = parseRelations(`x, ${text}, y`);
    expect(relations.map((one) => one.text)).toEqual(["x", "y"]);
    expect(problems.length).toBe(1);
  });

  it.each(["a [amd64 !i386]", "a <!nocheck> <stage1 cross>", "a (>= 1) [amd64] <!nodoc>"])(
    "keeps %s without its limit",
    (text) => {
      const { relations, problems } = parseRelations(text);
      expect(relations.map(({ alternatives }) => alternatives[0]?.name)).toEqual(["a"]);
      expect(problems).toMatchObject([{ reason: expect.stringContaining("passed over") }]);
    },
  );

  it("does not read a field beyond its budget", () => {
    const { relations, problems } = parseRelations("a,".repeat(maxFieldLength));
    expect(relations).toEqual([]);
    expect(problems.length).toBe(1);
  });
});

describe("parseRelations() on any text", () => {
  it("never throws and reads what it kept the same again", () => {
    const piece = fc.constantFrom(
      "a",
      "b1",
      " ",
      ",",
      "|",
      "(",
      ")",
      ">=",
      "<",
      "1",
      ":any",
      "[",
      "]",
    );
    const text = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join("")),
    );
    fc.assert(
      fc.property(text, (any) => {
        const { relations } = parseRelations(any);
        const again = parseRelations(relations.map((one) => one.text).join(", "));
        expect(again.relations).toEqual(relations);
      }),
      { numRuns: 1000 },
    );
  });

  it("takes no longer for blanks and open brackets", () => {
    for (const part of [" ", "[", "<", "(", "a ", "|"]) parseRelations(`a${part.repeat(200_000)}x`);
  });
});
