import { describe, expect, it } from "vitest";
import type { FileEntry, LayerFacts } from "../image/layer-facts.ts";
import { mergeLayers, type MergedRootfs } from "../image/merge.ts";
import { completePaths } from "./complete-paths.ts";
import { findPath } from "./find-path.ts";
import { listPaths, type Listing, type ListingOptions } from "./listing.ts";

const common = { mode: 0o755, uid: 0, gid: 0, sizeBytes: 0 };
const folder = (path: string): FileEntry => ({ ...common, path, type: "directory" });
const file = (path: string, sizeBytes = 1, modifiedSeconds?: number): FileEntry => ({
  ...common,
  path,
  type: "file",
  sizeBytes,
  ...(modifiedSeconds === undefined ? {} : { modifiedSeconds }),
});
const link = (path: string, linkTarget: string): FileEntry => ({
  ...common,
  path,
  type: "symlink",
  linkTarget,
});

const rootfs = rootOf([
  folder("/usr"),
  folder("/usr/bin"),
  file("/usr/bin/python3", 30, 10),
  file("/usr/bin/perl", 20, 30),
  file("/usr/bin/.hidden", 10, 20),
  link("/bin", "usr/bin"),
  link("/loop", "loop"),
  link("/broken", "nowhere/x"),
  file("/usr/bin2"),
]);

function rootOf(entries: readonly FileEntry[]): MergedRootfs {
  const empty = { revision: 0, byPath: {}, failures: [] };
  const sections = {
    elf: empty,
    shebangs: empty,
    texts: empty,
    loaderCaches: empty,
    packages: empty,
  };
  const sizes = { compressedBytes: null, uncompressedBytes: 0 };
  const layer: LayerFacts = { diffId: null, ...sizes, entries, ...sections, failures: [] };
  return mergeLayers([layer], { get: () => null });
}

describe("findPath()", () => {
  it.each([
    ["/bin/python3", true, "/usr/bin/python3"],
    ["bin/python3", false, "/usr/bin/python3"],
    ["/bin", false, "/bin"],
    ["/bin", true, "/usr/bin"],
    ["/bin/", false, "/usr/bin"],
    ["/", false, "/"],
    ["", false, "/"],
    ["bin/..", false, "/usr"],
    ["/../../usr/./bin//", false, "/usr/bin"],
  ])("%s, following the last part: %s", (path, followsLast, expected) => {
    const found = findPath(rootfs, path, { where: "image", followsLast });
    expect(found.ok ? found.value.path : found.failure).toBe(expected);
  });

  it.each([
    ["/bin/pyton3", ["/usr/bin/python3"]],
    ["/usr/bn/python3", ["/usr/bin", "/usr/bin2"]],
    ["/usr/bin/zzzzzzzz", ["/usr/bin"]],
    ["/zzzzzzzz", []],
  ])("is not there, and has others near: %s", (path, near) => {
    const found = findPath(rootfs, path, { where: "image", followsLast: true });
    expect(found).toMatchObject({ ok: false, failure: { kind: "not-found", near } });
  });

  it.each(["/usr/bin/perl/x", "/usr/bin/perl/", "/usr/bin/perl/."])(
    "has no directory where one must be: %s",
    (path) => {
      const found = findPath(rootfs, path, { where: "image", followsLast: true });
      const reason = "/usr/bin/perl is no directory";
      expect(found).toMatchObject({ ok: false, failure: { kind: "unsupported", reason } });
    },
  );

  it("tells where a broken link leads", () => {
    const found = findPath(rootfs, "/broken", { where: "image", followsLast: true });
    const what = "/broken -> /nowhere";
    expect(found).toMatchObject({ ok: false, failure: { kind: "not-found", what } });
  });

  it("tells links that go round", () => {
    const found = findPath(rootfs, "/loop/x", { where: "image", followsLast: true });
    expect(found).toMatchObject({ ok: false, failure: { kind: "malformed" } });
  });
});

describe("listPaths()", () => {
  const list = (paths: readonly string[], options: Partial<ListingOptions> = {}): Listing =>
    listPaths(rootfs, paths, {
      where: "image",
      isItself: false,
      isRecursive: false,
      hidden: "none",
      followsLinks: true,
      order: { by: "name", isReversed: false },
      ...options,
    });
  const shown = ({ files, directories }: Listing): readonly unknown[] => [
    files.map(({ name }) => name),
    ...directories.map((one) => [one.name, ...one.files.map(({ name }) => name)]),
  ];

  it.each<readonly [string, readonly string[], Partial<ListingOptions>, readonly unknown[]]>([
    ["a directory", ["/usr/bin"], {}, [[], ["/usr/bin", "perl", "python3"]]],
    ["a link to one", ["bin"], {}, [[], ["bin", "perl", "python3"]]],
    ["a link itself", ["bin"], { followsLinks: false }, [["bin"]]],
    ["a link with a slash", ["bin/"], { followsLinks: false }, [[], ["bin/", "perl", "python3"]]],
    ["a broken link", ["broken"], {}, [["broken"]]],
    ["a directory itself", ["/usr"], { isItself: true }, [["/usr"]]],
    ["files before directories", ["usr", "usr/bin2"], {}, [["usr/bin2"], ["usr", "bin", "bin2"]]],
    [
      "names with a dot",
      ["bin"],
      { hidden: "almost" },
      [[], ["bin", ".hidden", "perl", "python3"]],
    ],
    ["all names", ["usr"], { hidden: "all" }, [[], ["usr", ".", "..", "bin", "bin2"]]],
    [
      "all below",
      ["/"],
      { isRecursive: true },
      [
        [],
        ["/", "bin", "broken", "loop", "usr"],
        ["/usr", "bin", "bin2"],
        ["/usr/bin", "perl", "python3"],
      ],
    ],
    [
      "the largest first",
      ["bin"],
      { hidden: "almost", order: { by: "size", isReversed: false } },
      [[], ["bin", "python3", "perl", ".hidden"]],
    ],
    [
      "the oldest first",
      ["bin"],
      { hidden: "almost", order: { by: "time", isReversed: true } },
      [[], ["bin", "python3", ".hidden", "perl"]],
    ],
  ])("shows %s", (_, paths, options, expected) => {
    expect(shown(list(paths, options))).toEqual(expected);
  });
});

describe("completePaths()", () => {
  it.each([
    ["", ["bin/", "broken", "loop", "usr/"]],
    ["/us", ["/usr/"]],
    ["usr/b", ["usr/bin/", "usr/bin2"]],
    ["bin/p", ["bin/perl", "bin/python3"]],
    ["bin/.", ["bin/.hidden"]],
    ["nowhere/", []],
    ["usr/bin/perl/", []],
  ])("%s", (prefix, expected) => {
    expect(completePaths({ rootfs }, prefix)).toEqual(expected);
  });
});
