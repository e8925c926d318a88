import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { mergeLayers } from "../image/merge.ts";
import { indexName } from "./catalogue-index.ts";
import { loadShippedCatalogue } from "./installed-catalogue.ts";

const data = resolve(import.meta.dirname, "../../data");

function sizeOf(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

describe("the shipped catalogue", () => {
  // `unsupported` here: a reader's revision went up; scripts/build-catalogue.ts makes data/ anew.
  const catalogue = loadShippedCatalogue();
  const bases = catalogue.ok ? catalogue.value.bases : [];

  it("is of the present readers", () => {
    expect(catalogue.ok ? null : catalogue.failure).toBeNull();
    expect(bases.length).toBeGreaterThanOrEqual(19);
  });

  it("takes at most 3 MB, and its index 100 kB", () => {
    expect(sizeOf(data)).toBeLessThanOrEqual(3_000_000);
    expect(statSync(join(data, indexName)).size).toBeLessThanOrEqual(100_000);
  });

  it("holds no file that nothing names, and no path of a machine", () => {
    const index = readFileSync(join(data, indexName), "utf8");
    const names = readdirSync(join(data, "facts"));
    expect(names.filter((name) => !index.includes(`facts/${name}`))).toEqual([]);
    expect(index).not.toMatch(/\/(?:work|home|tmp)\//);
  });

  it.each(bases.map((info) => [info.id, info.platform, info] as const))(
    "opens %s for %s",
    async (id, platform, info) => {
      const opened = catalogue.ok ? await catalogue.value.open(id, platform) : catalogue;
      if (!opened.ok) throw new Error(JSON.stringify(opened.failure));
      const { layers, elf, config } = opened.value;
      // What a stand-in lacks of the publisher's files lies over its layers.
      const added = layers.filter(({ diffId }) => diffId === null);
      expect(added.length === 0 || info.measurement.kind === "stand-in").toBe(true);
      expect(config.diffIds).toEqual(layers.flatMap(({ diffId }) => diffId ?? []));
      const briefs = layers.flatMap((layer) => Object.values(layer.elf.byPath));
      expect(briefs.filter(({ sha256 }) => elf.get(sha256) === null)).toEqual([]);
      expect(mergeLayers(layers, elf).failures).toEqual([]);
      expect(layers.flatMap(({ failures }) => failures)).toEqual([]);
      expect(info.measurement.kind === "stand-in" && info.measurement.digest !== null).toBe(false);
    },
  );

  const rows = [
    ["alpine-3.20", "linux/arm64", "measured alpine:3.20.3 musl 1.2.5 apk 14 3947906"],
    [
      "busybox-1.38-glibc",
      "linux/amd64",
      "measured busybox:1.38.0-glibc glibc 2.41 null null 2226327",
    ],
    [
      "debian-12-slim",
      "linux/amd64",
      "stand-in debian:bookworm-slim glibc 2.36 apt-get 88 28016731",
    ],
    [
      "distroless-static-debian13",
      "linux/amd64",
      "stand-in gcr.io/distroless/static-debian13 undefined undefined null 5 685511",
    ],
    ["scratch", "linux/arm64", "measured scratch undefined undefined null null 0"],
    [
      "ubi9-micro",
      "linux/arm64",
      "stand-in registry.access.redhat.com/ubi9/ubi-micro glibc 2.34 null 22 6625078",
    ],
  ] as const;
  it.each(rows)("knows %s for %s: %s", (id, platform, expected) => {
    const info = bases.find((base) => base.id === id && base.platform === platform);
    const { libc, measurement } = info ?? {};
    const words = [measurement?.kind, info?.reference, libc?.kind, libc?.version];
    const counts = [info?.packageManager, info?.packages, info?.compressedBytes];
    expect([...words, ...counts].map(String).join(" ")).toBe(expected);
  });
});
