import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDpkgStatus } from "./status.ts";

const libc = "Package: libc6\nStatus: install ok installed\nVersion: 2.36-9\nArchitecture: amd64\n";

const read = (text: string): ReturnType<typeof parseDpkgStatus> =>
  parseDpkgStatus(Buffer.from(text));
const namesIn = (text: string): readonly string[] => read(text).records.map(({ name }) => name);

describe("parseDpkgStatus() reads what is installed", () => {
  const base = {
    name: "libc6",
    version: "2.36-9",
    architecture: "amd64",
    relations: null,
    installedBytes: null,
  };
  const rows: readonly [string, string, object][] = [
    ["a plain paragraph", libc, { source: null, sourceVersion: null }],
    ["a source", `${libc}Source: glibc\n`, { source: "glibc", sourceVersion: null }],
    [
      "a source with its version",
      `${libc}Source: glibc (1:2.36-8)\n`,
      { source: "glibc", sourceVersion: "1:2.36-8" },
    ],
    ["its size", `${libc}Installed-Size: 12\n`, { installedBytes: 12 * 1024 }],
    [
      "relations, folded ones in one line",
      `${libc}Depends: a (>= 1) | b,\n c\nPre-Depends: d\nBreaks: e\nMulti-Arch: same\nEssential: yes\n`,
      {
        relations: {
          depends: "a (>= 1) | b, c",
          preDepends: "d",
          breaks: "e",
          multiArch: "same",
          isEssential: true,
        },
      },
    ],
    ["Multi-Arch: no as nothing", `${libc}Multi-Arch: no\nEssential: no\n`, {}],
    ["CR LF", libc.replaceAll("\n", "\r\n"), {}],
    ["no line end at the end", libc.trimEnd(), {}],
    ["keys in any case", libc.replace("Version", "vERSION"), {}],
    ["empty lines before and after", `\n\n${libc}\n\n`, {}],
    [
      "continuation lines, one of blanks alone",
      `${libc}Description: x\n Version: 9\n \n\tPackage: no\n`,
      {},
    ],
  ];
  it.each(rows)("%s", (_, text, expected) => {
    const { records, problems } = read(text);
    expect(problems).toEqual([]);
    expect(records).toEqual([{ ...base, source: null, sourceVersion: null, ...expected }]);
  });

  const states: readonly [string, boolean][] = [
    ["install ok installed", true],
    ["hold ok installed", true],
    ["install ok unpacked", true],
    ["install ok half-configured", true],
    ["install ok triggers-awaited", true],
    ["install ok triggers-pending", true],
    ["deinstall ok config-files", false],
    ["purge ok not-installed", false],
    ["install reinstreq half-installed", false],
  ];
  it.each(states)("Status: %s", (status, isThere) => {
    const { records, problems } = read(libc.replace("install ok installed", status));
    expect(records.length).toBe(isThere ? 1 : 0);
    expect(problems).toEqual([]);
  });

  it("takes the same package of two architectures as two", () => {
    expect(namesIn(`${libc}\n${libc.replace("amd64", "i386")}`)).toEqual(["libc6", "libc6"]);
  });

  it("takes a paragraph without Status, as status.d has it, as installed", () => {
    expect(namesIn("Package: libssl1.1\nVersion: 1.1.1w-0\n")).toEqual(["libssl1.1"]);
  });
});

describe("parseDpkgStatus() loses only what is broken, and says so", () => {
  const good = "Package: ok\nVersion: 1\n";
  const rows: readonly [string, string, readonly string[]][] = [
    ["no package name", `Version: 1\n\n${good}`, ["ok"]],
    ["a name that is none", `Package: a b\nVersion: 1\n\n${good}`, ["ok"]],
    ["no version", `Package: a\n\n${good}`, ["ok"]],
    ["a version with a blank", `Package: a\nVersion: 1 2\n\n${good}`, ["ok"]],
    ["a line that is no field", `Package: a\nVersion: 1\n<<<<\n\n${good}`, ["a", "ok"]],
    [
      "a field twice: the first counts",
      `Package: a\nVersion: 1\nVersion: 2\n\n${good}`,
      ["a", "ok"],
    ],
    ["a size that is none", `Package: a\nVersion: 1\nInstalled-Size: x\n\n${good}`, ["a", "ok"]],
    ["the same package twice: the first counts", `${good}\n${good}`, ["ok"]],
    ["an unknown status", `Package: a\nVersion: 1\nStatus: x\n\n${good}`, ["a", "ok"]],
    ["continuation without a field", ` x\n\n${good}`, ["ok"]],
  ];
  it.each(rows)("%s", (_, text, names) => {
    expect(namesIn(text)).toEqual(names);
    expect(read(text).problems.length).toBeGreaterThan(0);
  });

  it("begins a paragraph at a second Package", () => {
    expect(namesIn(`Package: a\nVersion: 1\n${good}`)).toEqual(["a", "ok"]);
  });

  it("tells a bounded number of problems and counts the others", () => {
    const { problems } = read("x\n".repeat(10_000));
    expect(problems.length).toBe(51);
    expect(problems.at(-1)).toMatchObject({ reason: expect.stringMatching(/^99\d\d more/) });
  });

  it("names the place of a problem", () => {
    expect(read(`${good}\nPackage: a\n`).problems).toMatchObject([
      { kind: "malformed", offsetBytes: good.length + 1 },
    ]);
  });
});

describe("parseDpkgStatus() on any bytes", () => {
  it("never throws, and every byte that changes costs two paragraphs at most", () => {
    const text = Array.from({ length: 20 }, (_, at) => `Package: p${at}\nVersion: ${at}\n`);
    const bytes = Buffer.from(text.join("\n"));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const changed = Buffer.from(bytes);
        changed[at] = value;
        expect(parseDpkgStatus(changed).records.length).toBeGreaterThanOrEqual(18);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (any) => {
        expect(parseDpkgStatus(any).records.length).toBeLessThan(any.length + 1);
      }),
    );
  });
});
