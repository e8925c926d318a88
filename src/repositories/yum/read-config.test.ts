import { describe, expect, it } from "vitest";
import { yumRootfs } from "../../../test/repositories/yum/tools.ts";
import { parseOsRelease } from "../../formats/os-release.ts";
import type { InstalledPackage } from "../../image/layer-facts.ts";
import { readYumConfig } from "./read-config.ts";
import { findReleaseVersion } from "./release-version.ts";

const given = new Map([
  ["releasever", "9"],
  ["basearch", "x86_64"],
]);

describe("readYumConfig()", () => {
  it("reads the enabled repositories of all files, in their order, with the main settings", () => {
    const rootfs = yumRootfs(
      "[b]\nname=B $releasever\nbaseurl=http://b/$basearch\n[off]\nenabled=0\n",
      {
        "/etc/yum.repos.d/another.repo": "[a]\nmirrorlist=http://a/$stream\nrepo_gpgcheck=0\n",
        "/etc/yum.repos.d/a.repo.bak": "[no]\nbaseurl=http://no/\n",
        "/etc/dnf/dnf.conf": "[main]\nbest=True\nrepo_gpgcheck=1\nexclude=kernel*, x\n",
        "/etc/yum/vars/stream": "old\n",
        "/etc/dnf/vars/stream": "9-stream\nmore\n",
      },
    );
    const { repositories, isBestWanted, problems } = readYumConfig(rootfs, given);
    expect(problems).toEqual([]);
    expect(isBestWanted).toBe(true);
    expect(repositories).toMatchObject([
      {
        id: "a",
        name: "a",
        mirrorList: "http://a/9-stream",
        checksIndex: false,
        excludes: ["kernel*", "x"],
      },
      { id: "b", name: "B 9", baseUrls: ["http://b/x86_64"], checksIndex: true },
    ]);
  });

  it("names lines that it cannot read", () => {
    expect(readYumConfig(yumRootfs("nonsense\n"), given).problems).toMatchObject([
      { kind: "malformed", what: "/etc/yum.repos.d/test.repo" },
    ]);
  });
});

const installed = (name: string, version: string, provides?: string): InstalledPackage => ({
  name,
  version,
  ...{ architecture: "noarch", source: null, files: [] },
  ...(provides === undefined ? {} : { relations: { provides } }),
});

describe("findReleaseVersion()", () => {
  const rows: readonly [string, readonly InstalledPackage[], string, string | null][] = [
    [
      "what the release package says the repositories are named by",
      [
        installed("bash", "5-1", "bash = 5-1"),
        installed(
          "redhat-release",
          "9.4-0.5.el9",
          "system-release = 9.4-0.5.el9\nsystem-release(releasever) = 9\nredhat-release = 9.4-0.5.el9",
        ),
      ],
      "ID=rhel\nVERSION_ID=9.4\n",
      "9",
    ],
    [
      "else its version",
      [installed("fedora-release", "41-30", "fedora-release = 41-30\nsystem-release = 41-30")],
      "",
      "41",
    ],
    ["else that of the system", [], "ID=fedora\nVERSION_ID=41\n", "41"],
    [
      "of Red Hat's likes its first number",
      [],
      'ID=rocky\nID_LIKE="rhel centos"\nVERSION_ID=9.4\n',
      "9",
    ],
    ["nothing", [installed("bash", "5-1")], "ID=x\n", null],
  ];
  it.each(rows)("is %s", (_, packages, text, expected) => {
    expect(findReleaseVersion(packages, text === "" ? null : parseOsRelease(text))).toBe(expected);
  });
});
