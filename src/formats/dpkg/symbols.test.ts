import { describe, expect, it } from "vitest";
import { parseShlibs } from "./shlibs.ts";
import { parseSymbols } from "./symbols.ts";

describe("parseSymbols()", () => {
  it("reads libraries, templates and symbols", () => {
    const text = [
      "libpq.so.5 libpq5 #MINVER#",
      "| libpq5-other #MINVER#",
      "* Build-Depends-Package: libpq-dev",
      " PQclear@Base 8.4~",
      " PQsslAttribute@RHPG_9.6 9.5~~ 1",
      " operator new(unsigned long)@Base 1",
      "libother.so.1 libother1",
    ].join("\n");
    const { records, problems } = parseSymbols(Buffer.from(text));
    expect(problems).toEqual([]);
    expect(records).toEqual([
      {
        soname: "libpq.so.5",
        templates: ["libpq5 #MINVER#", "libpq5-other #MINVER#"],
        symbols: [
          { name: "PQclear", node: "Base", minVersion: "8.4~", template: 0 },
          { name: "PQsslAttribute", node: "RHPG_9.6", minVersion: "9.5~~", template: 1 },
          { name: "operator new(unsigned long)", node: "Base", minVersion: "1", template: 0 },
        ],
      },
      { soname: "libother.so.1", templates: ["libother1"], symbols: [] },
    ]);
  });

  const bad: readonly [string, string][] = [
    ["a symbol before any library", " a@Base 1\nlib.so.1 lib1\n"],
    ["a template before any library", "| a\nlib.so.1 lib1\n"],
    ["a library without a dependency", "libx.so.1\nlib.so.1 lib1\n"],
    ["a symbol without a version", "lib.so.1 lib1\n a@Base\n"],
    ["a symbol without a node", "lib.so.1 lib1\n a 1\n"],
  ];
  it.each(bad)("loses %s alone, and says so", (_, text) => {
    const { records, problems } = parseSymbols(Buffer.from(text));
    expect(records).toMatchObject([{ soname: "lib.so.1", templates: ["lib1"], symbols: [] }]);
    expect(problems).toMatchObject([{ kind: "malformed", format: "symbols" }]);
  });
});

describe("parseShlibs()", () => {
  it("reads libraries of both kinds", () => {
    const text =
      "# comment\nlibpq 5 libpq5 (>= 15), x\nudeb: libpq 5 libpq5-udeb\nlibz 1\nbroken\n";
    const { records, problems } = parseShlibs(Buffer.from(text));
    expect(records).toEqual([
      { type: null, name: "libpq", version: "5", depends: "libpq5 (>= 15), x" },
      { type: "udeb", name: "libpq", version: "5", depends: "libpq5-udeb" },
      { type: null, name: "libz", version: "1", depends: "" },
    ]);
    expect(problems.length).toBe(1);
  });
});
