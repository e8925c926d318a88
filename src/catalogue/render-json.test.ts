import { format } from "prettier";
import { describe, expect, it } from "vitest";
import { renderJson } from "./render-json.ts";

describe("renderJson", () => {
  const values: readonly (readonly [object])[] = [
    [{}],
    [{ list: [], object: {}, nothing: null, yes: true, number: 1.5, text: 'a "b" \u001b' }],
    [{ short: ["a", "b"], long: Array.from({ length: 20 }, (_, index) => `value ${index}`) }],
    [{ nested: [{ a: 1 }, { b: [{ c: ["d"] }] }] }],
    [{ ["a".repeat(80)]: ["0123456789"] }],
    [{ ["a".repeat(81)]: ["0123456789"] }],
    [{ ["a".repeat(79)]: ["0123456789"], more: [] }],
    [{ ["a".repeat(80)]: ["0123456789"], more: [] }],
  ];
  it.each(values)("of %j is what the formatter leaves as it is", async (value) => {
    const text = renderJson(value);
    expect(JSON.parse(text)).toEqual(value);
    expect(await format(text, { parser: "json", printWidth: 100 })).toBe(text);
  });
});
