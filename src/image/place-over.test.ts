import { describe, expect, it } from "vitest";
import type { FileEntry, LayerFacts } from "./layer-facts.ts";
import { mergeLayers } from "./merge.ts";
import { placeOver } from "./place-over.ts";

type Short = readonly [path: string, type: FileEntry["type"], linkTarget?: string];

const store = { get: () => null };

function layer(...entries: readonly Short[]): LayerFacts {
  const empty = { revision: 1, byPath: {}, failures: [] };
  const files = entries.filter(([, type]) => type === "file").map(([path]) => [path, path]);
  return {
    diffId: null,
    compressedBytes: null,
    uncompressedBytes: 0,
    entries: entries.map(([path, type, linkTarget]) => {
      const common = { path, type, mode: 0o755, uid: 0, gid: 0, sizeBytes: 0 };
      return linkTarget === undefined ? common : { ...common, linkTarget };
    }),
    elf: empty,
    shebangs: empty,
    texts: { ...empty, byPath: Object.fromEntries(files) },
    loaderCaches: empty,
    packages: empty,
    failures: [],
  };
}

const merged: readonly Short[] = [
  ["/lib", "symlink", "usr/lib"],
  ["/usr/lib/libc.so", "file"],
  ["/opt", "symlink", "/nowhere"],
];

/** Name, what is copied, the paths that are there in the end, where the text of one of them is found. */
const cases: readonly (readonly [string, readonly Short[], readonly string[]])[] = [
  [
    "a directory that is a link is followed",
    [["/lib/libz.so", "file"]],
    ["/lib", "/opt", "/usr/lib/libc.so", "/usr/lib/libz.so"],
  ],
  [
    "a directory over a link to one leaves the link",
    [
      ["/lib", "directory"],
      ["/lib/libz.so", "file"],
    ],
    ["/lib", "/opt", "/usr/lib/libc.so", "/usr/lib/libz.so"],
  ],
  [
    "a hard link follows its first name",
    [
      ["/lib/a", "file"],
      ["/lib/b", "hardlink", "/lib/a"],
    ],
    ["/lib", "/opt", "/usr/lib/a", "/usr/lib/b", "/usr/lib/libc.so"],
  ],
  ["a link to nothing is replaced", [["/opt/x", "file"]], ["/lib", "/opt/x", "/usr/lib/libc.so"]],
  ["the last part is not followed", [["/lib", "file"]], ["/lib", "/opt", "/usr/lib/libc.so"]],
  [
    "what touches no link is laid over as it is",
    [["/app/x", "file"]],
    ["/app/x", "/lib", "/opt", "/usr/lib/libc.so"],
  ],
];

describe("placeOver()", () => {
  it.each(cases)("%s", (_name, copied, expected) => {
    const rootfs = mergeLayers([layer(...merged)], store);
    const placed = placeOver(rootfs, layer(...copied), store);
    const leaves = [...placed.paths()].filter(
      (path) => placed.lookup(path)?.entry.type !== "directory",
    );
    expect(leaves).toEqual(expected);
    expect(placed.failures).toEqual([]);
    for (const path of leaves) {
      const node = placed.lookup(path);
      // The text in these layers is the path that the file was copied from.
      if (node?.layerIndex === 1 && node.entry.type === "file") {
        expect(copied.map(([from]) => from)).toContain(placed.text(path));
      }
    }
    expect(rootfs.resolve("/lib/libc.so").kind).toBe("found");
  });
});
