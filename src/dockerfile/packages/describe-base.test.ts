import { describe, expect, it } from "vitest";
import type { BaseInfo } from "../../model/base.ts";
import { memoryRootfs, type MemoryFile } from "../../../test/memory-rootfs.ts";
import { describePackageBase } from "./describe-base.ts";

const info: BaseInfo = {
  id: "a",
  reference: "a",
  platform: "linux/amd64",
  measurement: { kind: "measured", digest: null, date: "2026-11-25", source: "made" },
  compressedBytes: null,
  unpackedBytes: 0,
  distro: { id: "debian", version: "12" },
  libc: null,
  shell: "/bin/sh",
  packageManager: "apt-get",
  user: "app",
  packages: null,
  cpuLevel: "x86-64-v1",
  support: null,
};

function describeFiles(files: Readonly<Record<string, MemoryFile>>) {
  return describePackageBase(info, memoryRootfs(files));
}

describe("describePackageBase()", () => {
  it("takes what the table of the base says", () => {
    expect(describeFiles({})).toEqual({
      platform: "linux/amd64",
      user: "app",
      packageManager: "apt-get",
      folderLinks: [],
      hasLoaderCache: false,
      dpkgDatabase: "status.d",
      release: "12",
      hasShell: true,
    });
  });

  it("finds links to folders near the root, where they really lead", () => {
    const { folderLinks } = describeFiles({
      "/usr/lib/a": "",
      "/usr/lib64": { link: "lib" },
      "/lib64": { link: "usr/lib64" },
      "/lib": { link: "usr/lib" },
      "/run/x": "",
      "/var/run": { link: "/run" },
      "/etc/os-release": { link: "../usr/lib/a" },
      "/etc/lost": { link: "nowhere" },
      "/all": { link: "/" },
      "/odd $(x)": { link: "usr" },
      "/usr/share/doc/a": { link: "/usr/lib" },
    });
    expect(folderLinks).toEqual([
      { path: "/lib", target: "/usr/lib" },
      { path: "/lib64", target: "/usr/lib" },
      { path: "/usr/lib64", target: "/usr/lib" },
      { path: "/var/run", target: "/run" },
    ]);
  });

  it.each([
    ["one file", { "/var/lib/dpkg/status": "Package: a\n" }, "status"],
    ["one file through a link", { "/var/lib/dpkg": { link: "/d" }, "/d/status": "x" }, "status"],
    ["an empty file beside one per package", { "/var/lib/dpkg/status": "" }, "status.d"],
    ["one per package", { "/var/lib/dpkg/status.d/a": "Package: a\n" }, "status.d"],
  ] as const)("a dpkg database in %s", (_, files, expected) => {
    expect(describeFiles(files).dpkgDatabase).toBe(expected);
  });

  it("a cache of libraries", () => {
    expect(describeFiles({ "/etc/ld.so.cache": "x" }).hasLoaderCache).toBe(true);
  });
});
