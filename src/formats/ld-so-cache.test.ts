import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FormatError } from "./format-error.ts";
import { parseLdSoCache } from "./ld-so-cache.ts";

const listing = spawnSync("/sbin/ldconfig", ["-p"], { encoding: "utf8" });
const isHere = listing.status === 0 && existsSync("/etc/ld.so.cache");

describe("parseLdSoCache()", () => {
  it.skipIf(!isHere)(
    `reads what ldconfig -p prints${isHere ? "" : " (skipped: no ldconfig here)"}`,
    () => {
      const printed = [...listing.stdout.matchAll(/^\t(\S+) \(.*\) => (.*)$/gm)].map((m) => [
        m[1],
        m[2],
      ]);
      const read = parseLdSoCache(readFileSync("/etc/ld.so.cache")).map(({ soname, path }) => [
        soname,
        path,
      ]);
      expect(read.length).toBeGreaterThan(0);
      expect(read).toEqual(printed);
    },
  );

  it("reads an entry with a hwcaps name, in both byte orders", () => {
    for (const isBig of [false, true]) {
      expect(parseLdSoCache(makeCache(isBig))).toEqual([
        { soname: "liba.so.1", path: "/lib/liba.so.1", flags: 0x303, hwcaps: "x86-64-v3" },
      ]);
    }
  });

  it.each([
    ["no bytes", Buffer.alloc(0)],
    ["another file", Buffer.from("include /etc/ld.so.conf.d/*.conf\n")],
    ["a header alone", Buffer.from("glibc-ld.so.cache1.1")],
  ])("refuses %s", (_name, bytes) => {
    expect(() => parseLdSoCache(bytes)).toThrow(FormatError);
  });

  it("does not spell out one long string for every entry", () => {
    const count = 20_000;
    const bytes = Buffer.alloc(48 + 24 * count + 500_000, 0x61);
    bytes.fill(0, 0, 48 + 24 * count);
    bytes.write("glibc-ld.so.cache1.1", 0, "latin1");
    bytes.writeUInt32LE(count, 20);
    for (let index = 0; index < count; index++) {
      bytes.writeUInt32LE(48 + 24 * count, 48 + 24 * index + 4);
    }
    bytes[bytes.byteLength - 1] = 0;
    // 20,000 times half a megabyte, were it believed.
    expect(() => parseLdSoCache(bytes)).toThrow(/strings to the size of the cache/);
  });

  it("throws nothing but FormatError on changed bytes", () => {
    const sound = makeCache(false);
    const change = fc.tuple(fc.nat({ max: sound.byteLength - 1 }), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const bytes = Buffer.from(sound);
        for (const [at, value] of changes) bytes[at] = value;
        try {
          expect(Array.isArray(parseLdSoCache(bytes))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

/** One entry, its strings, and an extension with one hwcaps name. */
function makeCache(isBig: boolean): Buffer {
  const strings = Buffer.from("liba.so.1\0/lib/liba.so.1\0x86-64-v3\0");
  const bytes = Buffer.alloc(144);
  const u32 = (value: number, at: number): void => {
    if (isBig) bytes.writeUInt32BE(value, at);
    else bytes.writeUInt32LE(value, at);
  };
  bytes.write("glibc-ld.so.cache1.1", 0, "latin1");
  u32(1, 20);
  bytes[28] = isBig ? 3 : 2;
  u32(108, 32);
  u32(0x303, 48);
  u32(72, 52);
  u32(82, 56);
  // The 64-bit hwcap word: bit 62 and index 0.
  u32(0x4000_0000, isBig ? 64 : 68);
  strings.copy(bytes, 72);
  u32(0xeaa42174, 108);
  u32(1, 112);
  u32(1, 116);
  u32(132, 124);
  u32(4, 128);
  u32(97, 132);
  return bytes;
}
