import { describe, expect, it } from "vitest";
import { parseContainerManifest } from "./container-manifest.ts";

const read = (text: string): ReturnType<typeof parseContainerManifest> =>
  parseContainerManifest(Buffer.from(text));

/** As `rpm -qa --qf` wrote it: times and vendor do not count. */
const line = (fields: readonly [string, string, string, string, string, string, string]): string =>
  [fields[0], fields[1], "1706000000", "1705000000", "Microsoft", ...fields.slice(2)].join("\t");

describe("parseContainerManifest()", () => {
  const source = "glibc-2.35-6.cm2.src.rpm";
  const common = { name: "glibc", files: [], sourceRpm: source, architecture: "x86_64" };
  const rows: readonly [string, string, object][] = [
    [
      "a package",
      line(["glibc", "2.35-6.cm2", "(none)", "11000", "x86_64", "0", source]),
      { ...common, version: "2.35-6.cm2", installedBytes: 11_000 },
    ],
    [
      "an epoch",
      line(["glibc", "2.35-6.cm2", "1", "0", "x86_64", "1", source]),
      { ...common, version: "1:2.35-6.cm2", installedBytes: 0 },
    ],
    [
      "an epoch that only the number says",
      line(["glibc", "2.35-6.cm2", "(none)", "?", "x86_64", "3", source]),
      { ...common, version: "3:2.35-6.cm2" },
    ],
    [
      "no architecture, no source",
      line(["glibc", "1-2", "(none)", "1", "(none)", "0", "(none)"]),
      {
        name: "glibc",
        version: "1-2",
        architecture: null,
        sourceRpm: null,
        installedBytes: 1,
        files: [],
      },
    ],
  ];
  it.each(rows)("%s", (_, text, expected) => {
    expect(read(`${text}\n`)).toEqual({ records: [expected], problems: [] });
  });

  it("passes over public keys and empty lines", () => {
    const key = line(["gpg-pubkey", "1-2", "(none)", "0", "(none)", "0", "(none)"]);
    expect(read(`\n${key}\n\n`)).toEqual({ records: [], problems: [] });
  });

  it.each([
    ["too few columns", "a\t1-2\t3"],
    ["no name", line(["", "1-2", "(none)", "1", "x", "0", "s"])],
    ["no release", line(["a", "1", "(none)", "1", "x", "0", "s"])],
    ["an epoch that is no number", line(["a", "1-2", "x", "1", "x", "0", "s"])],
  ])("loses only the line with %s, and says so", (_, text) => {
    const sound = line(["b", "1-2", "(none)", "1", "x", "0", "s"]);
    const { records, problems } = read(`${text}\n${sound}\n`);
    expect(records.map(({ name }) => name)).toEqual(["b"]);
    expect(problems).toMatchObject([{ kind: "malformed", offsetBytes: 0 }]);
  });
});
