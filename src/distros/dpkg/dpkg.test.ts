import { zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type MemoryFile, memoryRootfs } from "../../../test/memory-rootfs.ts";
import { testFamily } from "../contract.ts";
import { installedPackages } from "../installed-packages.ts";
import { indexOwnership } from "../ownership.ts";
import { dpkg } from "./dpkg.ts";

const folder = "/var/lib/dpkg";
const sum = "ecd1614862073aabcf70ede1767d8dea";
const one = "Package: one\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n";
const two = "Package: two\nVersion: 2\n";
const lists = {
  [`${folder}/info/one:amd64.list`]: "/.\n/bin\n/bin/one\n",
  [`${folder}/info/two.list`]: "/.\n/usr/bin/two\n",
};

testFamily({
  family: dpkg,
  database: { [`${folder}/status`]: `${one}\n${two}`, ...lists },
  broken: { [`${folder}/status`]: `${one.replace("Version", "Vision")}\n${two}`, ...lists },
  unreadable: {
    [`${folder}/status`]: { link: "/data/status" },
    "/data/status": one,
  },
});

const find = (files: Record<string, MemoryFile>): ReturnType<typeof dpkg.findPackages> =>
  dpkg.findPackages(memoryRootfs(files));

describe("dpkg.findPackages() of status.d", () => {
  const statusFolder = `${folder}/status.d`;
  it("joins each paragraph with the list of the same file name", () => {
    const found = find({
      [`${statusFolder}/libssl1`]: "Package: libssl1.1\nVersion: 1\n",
      [`${statusFolder}/libssl1.md5sums`]: `${sum}  usr/lib/libssl.so.1.1\n`,
      [`${statusFolder}/libdb5.3t64`]: "Package: libdb5.3t64\nVersion: 2\n",
      [`${statusFolder}/libdb5.3t64.md5sums`]: "",
      [`${statusFolder}/libdb5.3t64.preinst`]: "#!/bin/sh\n",
    });
    expect(found).toMatchObject({
      packages: [
        { name: "libdb5.3t64", files: [] },
        { name: "libssl1.1", files: ["/usr/lib/libssl.so.1.1"] },
      ],
      problems: [],
      omitsLinks: true,
    });
  });

  it("loses one broken file only, and names it", () => {
    const found = find({
      [`${statusFolder}/one`]: "\0\0\0",
      [`${statusFolder}/three`]: "",
      [`${statusFolder}/two`]: two,
      [`${statusFolder}/two.md5sums`]: "",
    });
    expect(found?.packages.map(({ name }) => name)).toEqual(["two"]);
    const named = new Set(found?.problems.map(({ what }) => what));
    expect(named).toEqual(new Set([`${statusFolder}/one`, `${statusFolder}/three`]));
  });

  it("stands beside a status file", () => {
    const found = find({
      [`${folder}/status`]: one,
      ...lists,
      [`${statusFolder}/two`]: two,
      [`${statusFolder}/two.md5sums`]: "",
    });
    expect(found?.packages.map(({ name }) => name)).toEqual(["one", "two"]);
  });

  it("is told when it is behind a link and was not read", () => {
    const found = find({ [statusFolder]: { link: "/data" }, "/data/two": two });
    expect(found).toMatchObject({ packages: [], problems: [{ kind: "unsupported" }] });
  });
});

describe("dpkg.findPackages() tells what is not known", () => {
  it("packages without a list of files, in one failure", () => {
    const status = Array.from({ length: 9 }, (_, at) => `Package: p${at}\nVersion: 1\n`);
    const found = dpkg.findPackages(memoryRootfs({ [`${folder}/status`]: status.join("\n") }));
    expect(found?.packages.length).toBe(9);
    expect(found?.problems).toMatchObject([{ reason: expect.stringContaining("4 more") }]);
  });

  it("a chiselled image", () => {
    const manifest = zstdCompressSync(
      '{"jsonwall":"1.0"}\n{"kind":"content","slice":"a_x","path":"/p"}\n{"kind":"package","name":"a","version":"1"}\n',
    );
    const path = "/var/lib/chisel/manifest.wall";
    const found = dpkg.findPackages(memoryRootfs({ [path]: manifest }));
    expect(found).toMatchObject({ packages: [{ name: "a", files: ["/p"] }], problems: [] });
    const broken = dpkg.findPackages(memoryRootfs({ [path]: "x" }));
    expect(broken).toMatchObject({ packages: [], problems: [{ kind: "malformed", what: path }] });
  });
});

describe("alternatives", () => {
  it("are known by name, and their links are the package's that they lead to", () => {
    const rootfs = memoryRootfs({
      [`${folder}/status`]: `${one}\n${two}`,
      [`${folder}/info/one.list`]: "/usr/bin/mawk\n",
      [`${folder}/info/two.list`]: "/usr/bin/other\n",
      [`${folder}/alternatives/awk`]: "auto\n/usr/bin/awk\n\n/usr/bin/mawk\n5\n\n",
      [`${folder}/alternatives/broken`]: "x",
      "/usr/bin/mawk": "",
      "/usr/bin/other": "",
      "/usr/bin/awk": { link: "/etc/alternatives/awk" },
      "/etc/alternatives/awk": { link: "/usr/bin/mawk" },
      "/etc/alternatives/free": { link: "/usr/bin/mawk" },
    });
    const packages = installedPackages(rootfs);
    const [{ alternatives }] = packages.databases;
    expect(alternatives?.map(({ name }) => name)).toEqual(["awk"]);
    expect(packages.problems).toMatchObject([{ what: `${folder}/alternatives/broken` }]);
    const ownership = indexOwnership(rootfs, packages);
    const ownerOf = (path: string): string | undefined => ownership.ownerOf(path)?.name;
    expect(ownerOf("/usr/bin/awk")).toBe("one");
    expect(ownerOf("/etc/alternatives/awk")).toBe("one");
    expect(ownerOf("/etc/alternatives/free")).toBeUndefined();
  });
});

describe("diversions", () => {
  it("a diverted file is where it was put; that of the diverting package stays", () => {
    const rootfs = memoryRootfs({
      [`${folder}/status`]: `${one}\n${two}`,
      [`${folder}/info/one.list`]: "/bin/tool\n/lib/x\n",
      [`${folder}/info/two.list`]: "/usr/bin/tool\n",
      [`${folder}/diversions`]: "/bin/tool\n/bin/tool.distrib\ntwo\n",
      "/bin": { link: "usr/bin" },
      "/usr/bin/tool": "",
      "/usr/bin/tool.distrib": "",
    });
    const ownership = indexOwnership(rootfs, installedPackages(rootfs));
    expect(ownership.ownersOf("/usr/bin/tool").map(({ name }) => name)).toEqual(["two"]);
    expect(ownership.ownersOf("/usr/bin/tool.distrib").map(({ name }) => name)).toEqual(["one"]);
  });
});
