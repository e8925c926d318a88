import { describe, expect, it } from "vitest";
import { parseDeb822Sources, parseSourcesList, type AptSuite } from "./sources-list.ts";

const plain = { architectures: [], signedBy: null, isTrusted: null };
const debian = { ...plain, uri: "http://deb.debian.org/debian", suite: "bookworm" };

describe("parseSourcesList()", () => {
  const parse = (text: string) => parseSourcesList(Buffer.from(text), "amd64");

  it.each<readonly [string, string, readonly AptSuite[]]>([
    ["nothing", "", []],
    ["comments", "# deb http://a b c\n   \n", []],
    ["sources", "deb-src http://deb.debian.org/debian bookworm main\n", []],
    [
      "a suite",
      "deb http://deb.debian.org/debian/ bookworm main contrib # and a comment\n",
      [{ ...debian, components: ["main", "contrib"] }],
    ],
    [
      "options",
      "deb [ arch=amd64,arm64 signed-by=/a.gpg,/b.gpg trusted=yes lang=en ] http://deb.debian.org/debian bookworm main",
      [
        {
          ...debian,
          components: ["main"],
          architectures: ["amd64", "arm64"],
          signedBy: { kind: "named", files: ["/a.gpg", "/b.gpg"], fingerprints: [] },
          isTrusted: true,
        },
      ],
    ],
    [
      "a path of its own",
      "deb https://example.org/apt ./\ndeb http://example.org/apt $(ARCH)/\n",
      [
        { ...plain, uri: "https://example.org/apt", suite: "./", components: [] },
        { ...plain, uri: "http://example.org/apt", suite: "amd64/", components: [] },
      ],
    ],
    [
      "tabs and options that add",
      "deb\t[arch+=i386]\thttp://deb.debian.org/debian\tbookworm\tmain",
      [{ ...debian, components: ["main"], architectures: ["i386"] }],
    ],
  ])("reads %s", (_name, text, expected) => {
    expect(parse(text)).toEqual({ records: expected, problems: [] });
  });

  it.each([
    ["no suite", "deb http://a\n", { kind: "malformed" }],
    ["no component", "deb http://a stable\n", { kind: "malformed" }],
    ["a path with components", "deb http://a ./ main\n", { kind: "malformed" }],
    ["mirrors", "deb mirror+https://a/list stable main\n", { kind: "unsupported" }],
    [
      "a file with mirrors",
      "deb mirror+file:/etc/apt/mirrors stable main\n",
      { kind: "unsupported" },
    ],
    ["a disc", "deb cdrom:[Debian]/ stable main\n", { kind: "unsupported" }],
    ["options without an end", "deb [arch=amd64 http://a stable main\n", { kind: "malformed" }],
  ])("tells %s and goes on", (_name, text, problem) => {
    const { records, problems } = parse(`${text}deb http://b c d\n`);
    expect(problems).toMatchObject([problem]);
    expect(records).toEqual([{ ...plain, uri: "http://b", suite: "c", components: ["d"] }]);
  });
});

describe("parseDeb822Sources()", () => {
  const parse = (text: string) => parseDeb822Sources(Buffer.from(text), "amd64");
  const head =
    "Types: deb\nURIs: http://deb.debian.org/debian\nSuites: bookworm\nComponents: main\n";
  const one = { ...debian, components: ["main"] };

  it.each<readonly [string, string, readonly AptSuite[]]>([
    ["nothing", "", []],
    ["one", head, [one]],
    ["one that is off", `${head}Enabled: no\n`, []],
    ["sources", head.replace("deb\n", "deb-src\n"), []],
    ["one marked as trusted", `${head}Trusted: yes\n`, [{ ...one, isTrusted: true }]],
    [
      "several",
      head.replace("bookworm", "bookworm bookworm-updates").replace("deb\n", "deb deb-src\n"),
      [one, { ...one, suite: "bookworm-updates" }],
    ],
    [
      "a keyring",
      `${head}Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n`,
      [
        {
          ...one,
          signedBy: {
            kind: "named",
            files: ["/usr/share/keyrings/debian-archive-keyring.gpg"],
            fingerprints: [],
          },
        },
      ],
    ],
    [
      "a fingerprint",
      `${head}Signed-By: b8b80b5b623eab6ad8775c45b7c5d7d6350947f8!\n`,
      [
        {
          ...one,
          signedBy: {
            kind: "named",
            files: [],
            fingerprints: ["B8B80B5B623EAB6AD8775C45B7C5D7D6350947F8!"],
          },
        },
      ],
    ],
    [
      "a key",
      `${head}Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mDME\n -----END PGP PUBLIC KEY BLOCK-----\n`,
      [
        {
          ...one,
          signedBy: {
            kind: "key",
            armored:
              "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDME\n-----END PGP PUBLIC KEY BLOCK-----\n",
          },
        },
      ],
    ],
    [
      "lists over several lines",
      "Types: deb\nURIs:\n http://a\n http://b/\nSuites: c\nComponents: d\n e\nArchitectures: arm64 amd64\n",
      [
        {
          ...plain,
          uri: "http://a",
          suite: "c",
          components: ["d", "e"],
          architectures: ["arm64", "amd64"],
        },
        {
          ...plain,
          uri: "http://b",
          suite: "c",
          components: ["d", "e"],
          architectures: ["arm64", "amd64"],
        },
      ],
    ],
  ])("reads %s", (_name, text, expected) => {
    expect(parse(text)).toEqual({ records: expected, problems: [] });
  });

  it("tells a paragraph without suites and goes on", () => {
    const { records, problems } = parse(`Types: deb\nURIs: http://a\n\n${head}`);
    expect([records, problems]).toMatchObject([[one], [{ kind: "malformed" }]]);
  });

  it("is not a thousand times as long as what is written", () => {
    const many = Array.from({ length: 2000 }, (_, at) => `http://${at}`).join(" ");
    const suites = Array.from({ length: 2000 }, (_, at) => `s${at}`).join(" ");
    const { records } = parse(`Types: deb\nURIs: ${many}\nSuites: ${suites}\nComponents: main\n`);
    expect(records).toHaveLength(1000);
  });
});
