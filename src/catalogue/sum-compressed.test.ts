import { statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { findTestImages, testImage, withoutImages } from "../../test/images.ts";
import type { BlobLayer, Layer } from "../image/image.ts";
import { sumCompressed } from "./sum-compressed.ts";

function blob(
  compression: BlobLayer["compression"],
  lengthBytes: number,
  file = "/nowhere",
): Layer {
  const unknown = { digest: null, diffId: null, mediaType: null };
  return { kind: "blob", file, offsetBytes: 0, lengthBytes, compression, ...unknown };
}
const directory: Layer = { kind: "directory", directory: "/nowhere", mountPath: "/" };

describe("sumCompressed", () => {
  const cases = [
    ["no layer", [], 0],
    ["what a registry holds", [blob("gzip", 5), blob("zstd", 7)], 12],
    ["a layer that was never compressed", [blob("gzip", 5), blob("none", 7)], null],
    ["a folder", [directory], null],
  ] as const;
  it.each(cases)("of %s", async (_, layers, expected) => {
    expect(await sumCompressed(layers)).toEqual({ ok: true, value: expected });
  });

  const broken = [
    ["is not there", "/nowhere", 10, "not-found"],
    ["is no xz", import.meta.filename, 200, "malformed"],
  ] as const;
  it.each(broken)("of a layer under xz that %s", async (_, file, lengthBytes, kind) => {
    const sum = await sumCompressed([blob("xz", lengthBytes, file)]);
    expect(sum.ok ? null : sum.failure.kind).toBe(kind);
  });

  const title = findTestImages() === null ? ` (${withoutImages})` : "";
  describe.skipIf(findTestImages() === null)(`of a real layer under xz${title}`, () => {
    const name = "almalinux-9-docker-aarch64-micro-20231124.tar.xz";

    it("is what gzip makes of it", async () => {
      const file = testImage(name);
      const sum = await sumCompressed([blob("xz", statSync(file).size, file)]);
      // `xz -dc FILE | gzip | wc -c` gives 6,437,010; Node's zlib packs a little looser.
      const ratio = (sum.ok ? (sum.value ?? 0) : 0) / 6_437_010;
      expect(Math.abs(ratio - 1)).toBeLessThan(0.05);
    });

    it("stops when it is told to", async () => {
      const file = testImage(name);
      const stop = new AbortController();
      stop.abort();
      const sum = await sumCompressed([blob("xz", statSync(file).size, file)], stop.signal);
      expect(sum.ok ? null : sum.failure.kind).toBe("cancelled");
    });
  });
});
