import { describe, expect, it } from "vitest";
import { repeatOption } from "./repeat-option.ts";

const base = { name: "base", short: "b", value: "REF", help: "" };
const options = [base, { name: "platform", value: "P", help: "" }, { name: "json", help: "" }];

describe("repeatOption()", () => {
  it.each([
    ["app --base a b", "app --base a --base b"],
    ["app --base a b --json --base c d", "app --base a --base b --json --base c --base d"],
    ["app -b a b", "app -b a --base b"],
    ["app --base=a b", "app --base=a --base b"],
    ["--base a app", "--base a app"],
    ["--base a app b", "--base a app b"],
    ["app --platform p q", "app --platform p q"],
    ["app --base a --json b", "app --base a --json b"],
    ["app --base a -- b", "app --base a -- b"],
    ["app --base", "app --base"],
    ["", ""],
  ])("of %s is %s", (given, expected) => {
    const words = given.split(" ").filter((word) => word !== "");
    expect(repeatOption(words, base, options).join(" ")).toBe(expected);
  });
});
