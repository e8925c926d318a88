import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import {
  MadeLayout,
  makeNewDockerSave,
  makeOldDockerSave,
  type MadeImage,
} from "../../../test/made-images.ts";
import { describeFailure } from "../../report/failure-words.ts";
import { contractImage, contractPaths, seeImage } from "./contract.ts";
import { openImages } from "./open-images.ts";

const scratch = mkdtempSync(join(tmpdir(), "fromage-damaged-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const media: readonly (readonly [name: string, make: (image: MadeImage) => Promise<Buffer>])[] = [
  [
    "oci-archive:it.tar",
    async (image) => {
      const layout = new MadeLayout();
      return layout.finish([layout.index([layout.image(image)])]).toTar();
    },
  ],
  ["archive:it.tar", (image) => makeOldDockerSave(image, "example.org/it:1")],
  ["archive:it.tar", (image) => makeNewDockerSave(image, "example.org/it:1")],
  ["archive:it.tar", async (image) => gzipSync(await makeOldDockerSave(image, "it:1"))],
  ["it.tar", (image) => makeOldDockerSave(image, "it:1")],
];

/** Where it is damaged, as a part of its length, and what stands there then; null: it ends there. */
const damage = fc.tuple(
  fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  fc.option(fc.nat(255)),
);

describe("an image that is damaged", () => {
  // A digest speaks for every byte of config and layers; damage in between leads to them or nowhere.
  it.each(media)("is read as it was or refused: %s", async (reference, make) => {
    const whole = await make(await contractImage());
    const options = { cwd: scratch, platforms: [], temporaryFolder: join(scratch, "temporary") };
    await fc.assert(
      fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 3 }), async (places) => {
        let bytes = Buffer.from(whole);
        for (const [part, byte] of places) {
          const at = Math.floor(part * bytes.byteLength);
          if (byte === null) bytes = bytes.subarray(0, at);
          else if (at < bytes.byteLength) bytes[at] = byte;
        }
        writeFileSync(join(scratch, "it.tar"), bytes);
        const opened = await openImages(reference, options);
        if (!opened.ok) {
          expect(describeFailure(opened.failure)).toMatch(/^Cannot \w+ .+: .+/);
          return;
        }
        for (const image of opened.value) {
          const { paths, failures } = await seeImage(image);
          // A file whose first block is no header any more is a file.
          if (failures.length === 0 && image.source !== "path")
            expect(paths).toEqual(contractPaths);
        }
      }),
      { numRuns: 150, seed: 20261125 },
    );
  });
});
