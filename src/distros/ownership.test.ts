import { describe, expect, it } from "vitest";
import { memoryRootfs } from "../../test/memory-rootfs.ts";
import { installedPackages } from "./installed-packages.ts";
import { indexOwnership } from "./ownership.ts";

const merged = {
  "/lib": { link: "usr/lib" },
  "/usr/lib/a.so.1": "",
  "/usr/lib/a.so": { link: "a.so.1" },
  "/usr/share/doc": { directory: true },
} as const;

/** dpkg's status with one package per list. */
function ownersIn(lists: Readonly<Record<string, readonly string[]>>): (path: string) => string[] {
  const names = Object.keys(lists);
  const status = names.map((name) => `Package: ${name}\nVersion: 1\n`).join("\n");
  const files = names.map((name): [string, string] => [
    `/var/lib/dpkg/info/${name}.list`,
    (lists[name] ?? []).join("\n"),
  ]);
  const rootfs = memoryRootfs({
    ...merged,
    "/var/lib/dpkg/status": status,
    ...Object.fromEntries(files),
  });
  const ownership = indexOwnership(rootfs, installedPackages(rootfs));
  return (path) => ownership.ownersOf(path).map(({ name }) => name);
}

describe("indexOwnership() finds files where they really are", () => {
  const rows: readonly [string, Readonly<Record<string, readonly string[]>>, string, string[]][] = [
    ["as listed", { x: ["/usr/lib/a.so.1"] }, "/usr/lib/a.so.1", ["x"]],
    ["through a linked directory", { x: ["/lib/a.so.1"] }, "/usr/lib/a.so.1", ["x"]],
    ["through ..", { x: ["/usr/share/../lib/a.so.1"] }, "/usr/lib/a.so.1", ["x"]],
    ["out of the root: not at all", { x: ["/../../lib/a.so.1"] }, "/usr/lib/a.so.1", ["x"]],
    ["a link itself, not its target", { x: ["/lib/a.so"] }, "/usr/lib/a.so", ["x"]],
    ["the target of a link is not owned by it", { x: ["/lib/a.so"] }, "/usr/lib/a.so.1", []],
    ["the root", { x: ["/."], y: ["/"] }, "/", ["x", "y"]],
    [
      "a directory of several",
      { x: ["/usr/share/doc/"], y: ["/usr/share/doc"] },
      "/usr/share/doc",
      ["x", "y"],
    ],
    ["listed twice by one", { x: ["/lib/a.so.1", "/usr/lib/a.so.1"] }, "/usr/lib/a.so.1", ["x"]],
    ["in a directory that is not there", { x: ["/gone/a"] }, "/gone/a", []],
    ["a name that is ..", { x: ["/usr/.."] }, "/", []],
    ["unlisted", { x: ["/usr/lib/b"] }, "/usr/lib/a.so.1", []],
    [
      "a path of slashes",
      { x: [`${"/.".repeat(2000)}/lib/a.so.1${"/".repeat(9)}`] },
      "/usr/lib/a.so.1",
      ["x"],
    ],
  ];
  it.each(rows)("%s", (_, lists, path, owners) => {
    expect(ownersIn(lists)(path)).toEqual(owners);
  });

  it("of a list without links, gives a link of the distribution to its target's package", () => {
    const rootfs = memoryRootfs({
      ...merged,
      "/app/a.so": { link: "/usr/lib/a.so.1" },
      "/var/lib/dpkg/status.d/x": "Package: x\nVersion: 1\n",
      "/var/lib/dpkg/status.d/x.md5sums": `${"0".repeat(32)}  lib/a.so.1\n`,
    });
    const ownership = indexOwnership(rootfs, installedPackages(rootfs));
    expect(ownership.ownerOf("/usr/lib/a.so")?.name).toBe("x");
    expect(ownership.ownerOf("/app/a.so")).toBeNull();
  });
});
