import { describe, expect, it } from "vitest";
import type { FileEntry, LayerFacts } from "../image/layer-facts.ts";
import { mergeLayers } from "../image/merge.ts";
import { copiedPaths, foldDirectories } from "./fold-directories.ts";

/** Paths of files; `path -> target` is a link, `path/` a directory. */
function rootfsOf(...lines: readonly string[]) {
  const empty = { revision: 1, byPath: {}, failures: [] };
  const entries = lines.map((line): FileEntry => {
    const common = { mode: 0o755, uid: 0, gid: 0, sizeBytes: 0 };
    const [path = "", linkTarget] = line.split(" -> ");
    if (linkTarget !== undefined) return { path, type: "symlink", linkTarget, ...common };
    return path.endsWith("/")
      ? { path: path.slice(0, -1), type: "directory", ...common }
      : { path, type: "file", ...common };
  });
  const layer: LayerFacts = {
    diffId: null,
    compressedBytes: null,
    uncompressedBytes: 0,
    entries,
    elf: empty,
    shebangs: empty,
    texts: empty,
    loaderCaches: empty,
    packages: empty,
    failures: [],
  };
  return mergeLayers([layer], { get: () => null });
}

const rootfs = rootfsOf(
  "/base/tool",
  "/base/x/y",
  "/opt/app/server",
  "/opt/app/empty/",
  "/bin/server -> ../opt/app/server",
  "/bin/sh",
  "/bin/x -> /base/x",
  "/bin/lost -> /nowhere",
  "/sbin/tool -> /base/tool",
);

describe("foldDirectories()", () => {
  it.each([
    ["a whole directory", ["/opt/app", "/opt/app/empty", "/opt/app/server"], ["/opt/app"]],
    ["one that is not wanted itself", ["/opt/app/empty", "/opt/app/server"], null],
    ["one that is not wanted itself and holds links, all wanted", ["/sbin/tool"], ["/sbin"]],
    ["links beside what is not wanted", ["/bin/server", "/bin/x"], null],
  ])("%s", (_name, paths, expected) => {
    expect(foldDirectories(rootfs, paths).map(({ path }) => path)).toEqual(expected ?? paths);
  });
});

describe("copiedPaths()", () => {
  it.each([
    ["a link in a directory stays one", "/sbin/tool", [["/sbin/tool", "/sbin/tool"]]],
    ["a link by itself becomes its file", "/bin/server", [["/opt/app/server", "/bin/server"]]],
    [
      "a link to a directory becomes a directory",
      "/bin/x",
      [
        ["/base/x", "/bin/x"],
        ["/base/x/y", "/bin/x/y"],
      ],
    ],
    ["a link to nothing is not copied", "/bin/lost", []],
    ["a file is itself", "/bin/sh", [["/bin/sh", "/bin/sh"]]],
  ])("%s", (_name, path, expected) => {
    const copied = copiedPaths(rootfs, [path]).map(({ from, to }) => [from, to]);
    expect(copied).toEqual(expected);
  });
});
