import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { run } from "../../../test/cli/run.ts";
import {
  makeWorkFolder,
  outputOf,
  realImages,
  referenceOf,
  whySkipped,
} from "../../../test/unpacked-images.ts";

const folder = makeWorkFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }), 60_000);
const why = whySkipped(["skopeo"]);

describe.skipIf(why !== "")(`config is what skopeo reads${why}:`, () => {
  const images = realImages.filter(({ scheme }) => scheme === "oci-archive");
  it.each(images.map((image) => [image.file, image] as const))("%s", async (_, image) => {
    const reference = referenceOf(image);
    // The archive itself has one image; skopeo would take this machine's.
    const architecture = image.file.includes("arm64") ? "arm64" : "amd64";
    const skopeo = (...args: readonly string[]): unknown =>
      JSON.parse(
        outputOf("skopeo", "inspect", `--override-arch=${architecture}`, ...args, reference),
      );
    const raw = await run(["config", "--raw", reference], folder);
    expect(JSON.parse(raw.out)).toEqual(skopeo("--config", "--raw"));
    const sum = (text: string): string =>
      `sha256:${createHash("sha256").update(text).digest("hex")}`;
    const manifest = await run(["config", "--manifest", reference], folder);
    expect(JSON.parse(manifest.out)).toMatchObject({
      schemaVersion: 2,
      config: { digest: sum(raw.out) },
    });
    const json = await run(["config", "--json", reference], folder);
    const { images: [ours] = [] }: { images?: Record<string, unknown>[] } = JSON.parse(json.out);
    const { Digest } = JSON.parse(
      outputOf("skopeo", "inspect", `--override-arch=${architecture}`, reference),
    );
    expect(ours?.["digest"]).toBe(Digest);
    expect(sum(manifest.out)).toBe(Digest);
    expect(ours?.["platform"]).toBe(`linux/${architecture}`);
  });
});
