import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OverLimitError } from "../over-limit-error.ts";
import { MentionOrder } from "./mention-order.ts";
import { PackagesIndexParser, type DebPackage, type IndexBudgets } from "./packages-index.ts";

const libpq = `Package: libpq5
Source: postgresql-15 (15.8-0+deb12u1)
Version: 15.8-0+deb12u1+b1
Architecture: amd64
Priority: optional
Multi-Arch: same
Depends: libc6 (>= 2.34), libldap-2.5-0
Description: library
 folded
Filename: pool/main/p/postgresql-15/libpq5.deb
Size: 190000
Installed-Size: 700
SHA256: ${"aB".repeat(32)}
`;

function read(
  bytes: Uint8Array,
  options: { readonly chunkBytes?: number; readonly limits?: IndexBudgets } = {},
): { readonly debs: readonly DebPackage[]; readonly problemCount: number } {
  const { chunkBytes = bytes.byteLength || 1, ...limits } = options;
  const parser = new PackagesIndexParser({ pin: 500, order: new MentionOrder(), ...limits });
  const debs: DebPackage[] = [];
  for (let at = 0; at < bytes.byteLength; at += chunkBytes) {
    debs.push(...parser.push(bytes.subarray(at, at + chunkBytes)));
  }
  debs.push(...parser.end());
  return { debs, problemCount: parser.problems.length };
}

const small = (name: string, ...fields: readonly string[]): string =>
  [`Package: ${name}`, "Version: 1", "Architecture: all", ...fields, ""].join("\n");

describe("PackagesIndexParser", () => {
  it("reads a record", () => {
    expect(read(Buffer.from(libpq))).toEqual({
      problemCount: 0,
      debs: [
        {
          name: "libpq5",
          version: "15.8-0+deb12u1+b1",
          architecture: "amd64",
          source: "postgresql-15",
          sourceVersion: "15.8-0+deb12u1",
          priority: "optional",
          isProtected: false,
          relations: { depends: "libc6 (>= 2.34), libldap-2.5-0", multiArch: "same" },
          downloadBytes: 190_000,
          installedBytes: 700 * 1024,
          filename: "pool/main/p/postgresql-15/libpq5.deb",
          sha256: "ab".repeat(32),
          pin: 500,
          place: 0,
          mention: 0,
        },
      ],
    });
  });

  it("comes to the same for chunks of any size", () => {
    const bytes = Buffer.from([libpq, small("a"), small("b", "Protected: yes"), ""].join("\n"));
    const whole = read(bytes);
    expect(whole.debs.map(({ name }) => name)).toEqual(["libpq5", "a", "b"]);
    for (const chunkBytes of [1, 2, 3, 7, 100]) expect(read(bytes, { chunkBytes })).toEqual(whole);
    const lines = Buffer.from(bytes.toString().replaceAll("\n", "\r\n"));
    expect(read(lines, { chunkBytes: 5 }).debs).toEqual(whole.debs);
  });

  const broken: readonly [string, string][] = [
    ["no name", "Version: 1\nArchitecture: all\n"],
    ["a name that is none", small("../x")],
    ["no version", "Package: x\nArchitecture: all\n"],
    ["an architecture that is none", "Package: x\nVersion: 1\nArchitecture: a/b\n"],
  ];
  it.each(broken)("passes over a record with %s and says so", (_, text) => {
    const found = read(Buffer.from([small("a"), text, small("b")].join("\n")));
    expect(found.debs.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(found.problemCount).toBe(1);
  });

  const odd: readonly [string, object][] = [
    ["Size: many", { downloadBytes: null }],
    [`Size: ${"9".repeat(30)}`, { downloadBytes: null }],
    ["SHA256: abc", { sha256: null }],
    ["Priority: urgent", { priority: "extra" }],
    ["Important: yes", { isProtected: true }],
    ["Essential: yes", { relations: { isEssential: true } }],
  ];
  it.each(odd)("reads %s", (field, expected) => {
    expect(read(Buffer.from(small("a", field))).debs).toMatchObject([expected]);
  });

  it("numbers names as they are first met, in a record or in a relation", () => {
    const text = [
      small("a", "Depends: c (>= 1) | d", "Suggests: b"),
      small("b"),
      small("c"),
      small("e"),
    ];
    const { debs } = read(Buffer.from(text.join("\n")));
    const numbers = debs.map(({ name, place, mention }) => [name, place, mention]);
    expect(numbers).toEqual([
      ["a", 0, 0],
      ["b", 1, 3],
      ["c", 2, 1],
      ["e", 3, 4],
    ]);
  });

  it("stops at a record, and at a count of records, beyond the budget", () => {
    const limits = { recordBytes: 1000, records: 3 };
    const many = Buffer.from([1, 2, 3, 4].map((at) => small(`p${at}`)).join("\n"));
    const long = Buffer.from(small("a", `Depends: ${"x, ".repeat(1000)}`));
    expect(() => read(many, { limits })).toThrow(OverLimitError);
    expect(() => read(long, { limits, chunkBytes: 100 })).toThrow(OverLimitError);
    expect(read(many.subarray(0, many.lastIndexOf("\n\n") + 2), { limits }).debs.length).toBe(3);
  });

  it("never throws anything else, whatever the bytes", () => {
    const bytes = Buffer.from([libpq, small("a"), small("b")].join("\n"));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const changed = Buffer.from(bytes);
        changed[at] = value;
        expect(read(changed, { chunkBytes: 64 }).debs.length).toBeGreaterThanOrEqual(1);
      }),
    );
  });
});
