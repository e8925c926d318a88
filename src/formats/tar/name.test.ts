import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { decodeName, encodeName } from "./name.ts";

const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");

describe("decodeName()", () => {
  it.each<readonly [string, Buffer, string]>([
    ["ASCII", latin1("usr/bin"), "usr/bin"],
    ["UTF-8", Buffer.from("naïve/😀"), "naïve/😀"],
    ["Latin-1", latin1("na\u00efve"), "na\udcefve"],
    ["both", Buffer.concat([Buffer.from("é/"), latin1("\u00e9")]), "é/\udce9"],
    ["a character that is cut", Buffer.from("€").subarray(0, 2), "\udce2\udc82"],
    ["more bytes than it needs", latin1("\u00c0\u00af"), "\udcc0\udcaf"],
    ["a surrogate in UTF-8", latin1("\u00ed\u00b3\u00a4"), "\udced\udcb3\udca4"],
    ["a byte order mark", Buffer.from("\ufeffx"), "\ufeffx"],
  ])("%s", (_, bytes, text) => {
    expect(decodeName(bytes)).toBe(text);
    expect(encodeName(text)).toEqual(bytes);
  });

  it("loses no byte of any name", () => {
    const pieces = fc.oneof(
      fc.uint8Array(),
      fc.string({ unit: "grapheme" }).map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(fc.array(pieces), (parts) => {
        const bytes = Buffer.concat(parts);
        expect(encodeName(decodeName(bytes)).equals(bytes)).toBe(true);
      }),
    );
  });
});
