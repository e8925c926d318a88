import { describe, expect, it } from "vitest";
import { expandRepoVariables, parseIniBoolean, parseRepoFile } from "./repo-file.ts";

const text = `# a comment
[main]
gpgcheck=1

[baseos]
name = Base $releasever ; not a comment
baseurl = https://example.com/$releasever/$basearch,
\thttps://example.org/\${basearch}/ file:///srv/repo
  # a line that goes on
enabled=1
gpgcheck=yes
repo_gpgcheck = 1
gpgkey=file:///etc/pki/rpm-gpg/KEY-1
\tfile:///etc/pki/rpm-gpg/KEY-2
priority=10
exclude=kernel* java-?
[off]
metalink=https://example.com/metalink?repo=x&arch=$basearch
enabled=0
[baseos]
name=Base again
nonsense
`;

describe("parseRepoFile()", () => {
  it("reads repositories, of a section that comes again both parts", () => {
    const { records, problems } = parseRepoFile(text);
    expect(records).toMatchObject([
      {
        id: "baseos",
        name: "Base again",
        baseUrls: [
          "https://example.com/$releasever/$basearch",
          "https://example.org/${basearch}/",
          "file:///srv/repo",
          "#",
          "a",
          "line",
          "that",
          "goes",
          "on",
        ],
        isEnabled: true,
        checksPackages: true,
        checksIndex: true,
        keyUrls: ["file:///etc/pki/rpm-gpg/KEY-1", "file:///etc/pki/rpm-gpg/KEY-2"],
        priority: 10,
        excludes: ["kernel*", "java-?"],
      },
      { id: "off", isEnabled: false, checksIndex: null, priority: 99, baseUrls: [] },
    ]);
    expect(problems).toMatchObject([{ kind: "malformed", reason: 'No setting: "nonsense"' }]);
  });

  it("names what stands before the first section, and a line that goes on with nothing", () => {
    const { records, problems } = parseRepoFile("a=1\n  b\n[x]\n  c\nbaseurl=http://x/\n");
    expect(records).toMatchObject([{ id: "x", baseUrls: ["http://x/"] }]);
    expect(problems).toHaveLength(3);
  });

  it("reads a thousand sections at most", () => {
    const many = Array.from({ length: 1001 }, (_, index) => `[r${index}]\n`).join("");
    const { records, problems } = parseRepoFile(many);
    expect(records).toHaveLength(1000);
    expect(problems).toMatchObject([{ kind: "over-limit", limit: 1000 }]);
  });
});

describe("expandRepoVariables()", () => {
  const variables = new Map([
    ["releasever", "9"],
    ["odd", "$releasever"],
  ]);
  it.each([
    ["a/$releasever/b", "a/9/b"],
    ["a/${releasever}x/$RELEASEVER", "a/9x/9"],
    ["$unknown/${also}", "$unknown/${also}"],
    ["$odd", "$releasever"],
    ["100$", "100$"],
  ])("%s", (from, to) => {
    expect(expandRepoVariables(from, variables)).toBe(to);
  });
});

describe("parseIniBoolean()", () => {
  it.each([
    ["1", true],
    ["Yes", true],
    ["on", true],
    ["TRUE", true],
    ["0", false],
    ["no", false],
    ["2", null],
    ["", null],
    [undefined, null],
  ])("%s", (value, expected) => {
    expect(parseIniBoolean(value)).toBe(expected);
  });
});
