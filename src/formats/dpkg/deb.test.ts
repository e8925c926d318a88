import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { FormatError } from "../format-error.ts";
import { fromBytes } from "../random-access.ts";
import { parseArMembers } from "./ar.ts";
import { parseDeb } from "./deb.ts";
import { readControlPart } from "./read-control.ts";

/** A member with its header, padded. */
function member(name: string, content: string, size = String(content.length)): string {
  const header = `${name.padEnd(16)}0           0     0     100644  ${size.padEnd(10)}\`\n`;
  return header + content + (content.length % 2 === 1 ? "\n" : "");
}
const magic = "!<arch>\n";
const binary = member("debian-binary", "2.0\n");
const archive = (...members: readonly string[]): ReturnType<typeof fromBytes> =>
  fromBytes(Buffer.from(magic + members.join(""), "latin1"));

describe("parseArMembers()", () => {
  it("lists members in order, with their places", () => {
    const file = archive(member("a", "x"), member("b/", "yz"));
    expect(parseArMembers(file)).toEqual([
      { name: "a", offsetBytes: 68, sizeBytes: 1 },
      { name: "b", offsetBytes: 130, sizeBytes: 2 },
    ]);
  });

  const bad: readonly [string, string, RegExp][] = [
    ["another file", "\x7fELF", /no ar archive/],
    ["a cut header", `${magic}abc`, /header is cut/],
    ["no header", magic + "x".repeat(60), /no member begins/],
    ["a size that is none", magic + member("a", "", "-1"), /no number/],
    ["a member that is cut", magic + member("a", "x", "99"), /99 bytes has 2 left/],
    ["too many", magic + member("a", "").repeat(1001), /more than 1000/],
  ];
  it.each(bad)("refuses %s", (_, text, reason) => {
    expect(() => parseArMembers(fromBytes(Buffer.from(text, "latin1")))).toThrow(reason);
  });
});

describe("parseDeb()", () => {
  it("finds the parts by their names, with others between and after", () => {
    const file = archive(
      binary,
      member("control.tar.zst", "c"),
      member("_gpgorigin", "g"),
      member("data.tar", "dd"),
      member("more", ""),
    );
    expect(parseDeb(file)).toMatchObject({
      control: { lengthBytes: 1, compression: "zstd" },
      data: { lengthBytes: 2, compression: "none" },
    });
  });

  const bad: readonly [string, readonly string[], RegExp][] = [
    ["no debian-binary", [member("control.tar", "")], /first member/],
    ["another version", [member("debian-binary", "3.0\n")], /version 2/],
    ["no data", [binary, member("control.tar", "")], /no data\.tar/],
    ["parts in the wrong order", [binary, member("data.tar", "")], /where control\.tar/],
    [
      "a compression that is not read",
      [binary, member("control.tar", ""), member("data.tar.bz2", "")],
      /data\.tar\.bz2/,
    ],
  ];
  it.each(bad)("refuses %s", (_, members, reason) => {
    expect(() => parseDeb(archive(...members))).toThrow(FormatError);
    expect(() => parseDeb(archive(...members))).toThrow(reason);
  });
});

const hasDpkgDeb = spawnSync("dpkg-deb", ["--version"]).status === 0;
const withoutDpkgDeb = hasDpkgDeb ? "" : " (skipped: there is no dpkg-deb)";

describe(`what dpkg-deb builds${withoutDpkgDeb}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "fromage-deb-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.skipIf(!hasDpkgDeb).each(["none", "gzip", "xz", "zstd"])("with %s", async (compression) => {
    const root = join(folder, compression);
    mkdirSync(join(root, "DEBIAN"), { recursive: true });
    mkdirSync(join(root, "usr"));
    const control = "Package: a\nVersion: 1\nArchitecture: all\nMaintainer: x\nDescription: x\n";
    writeFileSync(join(root, "DEBIAN/control"), control);
    const built = spawnSync("dpkg-deb", ["--uniform-compression", `-Z${compression}`, "-b", root]);
    expect(built.status, String(built.stderr)).toBe(0);
    const bytes = readFileSync(`${root}.deb`);
    const parts = parseDeb(fromBytes(bytes));
    expect(parts.data.compression).toBe(compression);
    const { offsetBytes, lengthBytes } = parts.control;
    const part = bytes.subarray(offsetBytes, offsetBytes + lengthBytes);
    const files = await readControlPart(
      { bytes: part, compression: parts.control.compression },
      new Set(["control", "postinst"]),
    );
    expect([...files].map(([name, text]) => [name, String(text)])).toEqual([["control", control]]);
  });
});

describe("readControlPart()", () => {
  it("refuses what is no archive, and what is too big", async () => {
    const part = (bytes: Uint8Array): { bytes: Uint8Array; compression: "none" } => ({
      bytes,
      compression: "none",
    });
    const wanted = new Set(["control"]);
    await expect(readControlPart(part(Buffer.alloc(512, "x")), wanted)).rejects.toThrow(
      FormatError,
    );
    const big = readControlPart(part(Buffer.alloc(4096)), wanted, { controlBytes: 1000 });
    await expect(big).rejects.toThrow(/1000 bytes/);
  });
});
