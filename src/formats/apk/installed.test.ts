import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseApkInstalled } from "./installed.ts";

const musl = `C:Q1xx=
P:musl
V:1.2.5-r0
A:x86_64
o:musl
F:lib
R:ld-musl-x86_64.so.1
a:0:0:755
Z:Q1yy=
R:libc.musl-x86_64.so.1
F:
R:at-the-root
F:etc/empty
`;
const record = {
  name: "musl",
  version: "1.2.5-r0",
  architecture: "x86_64",
  origin: "musl",
  checksum: "Q1xx=",
  downloadBytes: null,
  installedBytes: null,
  relations: {},
  files: ["/lib/ld-musl-x86_64.so.1", "/lib/libc.musl-x86_64.so.1", "/at-the-root"],
};
const read = (text: string): ReturnType<typeof parseApkInstalled> =>
  parseApkInstalled(Buffer.from(text));

describe("parseApkInstalled() reads records", () => {
  const rows: readonly [string, string, readonly object[]][] = [
    ["one", `${musl}\n`, [record]],
    ["one without an empty line after it", musl, [record]],
    ["CR LF", musl.replaceAll("\n", "\r\n"), [record]],
    ["two", `${musl}\n\n${musl.replace("P:musl", "P:b")}\n`, [record, { ...record, name: "b" }]],
    [
      "a virtual package without files",
      "P:.build-deps\nV:20260101.000000\n",
      [
        {
          name: ".build-deps",
          version: "20260101.000000",
          architecture: null,
          origin: null,
          checksum: null,
          downloadBytes: null,
          installedBytes: null,
          relations: {},
          files: [],
        },
      ],
    ],
    [
      "every letter that is kept",
      `${musl}S:1\nI:20\nD:a b>1 !c \np:so:x=1 cmd:y\ni:a b\nk:10\nr:old\nq:100\ns:@edge\nf:fs\n`,
      [
        {
          ...record,
          downloadBytes: 1,
          installedBytes: 20,
          relations: {
            depends: "a b>1 !c",
            provides: "so:x=1 cmd:y",
            installIf: "a b",
            providerPriority: 10,
            replaces: "old",
            replacesPriority: 100,
            tag: "edge",
            broken: "fs",
          },
        },
      ],
    ],
    ["what apko writes for nothing", `${musl}D:\np:\ni:[]\nk:0\n`, [record]],
    ["nothing", "", []],
  ];
  it.each(rows)("%s", (_, text, records) => {
    expect(read(text)).toEqual({ records, problems: [] });
  });
});

describe("parseApkInstalled() loses only what is broken, and says so", () => {
  const good = "P:ok\nV:1\n";
  const rows: readonly [string, string, readonly string[]][] = [
    ["no name", `V:1\n\n${good}`, ["ok"]],
    ["no version", `P:a\n\n${good}`, ["ok"]],
    ["a line without a letter", `P:a\nV:1\nxx\n\n${good}`, ["a", "ok"]],
    ["a file before any directory", `P:a\nV:1\nR:x\n\n${good}`, ["a", "ok"]],
    ["a file without a name", `P:a\nV:1\nF:x\nR:\n\n${good}`, ["a", "ok"]],
    ["a number that is none", `P:a\nV:1\nI:-5\n\n${good}`, ["a", "ok"]],
    ["a second record: the first counts", `${good}o:first\n\n${good}o:second\n`, ["ok"]],
    ["a name twice: the first counts", `P:a\nP:b\nV:1\n\n${good}`, ["a", "ok"]],
  ];
  it.each(rows)("%s", (_, text, names) => {
    const { records, problems } = read(text);
    expect(records.map(({ name }) => name)).toEqual(names);
    expect(problems.length).toBe(1);
  });

  it("does not spell out a long directory for each of its files", () => {
    const { records, problems } = read(`P:a\nV:1\nF:${"d".repeat(9000)}\n${"R:x\n".repeat(9000)}`);
    expect(records[0]?.files).toEqual([]);
    expect(problems.length).toBe(51);
  });

  it("never throws", () => {
    const any = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(any, (bytes) => {
        expect(parseApkInstalled(bytes).records.length).toBeLessThan(bytes.length + 1);
      }),
    );
    const lines = fc.array(fc.constantFrom("P:a", "V:1", "F:d", "R:f", "", "\r", "x", "F:", "R:"));
    fc.assert(
      fc.property(lines, (parts) => {
        expect(read(parts.join("\n")).records.length).toBeLessThanOrEqual(parts.length);
      }),
    );
  });
});
