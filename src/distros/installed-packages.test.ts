import { describe, expect, it } from "vitest";
import { type MemoryFile, memoryRootfs } from "../../test/memory-rootfs.ts";
import { installedPackages } from "./installed-packages.ts";

const apk = { "/lib/apk/db/installed": "P:a\nV:1\n" };
const dpkg = {
  "/var/lib/dpkg/status": "Package: d1\nVersion: 1\n\nPackage: d2\nVersion: 1\n",
  "/var/lib/dpkg/info/d1.list": "/.\n",
  "/var/lib/dpkg/info/d2.list": "/.\n",
};

describe("installedPackages() chooses the database that counts", () => {
  const rows: readonly [string, Readonly<Record<string, MemoryFile>>, string, readonly string[]][] =
    [
      ["none", {}, "none", ["none"]],
      ["the only one", apk, "apk", ["apk"]],
      ["of two the one with more packages", { ...apk, ...dpkg }, "dpkg", ["dpkg", "apk"]],
      [
        "of two the one that os-release speaks for",
        { ...apk, ...dpkg, "/etc/os-release": "ID=wolfi\n" },
        "apk",
        ["apk", "dpkg"],
      ],
      [
        "by family of the distribution",
        { ...apk, ...dpkg, "/etc/os-release": "ID=mine\nID_LIKE='x alpine'\n" },
        "apk",
        ["apk", "dpkg"],
      ],
      [
        "one with packages before an empty one, whatever os-release says",
        { ...apk, "/var/lib/dpkg/status": "", "/etc/os-release": "ID=debian\n" },
        "apk",
        ["apk", "dpkg"],
      ],
      ["an empty one before none", { "/var/lib/dpkg/status": "" }, "dpkg", ["dpkg"]],
    ];
  it.each(rows)("%s", (_, files, manager, databases) => {
    const found = installedPackages(memoryRootfs(files));
    expect(found.manager).toBe(manager);
    expect(found.databases.map((one) => one.manager)).toEqual(databases);
    expect(found.packages).toBe(found.databases[0].packages);
  });

  it("keeps the problems of all databases", () => {
    const files = { ...apk, "/var/lib/dpkg/status": "Package: x\n" };
    expect(installedPackages(memoryRootfs(files)).problems).toMatchObject([
      { kind: "malformed", what: "/var/lib/dpkg/status" },
    ]);
  });

  it("reads the distribution through its link", () => {
    const files = {
      "/etc/os-release": { link: "../usr/lib/os-release" },
      "/usr/lib/os-release": 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"\n',
    };
    expect(installedPackages(memoryRootfs(files)).distro).toEqual({
      id: "debian",
      idLike: [],
      version: "12",
      prettyName: "Debian 12",
    });
  });
});
