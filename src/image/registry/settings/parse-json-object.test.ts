import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJsonObject } from "./parse-json-object.ts";

describe("parseJsonObject()", () => {
  it.each([
    ["", "1:1"],
    ["[]", "1:1"],
    ["null", "1:1"],
    ["{", "1:2"],
    ['{"a": marker}', "1:7"],
    ['{"a": 1,}', "1:9"],
    ['{"a": 1 "b": 2}', "1:9"],
    ['{\n  "a": [1, 2\n}', "3:1"],
    ['{"a" 1}', "1:6"],
    ['{"a": "marker\n"}', "1:7"],
    ['{"a": "\\x"}', "1:7"],
    ["{'a': 1}", "1:2"],
    ["{a: 1}", "1:2"],
    ['{"a": 01}', "1:7"],
    ['{"a": 1.}', "1:7"],
    ['{"a": truemarker}', "1:11"],
    ["{} {}", "1:4"],
    ["{}\n\n marker", "3:2"],
    ['{"a": 1]', "1:8"],
    ['{"a": [1}', "1:9"],
    [',{"a": 1}', "1:1"],
    ['{"a"::1}', "1:6"],
  ])("says of %j where it stops being right", (text, place) => {
    const { value, problems } = parseJsonObject(text);
    expect(value).toBeNull();
    expect(problems.map(({ line, column }) => `${line}:${column}`)).toEqual([place]);
    expect(JSON.stringify(problems)).not.toContain("marker");
  });

  it("takes what JSON.parse takes, and names a place in the text for the rest", () => {
    const piece = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"a"',
      '"',
      "1",
      "-",
      "\n",
      " ",
      "null",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 9 }), (pieces) => {
        const text = `{${pieces.join("")}`;
        const { value, problems } = parseJsonObject(text);
        if (value !== null) {
          expect(value).toEqual(JSON.parse(text));
          return;
        }
        const [{ line, column } = { line: 0, column: 0 }] = problems;
        const before = text.split("\n").slice(0, line ?? 0);
        const length = before.join("\n").length - (before.at(-1)?.length ?? 0) + (column ?? 0) - 1;
        // All before it is the start of some JSON: the end alone is missed there.
        expect(length).toBeLessThanOrEqual(text.length);
        const reached = [length, text.length].map((end) => endsEarly(text.slice(0, end)));
        expect(reached[0] === true || length === 0).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

/** Whether JSON.parse wants more, or the text is whole. */
function endsEarly(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const words = String(error);
    const at = /at position (\d+)/.exec(words)?.[1];
    return (
      /end of JSON|Unterminated|No number after/.test(words) || Number(at) >= text.trimEnd().length
    );
  }
}
