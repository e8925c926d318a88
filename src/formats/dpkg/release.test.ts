import { describe, expect, it } from "vitest";
import { FormatError } from "../format-error.ts";
import { parseRelease, type Release } from "./release.ts";

const sum = "a".repeat(64);
const long = "B".repeat(128);
const parse = (text: string): Release => parseRelease(Buffer.from(text));
const files = (text: string): readonly string[] =>
  [...parse(text).files].map(([path, { sizeBytes, digest }]) => `${path} ${sizeBytes} ${digest}`);

describe("parseRelease()", () => {
  it("reads what a suite says of itself", () => {
    const { files: listed, ...rest } = parse(
      [
        "Origin: Debian",
        "Suite: oldstable",
        "Version: 12.15",
        "Codename: bookworm",
        "Date: Sat, 11 Jul 2026 10:16:37 UTC",
        "Valid-Until: Sat, 18 Jul 2026 10:16:37 UTC",
        "Acquire-By-Hash: yes",
        "NotAutomatic: yes",
        "ButAutomaticUpgrades: yes",
        "No-Support-for-Architecture-all: Packages",
        "Architectures: all amd64",
        "Components: main contrib",
        "SHA256:",
        ` ${sum}  8790396 main/binary-amd64/Packages.xz`,
        "",
      ].join("\n"),
    );
    expect(rest).toEqual({
      origin: "Debian",
      suite: "oldstable",
      codename: "bookworm",
      version: "12.15",
      date: "2026-07-11T10:16:37.000Z",
      validUntil: "2026-07-18T10:16:37.000Z",
      components: ["main", "contrib"],
      architectures: ["all", "amd64"],
      hasByHash: true,
      isNotAutomatic: true,
      hasAutomaticUpgrades: true,
      repeatsAll: true,
    });
    expect([...listed]).toEqual([
      ["main/binary-amd64/Packages.xz", { sizeBytes: 8790396, digest: `sha256:${sum}` }],
    ]);
  });

  it.each<readonly [string, string, readonly string[]]>([
    ["a tab", `SHA256:\n\t${sum}\t1\ta/b\n`, [`a/b 1 sha256:${sum}`]],
    ["sha512 alone", `SHA512:\n ${long} 1 a\n`, [`a 1 sha512:${long.toLowerCase()}`]],
    ["both", `SHA512:\n ${long} 1 a\nSHA256:\n ${sum} 1 a\n`, [`a 1 sha256:${sum}`]],
    [
      "broken lines",
      `SHA256:\n x 1 a\n ${sum} -1 b\n ${sum} 2\n ${sum} 1 c\n`,
      [`c 1 sha256:${sum}`],
    ],
    [
      "ways out of the suite",
      `SHA256:\n ${sum} 1 ../a\n ${sum} 1 /etc/a\n ${sum} 1 a/../../b\n ${sum} 1 a//b\n ${sum} 1 d\n`,
      [`d 1 sha256:${sum}`],
    ],
    ["CR LF", `SHA256:\r\n ${sum} 1 a\r\n`, [`a 1 sha256:${sum}`]],
  ])("lists files with %s", (_name, text, expected) => {
    expect(files(text)).toEqual(expected);
  });

  it.each([
    ["nothing", ""],
    ["no sums", "Suite: stable\n"],
    ["MD5 and SHA-1 alone", `MD5Sum:\n ${"a".repeat(32)} 1 a\nSHA1:\n ${"a".repeat(40)} 1 a\n`],
    ["a web page", "<html><body>Not Found</body></html>"],
  ])("throws FormatError for %s", (_name, text) => {
    expect(() => parse(text)).toThrow(FormatError);
  });

  it.each([
    ["Sat, 11 Jul 2026 10:16:37 UTC", "2026-07-11T10:16:37.000Z"],
    ["Sat, 11 Jul 2026 10:16:37 +0000", "2026-07-11T10:16:37.000Z"],
    ["Sat,  1 Aug 2026  9:16:37 GMT", "2026-08-01T09:16:37.000Z"],
    ["2026-07-11", null],
    ["tomorrow", null],
    ["Sat, 11 Foo 2026 10:16:37 UTC", null],
  ])("reads the date %s", (text, expected) => {
    expect(parse(`Date: ${text}\nSHA256:\n ${sum} 1 a\n`).date).toBe(expected);
  });
});
