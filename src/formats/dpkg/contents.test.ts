import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FormatError } from "../format-error.ts";
import { ContentsReader, packageNames } from "./contents.ts";

function read(text: string, pieceBytes = text.length || 1) {
  const lines: string[] = [];
  const reader = new ContentsReader((path, packages) =>
    lines.push(`${path.toString("latin1")}=${packages.toString("latin1")}`),
  );
  const bytes = Buffer.from(text, "latin1");
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    // What is handed over may be used again by its owner.
    const piece = Buffer.from(bytes.subarray(at, at + pieceBytes));
    reader.push(piece);
    piece.fill(0x7a);
  }
  reader.end();
  return { lines, malformed: reader.malformedLines };
}

describe("ContentsReader", () => {
  it.each<readonly [string, string, readonly string[], number]>([
    ["nothing", "", [], 0],
    ["blanks", "usr/bin/a    utils/a\n", ["usr/bin/a=utils/a"], 0],
    ["tabs", "usr/bin/a\t\t  utils/a,universe/net/b\n", ["usr/bin/a=utils/a,universe/net/b"], 0],
    ["no end", "usr/bin/a utils/a", ["usr/bin/a=utils/a"], 0],
    ["a path with blanks", "usr/a b  c   utils/a\n", ["usr/a b  c=utils/a"], 0],
    ["CR LF", "usr/bin/a utils/a\r\nb c\r\n", ["usr/bin/a=utils/a", "b=c"], 0],
    ["bytes that are no UTF-8", "usr/\xff\xfe a/b\n", ["usr/\xff\xfe=a/b"], 0],
    ["empty lines", "\n\na b\n\n", ["a=b"], 0],
    ["lines without packages", "usr/bin/a\na b\n   \n", ["a=b"], 1],
    [
      "an introduction",
      "This file maps each file to its package.\n\nFILE                LOCATION\nbin/a    utils/a\n",
      ["bin/a=utils/a"],
      0,
    ],
  ])("reads %s", (_name, text, lines, malformed) => {
    for (const pieceBytes of [1, 2, 3, 7, 1000]) {
      expect(read(text, pieceBytes)).toEqual({ lines, malformed });
    }
  });

  it("reads the same whatever the pieces", () => {
    const line = fc.tuple(fc.string({ unit: fc.constantFrom("a", " ", "\t", "/") }), fc.string());
    const text = fc.array(line).map((all) => all.map((parts) => parts.join("  ")).join("\n"));
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 50 }), (all, pieceBytes) => {
        expect(read(all, pieceBytes)).toEqual(read(all));
      }),
      { numRuns: 300 },
    );
  });

  it("reads behind the part in which an introduction may be", () => {
    const all = Array.from({ length: 20_000 }, (_, at) => `usr/share/${at}`);
    const { lines } = read(all.map((path) => `${path} misc/a\n`).join(""), 4096);
    expect(lines).toEqual(all.map((path) => `${path}=misc/a`));
  });

  it("throws FormatError for a line without end", () => {
    const reader = new ContentsReader(() => undefined);
    const endless = (): void => {
      for (let pieces = 0; pieces < 100; pieces++) reader.push(Buffer.alloc(65_536, "x"));
    };
    expect(endless).toThrow(FormatError);
  });
});

describe("packageNames()", () => {
  it.each([
    ["libs/libpq5", ["libpq5"]],
    ["universe/libs/a,b,non-free/c/d", ["a", "b", "d"]],
    ["", []],
    [",,a/", []],
  ])("of %j", (text, expected) => {
    expect(packageNames(text)).toEqual(expected);
  });
});
