import { describe, expect, it } from "vitest";
import { parseApkRepositories } from "./repositories.ts";

const read = (text: string): ReturnType<typeof parseApkRepositories> =>
  parseApkRepositories(text, "x86_64");

describe("parseApkRepositories()", () => {
  const rows: readonly [string, readonly object[]][] = [
    ["https://a/v3.20/main\n", [{ address: "https://a/v3.20/main", kind: "v2", tag: null }]],
    ["# https://a\n\n", []],
    ["@edge  https://a/edge/main/", [{ address: "https://a/edge/main", kind: "v2", tag: "edge" }]],
    ["/media/cdrom/apks", [{ address: "/media/cdrom/apks" }]],
    ["file:///srv/apk\r\n", [{ address: "file:///srv/apk" }]],
    [
      "v3 https://a/x main community",
      [{ address: "https://a/x/main", kind: "v3" }, { address: "https://a/x/community" }],
    ],
    [
      "ndx https://a/x/APKINDEX.tar.gz",
      [{ kind: "index", address: "https://a/x/APKINDEX.tar.gz" }],
    ],
    ["https://a/Packages.adb", [{ kind: "index" }]],
    ["set m=https://a\nv2 ${m}/${APK_ARCH}", [{ address: "https://a/x86_64" }]],
    ["set m=https://a\nset -default m=https://b\n${m}/c", [{ address: "https://a/c" }]],
  ];
  it.each(rows)("%j", (text, expected) => {
    const { records, problems } = read(text);
    expect(problems).toEqual([]);
    expect(records).toMatchObject(expected);
    expect(records.length).toBe(expected.length);
  });

  const broken = [
    "main",
    "@edge",
    "@ https://a",
    "v2",
    "${x}/a",
    "set APK_ARCH=y",
    "set 1=2",
    "set x",
  ];
  it.each(broken)("names %j and goes on", (line) => {
    const { records, problems } = read(`${line}\nhttps://b`);
    expect(problems.length).toBe(1);
    expect(records).toMatchObject([{ address: "https://b" }]);
  });

  it("stops where variables and components make too many, or too long addresses", () => {
    const many = `https://a ${Array.from({ length: 2000 }, (_, at) => `c${at}`).join(" ")}`;
    expect(read(many)).toMatchObject({ problems: [{ kind: "over-limit" }] });
    const doubling = Array.from({ length: 40 }, () => "set x=${x}${x}").join("\n");
    const { problems } = read(`set x=https://a\n${doubling}\n`);
    expect(problems.length).toBeGreaterThan(20);
  });
});
