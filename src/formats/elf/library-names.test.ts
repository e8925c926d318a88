import { describe, expect, it } from "vitest";
import { LibraryNames } from "./library-names.ts";

function namesIn(text: string): readonly string[] {
  const bytes = Buffer.from(text, "latin1");
  const names = new LibraryNames();
  names.add({ bytes, start: 0, end: bytes.byteLength });
  return names.without(() => false);
}

describe("LibraryNames", () => {
  it.each<readonly [string, readonly string[]]>([
    ["\0libz.so\0libz.so.1\0", ["libz.so", "libz.so.1"]],
    [
      "libstdc++.so.6\0libgtk-3.so.0\0libpq_x.so.5.16.2\0",
      ["libgtk-3.so.0", "libpq_x.so.5.16.2", "libstdc++.so.6"],
    ],
    ["/usr/lib/libssl.so.3, or 'libssl.so'.", ["libssl.so", "libssl.so.3"]],
    ["libvulkan.so.1libvulkan.solibGL.so", ["libGL.so", "libvulkan.so", "libvulkan.so.1"]],
    ["libz.so. Then", ["libz.so"]],
    ["libz.so.1libz.so.1\0libz.so.1\0", ["libz.so.1"]],
    ["lib.so\0lib%s.so\0mylibz.so\0glibc-ld.so\0ld-linux.so.2\0", []],
    ["libz.sock\0libz.so_path\0libz.so-gdb.py\0libz.so.debug\0array.some()\0", []],
    [`${"x".repeat(80)}libz.so\0lib${"x".repeat(80)}.so\0`, []],
    [`libz.so.${"1".repeat(80)}\0libz.so.${"1".repeat(60)}\0`, [`libz.so.${"1".repeat(60)}`]],
    ["", []],
  ])("finds in %j", (text, expected) => {
    expect(namesIn(text)).toEqual(expected);
  });

  it("keeps the first 64", () => {
    const text = Array.from({ length: 100 }, (_, index) => `lib${index + 100}.so\0`).join("");
    expect(namesIn(text)).toHaveLength(64);
    expect(namesIn(text).at(-1)).toBe("lib163.so");
  });

  it("is quick on what is nearly all names", () => {
    const before = performance.now();
    namesIn("x.some".repeat(20_000_000));
    namesIn("libx.so".repeat(600_000));
    namesIn("x.so".repeat(1_000_000));
    expect(performance.now() - before).toBeLessThan(5000);
  });
});
