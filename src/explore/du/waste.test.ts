import { describe, expect, it } from "vitest";
import type { FileEntry, LayerFacts } from "../../image/layer-facts.ts";
import { mergeLayers } from "../../image/merge.ts";
import { findWaste } from "./waste.ts";

const none = { revision: 0, byPath: {}, failures: [] };

/** `/a 5` a file, `/a/ ` a folder, `/a =/b` a hard link, `/a x` a deletion, `/a o` an opaque folder, `/a ->` a link. */
function layer(...words: readonly string[]): LayerFacts {
  return {
    diffId: null,
    compressedBytes: null,
    uncompressedBytes: 0,
    entries: words.map(toEntry),
    elf: none,
    shebangs: none,
    texts: none,
    loaderCaches: none,
    packages: none,
    failures: [],
  };
}

function toEntry(text: string): FileEntry {
  const [path = "", what = ""] = text.split(" ");
  const common = { path: path.replace(/(.)\/$/, "$1"), mode: 0o644, uid: 0, gid: 0, sizeBytes: 0 };
  if (path.endsWith("/")) return { ...common, type: "directory" };
  if (what === "x") return { ...common, type: "whiteout" };
  if (what === "o") return { ...common, type: "opaque" };
  if (what === "->") return { ...common, type: "symlink", linkTarget: "elsewhere" };
  if (what.startsWith("=")) return { ...common, type: "hardlink", linkTarget: what.slice(1) };
  return { ...common, type: "file", sizeBytes: Number(what) };
}

const rows: readonly (readonly [
  what: string,
  layers: readonly LayerFacts[],
  waste: readonly string[],
])[] = [
  ["nothing", [layer("/a 5"), layer("/b 6")], []],
  ["a file that is overwritten", [layer("/a 5"), layer("/a 6")], ["0 /a 5 overwritten 1"]],
  [
    "twice",
    [layer("/a 5"), layer("/a 6"), layer("/a 7")],
    ["0 /a 5 overwritten 1", "1 /a 6 overwritten 2"],
  ],
  ["one that is deleted", [layer("/a 5"), layer("/a x")], ["0 /a 5 deleted 1"]],
  [
    "deleted, and later there again",
    [layer("/a 5"), layer("/a x"), layer("/a 6")],
    ["0 /a 5 deleted 1"],
  ],
  [
    "deleted and brought anew by one layer",
    [layer("/a 5"), layer("/a x", "/a 6")],
    ["0 /a 5 overwritten 1"],
  ],
  ["a folder that is deleted", [layer("/d/", "/d/a 5"), layer("/d x")], ["0 /d/a 5 deleted 1"]],
  [
    "one that is made opaque",
    [layer("/d/a 5"), layer("/d/", "/d o", "/d/b 1")],
    ["0 /d/a 5 deleted 1"],
  ],
  ["one that a file replaces", [layer("/d/e/a 5"), layer("/d 1")], ["0 /d/e/a 5 deleted 1"]],
  ["one that a link replaces", [layer("/d/a 5"), layer("/d ->")], ["0 /d/a 5 deleted 1"]],
  ["a path that is twice in a layer", [layer("/a 5", "/a 6")], ["0 /a 5 overwritten 0"]],
  ["a file with another name left", [layer("/a 5", "/b =/a"), layer("/a x")], []],
  [
    "a file with no name left",
    [layer("/a 5", "/b =/a"), layer("/a x", "/b x")],
    ["0 /a 5 deleted 1"],
  ],
];

describe("bytes that nobody sees:", () => {
  it.each(rows)("%s", (_, layers, expected) => {
    const { files, layers: uses } = findWaste(
      layers,
      mergeLayers(layers, { get: () => null }),
      "/",
    );
    const found = files.map(
      ({ layerIndex, path, sizeBytes, because, byLayerIndex }) =>
        `${layerIndex} ${path} ${sizeBytes} ${because} ${byLayerIndex}`,
    );
    expect(found).toEqual(expected);
    const wasted = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    expect(uses.reduce((sum, { wastedBytes }) => sum + wastedBytes, 0)).toBe(wasted);
  });

  it("are counted below a path alone where one is asked for", () => {
    const layers = [layer("/d/a 5", "/e/a 7"), layer("/d x", "/e x")];
    const { files } = findWaste(layers, mergeLayers(layers, { get: () => null }), "/e");
    expect(files.map(({ path }) => path)).toEqual(["/e/a"]);
  });
});
