import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isDeeperThan } from "./json-levels.ts";

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Object.values(value).reduce((most: number, one) => Math.max(most, depthOf(one)), 0);
}

describe("isDeeperThan()", () => {
  it.each([
    ["", 0, false],
    ["1", 0, false],
    ["[]", 0, true],
    ["[]", 1, false],
    ['{"a":[{}]}', 2, true],
    ['{"a":[{}]}', 3, false],
    ["[[],[],[]]", 2, false],
    ['["[[[[","\\\\","\\"[["]', 1, false],
    ["[".repeat(300), 200, true],
  ])("%j beyond %d: %s", (text, levels, expected) => {
    expect(isDeeperThan(Buffer.from(text), levels)).toBe(expected);
  });

  it("counts as the parsed value does", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat({ max: 8 }), (value, levels) => {
        const text = Buffer.from(JSON.stringify(value));
        expect(isDeeperThan(text, levels)).toBe(depthOf(value) > levels);
      }),
    );
  });
});
