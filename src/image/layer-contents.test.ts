import { expect, it } from "vitest";
import { measureLayer } from "./layer-contents.ts";
import type { FileEntry, LayerFacts, Section } from "./layer-facts.ts";
import { foldersOf, parseLayerFacts, serialiseLayerFacts } from "./layer-record.ts";

const entry = (
  path: string,
  type: FileEntry["type"],
  sizeBytes = 0,
  linkTarget?: string,
): FileEntry => {
  const link = linkTarget === undefined ? {} : { linkTarget };
  return { path, type, mode: 0o644, uid: 0, gid: 0, sizeBytes, ...link };
};
const none: Section<never> = { revision: 0, byPath: {}, failures: [] };

function layerOf(entries: readonly FileEntry[]): LayerFacts {
  return {
    ...{ diffId: null, compressedBytes: null, uncompressedBytes: 0, failures: [], entries },
    ...{ elf: none, shebangs: none, texts: none, loaderCaches: none, packages: none },
  };
}

const plain = [
  entry("/d", "directory"),
  entry("/d/a", "file", 7),
  entry("/d/b", "file", 7),
  entry("/d/link", "symlink", 0, "a"),
  entry("/d/other", "hardlink", 0, "/d/a"),
  entry("/e/gone", "whiteout"),
  entry("/e/c", "file", 100),
];

it.each([
  ["plain", plain, true, { files: 3, sizeBytes: 114 }],
  ["with a path twice", [...plain, entry("/d/a", "file", 1)], false, { files: 4, sizeBytes: 115 }],
  ["empty", [], true, { files: 0, sizeBytes: 0 }],
])("measureLayer() of a layer that is %s, made and from its record", (_, entries, isPlain, sum) => {
  const made = layerOf(entries);
  const kept = parseLayerFacts(serialiseLayerFacts(made));
  expect(foldersOf(kept) !== null).toBe(isPlain);
  expect([measureLayer(made), measureLayer(kept)]).toEqual([sum, sum]);
});
