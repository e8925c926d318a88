import { zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { defaultBudgets } from "../../model/budgets.ts";
import { FormatError } from "../format-error.ts";
import { parseChiselManifest } from "./chisel.ts";

const head = { jsonwall: "1.0", schema: "1.0", count: 9 };
const libc = { kind: "package", name: "libc6", version: "2.39-0", sha256: "00", arch: "amd64" };
const pack = (...lines: readonly unknown[]): Buffer =>
  zstdCompressSync(
    lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join(""),
  );

describe("parseChiselManifest()", () => {
  it("reads packages with their slices and paths", () => {
    const found = parseChiselManifest(
      pack(
        head,
        { kind: "content", slice: "libc6_config", path: "/etc/ld.so.conf.d/" },
        { kind: "content", slice: "libc6_libs", path: "/etc/ld.so.conf.d/" },
        { kind: "content", slice: "libc6_libs", path: "/usr/lib/libc.so.6" },
        libc,
        { kind: "path", path: "/usr/lib/libc.so.6", mode: "0644", slices: ["libc6_libs"] },
        { kind: "slice", name: "libc6_config" },
        { kind: "slice", name: "libc6_libs" },
      ),
    );
    expect(found).toEqual({
      records: [
        {
          name: "libc6",
          version: "2.39-0",
          architecture: "amd64",
          slices: ["config", "libs"],
          files: ["/etc/ld.so.conf.d", "/usr/lib/libc.so.6"],
        },
      ],
      problems: [],
    });
  });

  const broken: readonly [string, unknown][] = [
    ["no JSON", "{"],
    ["no object", "[]"],
    ["a package without a version", { kind: "package", name: "a" }],
    ["a second package of the same name", { ...libc, version: "3" }],
    ["a slice of no package", { kind: "slice", name: "other_libs" }],
    ["paths of no package", { kind: "content", slice: "other_libs", path: "/x" }],
    ["a path that is not absolute", { kind: "content", slice: "libc6_libs", path: "x" }],
    ["no kind", { name: "a" }],
  ];
  it.each(broken)("loses %s alone, and says so", (_, line) => {
    const { records, problems } = parseChiselManifest(pack(head, libc, line));
    expect(records).toMatchObject([{ name: "libc6", version: "2.39-0", slices: [], files: [] }]);
    expect(problems.length).toBe(1);
  });

  const none: readonly [string, Buffer][] = [
    ["nothing", Buffer.alloc(0)],
    ["no zstd", Buffer.from("{}")],
    ["another JSON", pack({ a: 1 })],
  ];
  it.each(none)("refuses %s", (_, bytes) => {
    expect(() => parseChiselManifest(bytes)).toThrow(FormatError);
  });

  it("unpacks no more than its budget", () => {
    const bytes = pack(head, " ".repeat(10_000));
    const budgets = { ...defaultBudgets, textDatabaseBytes: 1000 };
    expect(() => parseChiselManifest(bytes, budgets)).toThrow(/1000 bytes/);
  });
});
