import { describe, expect, it } from "vitest";
import { FormatError } from "../format-error.ts";
import { formatRpmDependency, parseRpmDependency } from "./relation.ts";

const any = (name: string): object => ({
  kind: "relation",
  name,
  comparison: "any",
  version: "",
});

describe("parseRpmDependency()", () => {
  const rows: readonly [string, object][] = [
    ["libc.so.6(GLIBC_2.34)(64bit)", any("libc.so.6(GLIBC_2.34)(64bit)")],
    ["/usr/bin/x", any("/usr/bin/x")],
    ["x >= 1:2-3", { kind: "relation", name: "x", comparison: ">=", version: "1:2-3" }],
    ["  x   = 1 ", { kind: "relation", name: "x", comparison: "=", version: "1" }],
    ["(a or b)", { kind: "or", parts: [any("a"), any("b")] }],
    [
      "(a and b(x) and (c with d < 2))",
      {
        kind: "and",
        parts: [
          any("a"),
          any("b(x)"),
          { kind: "with", parts: [any("c"), { comparison: "<", version: "2" }] },
        ],
      },
    ],
    ["(a if b)", { kind: "if", then: any("a"), condition: any("b"), otherwise: null }],
    [
      "(a unless (b or c) else d)",
      { kind: "unless", then: any("a"), condition: { kind: "or" }, otherwise: any("d") },
    ],
    ["(python(abi) = 3.9 if python3)", { kind: "if", then: { name: "python(abi)" } }],
    ["(a)", any("a")],
  ];
  it.each(rows)("%s", (text, expected) => {
    const parsed = parseRpmDependency(text);
    expect(parsed).toMatchObject(expected);
    expect(parseRpmDependency(formatRpmDependency(parsed))).toEqual(parsed);
  });

  it.each([
    "",
    "x >=",
    "x 1",
    "x = 1 2",
    "(",
    "(a",
    "(a or",
    "(a or b",
    "(a or b and c)",
    "(a if b else c else d)",
    "(a else b)",
    "(a or b) c",
    "(a >= or b)",
    `${"(".repeat(40)}a${")".repeat(40)}`,
    "x".repeat(70_000),
  ])("refuses %j", (text) => {
    expect(() => parseRpmDependency(text)).toThrow(FormatError);
  });
});
