import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeFailure } from "../../report/failure-words.ts";
import { seeImage } from "./contract.ts";
import { openImages } from "./open-images.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fromage-docker-"));
  const kept = join(import.meta.dirname, "testdata/docker-save-20.10-two.tar.gz");
  writeFileSync(join(folder, "two.tar"), gunzipSync(readFileSync(kept)));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const open = async (reference: string) =>
  openImages(reference, { cwd: folder, platforms: [], temporaryFolder: folder });

describe("a docker save of two images", () => {
  it("is asked for a name, which the sentence lists", async () => {
    const result = await open("archive:two.tar");
    if (result.ok) expect.fail("opened");
    expect(describeFailure(result.failure)).toMatch(
      /name it with :NAME in .*two\.tar.*: example\.org\/contract:one, example\.org\/shared:one$/,
    );
  });

  it("says which names there are when another is asked for", async () => {
    const result = await open("archive:two.tar:example.org/other");
    if (result.ok) expect.fail("opened");
    expect(describeFailure(result.failure)).toMatch(
      /image example\.org\/other in .*, the nearest: example\.org\/contract:one, /,
    );
  });

  it("reads layers that are links to others as those", async () => {
    const result = await open("archive:two.tar:example.org/shared:one");
    if (!result.ok) expect.fail(describeFailure(result.failure));
    const [image] = result.value;
    if (image === undefined) expect.fail("no image");
    const ranges = image.layers.map((layer) => (layer.kind === "blob" ? layer.offsetBytes : -1));
    expect(ranges.length).toBe(4);
    expect([ranges[2], ranges[3]]).toEqual([ranges[0], ranges[1]]);
    expect((await seeImage(image)).failures).toEqual([]);
  });
});
