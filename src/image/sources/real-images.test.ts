import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { findTestImages, testImage, withoutImages } from "../../../test/images.ts";
import { formatPlatform } from "../../model/platform.ts";
import { describeFailure } from "../../report/failure-words.ts";
import { seeImage } from "./contract.ts";
import type { Image } from "../image.ts";
import { hostPlatform } from "./image-config.ts";
import { openImages } from "./open-images.ts";

const folder = findTestImages();
const scratch = mkdtempSync(join(tmpdir(), "fromage-real-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

async function open(reference: string): Promise<Image> {
  const options = { cwd: scratch, platforms: [], temporaryFolder: join(scratch, "temporary") };
  const opened = await openImages(reference, options);
  if (!opened.ok) expect.fail(describeFailure(opened.failure));
  const [image] = opened.value;
  if (image === undefined || opened.value.length > 1) expect.fail("not one image");
  return image;
}

const host = formatPlatform(hostPlatform());

/** What an image's file name says of it. */
function expected(name: string): { readonly source: string; readonly platform: string } {
  const isLayout = /oci/.test(name);
  const platform = /arm64/.test(name) ? "linux/arm64" : "linux/amd64";
  return isLayout ? { source: "oci-archive", platform } : { source: "rootfs", platform: host };
}

const images = folder === null ? [] : readdirSync(folder).filter((name) => /\.tar/.test(name));

describe.skipIf(folder === null)(
  `a real image is recognised by its content${folder === null ? ` (${withoutImages})` : ""}:`,
  () => {
    it.each(images)("%s", async (name) => {
      const { source, platform, layers, config } = await open(testImage(name));
      expect({ source, platform: formatPlatform(platform) }).toEqual(expected(name));
      expect(layers.length).toBe(source === "rootfs" ? 1 : config.diffIds.length);
      expect(layers.every((layer) => layer.kind === "blob" && layer.compression !== "none")).toBe(
        true,
      );
      // What is streamed is not unpacked beside it.
      expect(layers.map((layer) => layer.kind === "blob" && layer.file)).toEqual(
        layers.map(() => testImage(name)),
      );
    });
  },
);

/** What the command said against it; null when it did it. */
function run(command: string, ...args: readonly string[]): string | null {
  const { status, error, stderr } = spawnSync(command, args, { encoding: "utf8" });
  return status === 0 ? null : (error?.message ?? stderr);
}

const lacksSkopeo = run("skopeo", "--version") !== null;
const reason = folder === null ? withoutImages : lacksSkopeo ? "skipped: skopeo is not there" : "";

/** Name of the copy, skopeo's options, how it is then called. */
const copies: readonly (readonly [to: string, options: readonly string[], reference: string])[] = [
  ["docker-archive:SCRATCH/saved.tar:example.org/busybox:1", [], "saved.tar"],
  ["docker-archive:SCRATCH/named.tar:example.org/busybox:1", [], "archive:named.tar:busybox:1"],
  ["oci:SCRATCH/plain:1", [], "plain"],
  ["oci:SCRATCH/zstd:1", ["--dest-compress-format", "zstd", "--dest-compress"], "oci:zstd:1"],
  ["oci:SCRATCH/v2:1", ["--format", "v2s2"], "oci:v2"],
  ["oci-archive:SCRATCH/oci.tar:1", [], "oci.tar"],
];

describe.skipIf(reason !== "")(
  `copies of a real image by skopeo${reason && ` (${reason})`}`,
  () => {
    it.each(copies)("%s %j are the same image", async (to, options, reference) => {
      const from = testImage("oci-busybox-1.38.0-glibc-amd64.tar");
      const args = [...options, `oci-archive:${from}`, to.replace("SCRATCH", scratch)];
      const problem = run("skopeo", "--insecure-policy", "copy", "-q", ...args);
      if (problem !== null) expect.fail(problem);
      await expectSame(reference, from);
    });

    it("an archive that is compressed as a whole is not taken for a root", async () => {
      writeFileSync(
        join(scratch, "saved.tar.gz"),
        gzipSync(readFileSync(join(scratch, "saved.tar"))),
      );
      const from = testImage("oci-busybox-1.38.0-glibc-amd64.tar");
      await expectSame("saved.tar.gz", from);
    });
  },
);

async function expectSame(reference: string, original: string): Promise<void> {
  const [copy, image] = [await open(reference), await open(original)];
  expect(copy.config.diffIds).toEqual(image.config.diffIds);
  expect(copy.config.cmd).toEqual(image.config.cmd);
  expect(copy.platform).toEqual(image.platform);
  const seen = await seeImage(copy);
  expect(seen.failures).toEqual([]);
  expect(seen).toEqual(await seeImage(image));
  expect(seen.paths.length).toBeGreaterThan(10);
}
