import { statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { findTestImages, testImage, withoutImages } from "../../test/images.ts";
import type { Image, ImageConfig, Layer } from "../image/image.ts";
import { serialiseLayerFacts } from "../image/layer-record.ts";
import { loadShippedCatalogue, readShippedSupport } from "./installed-catalogue.ts";
import { measureBase, type MeasureOptions } from "./measure-base.ts";

const config: ImageConfig = {
  platform: { os: "linux", architecture: "amd64" },
  user: "1000",
  env: [],
  entrypoint: null,
  cmd: null,
  workingDir: "/srv",
  labels: {},
  created: null,
  diffIds: [],
};

function imageOf(layers: readonly Layer[], more: Partial<Image> = {}): Image {
  const { platform } = config;
  return {
    reference: "a test",
    source: "rootfs",
    platform,
    manifestDigest: null,
    config,
    layers,
    ...more,
  };
}

const options: MeasureOptions = {
  id: "test",
  reference: null,
  kind: "measured",
  source: "a test",
  date: "2026-11-25",
  digest: null,
  support: null,
};

const digest = `sha256:${"1".repeat(64)}` as const;

describe("measureBase", () => {
  it("of nothing", async () => {
    const measured = await measureBase(imageOf([]), options);
    expect(measured.ok && measured.value.info).toEqual({
      id: "test",
      reference: null,
      platform: "linux/amd64",
      measurement: { kind: "measured", digest: null, date: "2026-11-25", source: "a test" },
      compressedBytes: 0,
      unpackedBytes: 0,
      distro: null,
      libc: null,
      shell: null,
      packageManager: null,
      user: "1000",
      packages: null,
      cpuLevel: "x86-64-v1",
      support: null,
    });
  });

  it("takes what the publisher's config says over what the medium says", async () => {
    const defaults = { user: "", cmd: ["/bin/sh"] };
    const measured = await measureBase(imageOf([]), { ...options, config: defaults });
    expect(measured.ok && measured.value.config).toEqual({ ...config, ...defaults });
  });

  it("keeps the publisher's digest only where the bytes have it", async () => {
    const other = `sha256:${"2".repeat(64)}` as const;
    const measure = async (manifestDigest: Image["manifestDigest"]): Promise<unknown> => {
      const measured = await measureBase(imageOf([], { manifestDigest }), { ...options, digest });
      return measured.ok ? measured.value.info.measurement.digest : measured.failure.kind;
    };
    expect(await measure(digest)).toBe(digest);
    expect(await measure(other)).toBe("malformed");
    expect(await measure(null)).toBe("malformed");
  });

  it("gives a stand-in no digest", async () => {
    const standIn = { ...options, kind: "stand-in", digest } as const;
    await expect(measureBase(imageOf([]), standIn)).rejects.toThrow(TypeError);
  });

  it("reads a folder, which has no compressed size and no chain of layers", async () => {
    const directory = import.meta.dirname;
    const measured = await measureBase(
      imageOf([{ kind: "directory", directory, mountPath: "/app" }]),
      options,
    );
    if (!measured.ok) throw new Error(JSON.stringify(measured.failure));
    const { info } = measured.value;
    expect(info.compressedBytes).toBeNull();
    expect(info.unpackedBytes).toBeGreaterThan(10_000);
    expect(measured.value.config.diffIds).toEqual([]);
  });

  it("fails with the layer that is not there", async () => {
    const layer = {
      file: "/nowhere/layer.tar",
      offsetBytes: 0,
      lengthBytes: 1,
      compression: "gzip",
    } as const;
    const unknown = { digest: null, diffId: null, mediaType: null };
    const measured = await measureBase(imageOf([{ kind: "blob", ...layer, ...unknown }]), options);
    expect(measured.ok ? null : measured.failure.kind).toBe("not-found");
  });
});

const title = findTestImages() === null ? ` (${withoutImages})` : "";

describe.skipIf(findTestImages() === null)(`measureBase of a real image${title}`, () => {
  it("makes the record that ships", async () => {
    const file = testImage("alpine-minirootfs-3.20.3-x86_64.tar.gz");
    const { size } = statSync(file);
    const layer = { file, offsetBytes: 0, lengthBytes: size, compression: "gzip" } as const;
    const unknown = { digest: null, diffId: null, mediaType: null };
    const catalogue = loadShippedCatalogue();
    const shipped = catalogue.ok
      ? await catalogue.value.open("alpine-3.20", "linux/amd64")
      : catalogue;
    if (!shipped.ok) throw new Error(JSON.stringify(shipped.failure));
    const { info, config: own, layers, elf } = shipped.value;
    const measured = await measureBase(imageOf([{ kind: "blob", ...layer, ...unknown }]), {
      ...options,
      id: info.id,
      reference: info.reference,
      source: info.measurement.source,
      date: info.measurement.date,
      support: readShippedSupport(),
      config: own,
    });
    if (!measured.ok) throw new Error(JSON.stringify(measured.failure));
    expect(measured.value.info).toEqual(info);
    expect(measured.value.config).toEqual(own);
    expect(measured.value.layers.map(serialiseLayerFacts)).toEqual(layers.map(serialiseLayerFacts));
    for (const { sha256 } of layers.flatMap((one) => Object.values(one.elf.byPath))) {
      expect(measured.value.elf.get(sha256)).toEqual(elf.get(sha256));
    }
  });
});
