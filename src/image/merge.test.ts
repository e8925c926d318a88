import { statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { findTestImages, testImage, withoutImages } from "../../test/images.ts";
import { openElfLines } from "./elf-lines.ts";
import type { FileEntry, LayerFacts } from "./layer-facts.ts";
import { mergeLayers } from "./merge.ts";
import { readLayer } from "./read-layer.ts";

type Short = readonly [path: string, type: FileEntry["type"], linkTarget?: string];

function layer(...entries: readonly Short[]): LayerFacts {
  const section = { revision: 1, byPath: {}, failures: [] };
  return {
    diffId: null,
    compressedBytes: null,
    uncompressedBytes: 0,
    entries: entries.map(([path, type, linkTarget]) => {
      const common = { path, type, mode: 0o755, uid: 0, gid: 0, sizeBytes: 0 };
      return linkTarget === undefined ? common : { ...common, linkTarget };
    }),
    elf: section,
    shebangs: section,
    texts: section,
    loaderCaches: section,
    packages: section,
    failures: [],
  };
}

const merge = (...layers: LayerFacts[]) => mergeLayers(layers, { get: () => null });

/** Name of the scenario, the layers bottom first, the paths that are left. */
const scenarios: readonly (readonly [string, readonly LayerFacts[], readonly string[]])[] = [
  [
    "a deleted file is gone",
    [layer(["/a", "file"], ["/b", "file"]), layer(["/a", "whiteout"])],
    ["/", "/b"],
  ],
  [
    "a file deleted and made again in one layer is there",
    [layer(["/a", "file"]), layer(["/a", "file"], ["/a", "whiteout"])],
    ["/", "/a"],
  ],
  [
    "an opaque directory hides what is below and keeps what its own layer has, in any order",
    [layer(["/d/old", "file"]), layer(["/d/new", "file"], ["/d", "opaque"])],
    ["/", "/d", "/d/new"],
  ],
  [
    "a deleted directory that is made again is empty",
    [layer(["/d/old", "file"]), layer(["/d", "whiteout"], ["/d", "directory"])],
    ["/", "/d"],
  ],
  [
    "a directory over a directory keeps its contents",
    [layer(["/d/old", "file"]), layer(["/d", "directory"])],
    ["/", "/d", "/d/old"],
  ],
  [
    "a file over a directory hides the directory's contents",
    [layer(["/d/old", "file"]), layer(["/d", "file"])],
    ["/", "/d"],
  ],
  [
    "a directory over a file replaces it",
    [layer(["/d", "file"]), layer(["/d/new", "file"])],
    ["/", "/d", "/d/new"],
  ],
  ["a whiteout of what is not there changes nothing", [layer(["/no/where", "whiteout"])], ["/"]],
  [
    "parents that no entry names are there",
    [layer(["/a/b/c", "file"])],
    ["/", "/a", "/a/b", "/a/b/c"],
  ],
];

describe("mergeLayers()", () => {
  it.each(scenarios)("%s", (_name, layers, paths) => {
    const merged = merge(...layers);
    expect([...merged.paths()]).toEqual(paths);
    expect(merged.failures).toEqual([]);
  });

  it.each(scenarios)(
    "laid over one by one: %s; and what is below stays as it is",
    (_name, layers, paths) => {
      const store = { get: () => null };
      const steps = layers.map((_layer, count) => mergeLayers(layers.slice(0, count + 1), store));
      const before = steps.map((step) => [...step.paths()]);
      const whole = layers.reduce((below, one) => below.over([one], store), mergeLayers([], store));
      expect([...whole.paths()]).toEqual(paths);
      steps.forEach((step, count) => {
        const rest = step.over(layers.slice(count + 1), store);
        expect([...rest.paths()]).toEqual(paths);
        expect([...step.paths()]).toEqual(before[count]);
      });
    },
  );

  it("makes a hard link the node of the file that it links to, even after that name is deleted", () => {
    const merged = merge(
      layer(["/a", "file"], ["/b", "hardlink", "/a"]),
      layer(["/a", "whiteout"]),
    );
    expect([...merged.paths()]).toEqual(["/", "/b"]);
    expect(merged.lookup("/b")?.entry).toMatchObject({ path: "/a", type: "file" });
  });

  it("names a hard link to nothing", () => {
    expect(merge(layer(["/b", "hardlink", "/none"])).failures).toMatchObject([
      { kind: "not-found" },
    ]);
  });

  it.each([
    ["/lib/x", { kind: "found", path: "/usr/lib/x" }],
    ["/usr/../lib/./x", { kind: "found", path: "/usr/lib/x" }],
    ["/out", { kind: "found", path: "/usr/lib/x" }],
    ["/../../usr/lib/x", { kind: "found", path: "/usr/lib/x" }],
    ["/loop/y", { kind: "loop" }],
    ["/broken", { kind: "missing", at: "/none" }],
    ["/usr/lib/x/y", { kind: "not-directory", at: "/usr/lib/x" }],
  ])("resolves %s inside the root", (path, expected) => {
    const merged = merge(
      layer(
        ["/usr/lib/x", "file"],
        ["/lib", "symlink", "usr/lib"],
        ["/out", "symlink", "../../../../usr/lib/x"],
        ["/loop", "symlink", "loop"],
        ["/broken", "symlink", "/none"],
      ),
    );
    expect(merged.resolve(path)).toMatchObject(expected);
  });
});

const images = findTestImages();
describe.skipIf(images === null)(
  `mergeLayers() of a real layer${images === null ? ` (${withoutImages})` : ""}`,
  () => {
    it("finds the loader of alpine 3.20.3 by its content, through the link that BusyBox' shell is", async () => {
      const file = testImage("alpine-minirootfs-3.20.3-x86_64.tar.gz");
      const blob = {
        kind: "blob",
        file,
        offsetBytes: 0,
        lengthBytes: statSync(file).size,
      } as const;
      const rest = { compression: "gzip", digest: null, diffId: null, mediaType: null } as const;
      const result = await readLayer({ ...blob, ...rest });
      if (!result.ok) expect.fail(JSON.stringify(result.failure));
      const merged = mergeLayers([result.value.facts], openElfLines(result.value.elfLines));
      expect(merged.resolve("/bin/sh")).toMatchObject({ kind: "found", path: "/bin/busybox" });
      const { interpreter } = merged.elf("/bin/busybox") ?? {};
      expect(interpreter).toBe("/lib/ld-musl-x86_64.so.1");
      expect(merged.elf(interpreter ?? "")?.loader).toMatchObject({
        kind: "musl",
        version: "1.2.5",
      });
      expect(merged.text("/etc/alpine-release")).toBe("3.20.3\n");
      expect(merged.failures).toEqual([]);
    });
  },
);
