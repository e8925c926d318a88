import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  makeConfig,
  makeNewDockerSave,
  makeOldDockerSave,
  sha256,
  type MadeImage,
} from "../../../test/made-images.ts";
import { contractImage } from "../sources/contract.ts";
import { openExport, type ExpectedImage } from "./open-export.ts";

let scratch = "";
let image: MadeImage = { tars: [] };
let expected: ExpectedImage;
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "fromage-export-"));
  image = await contractImage();
  expected = {
    what: "app:1",
    where: "Docker at unix:///engine.sock",
    id: sha256(makeConfig(image)),
    platform: { os: "linux", architecture: "amd64" },
    diffIds: image.tars.map((tar) => sha256(tar)),
  };
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** How many layers are found with the bytes of their diffId; null when it is refused. Other bytes are for the reader to find. */
function countRight(bytes: Uint8Array): number | null {
  const file = join(scratch, "it.tar");
  writeFileSync(file, bytes);
  const opened = openExport(file, expected);
  if (!opened.ok) return null;
  expect([...opened.value.keys()]).toEqual(expected.diffIds);
  const written = readFileSync(file);
  return [...opened.value].filter(([diffId, { offsetBytes, lengthBytes }]) => {
    expect(offsetBytes + lengthBytes).toBeLessThanOrEqual(written.length);
    return sha256(written.subarray(offsetBytes, offsetBytes + lengthBytes)) === diffId;
  }).length;
}

describe.each([
  ["docker save of old", makeOldDockerSave],
  ["docker save since 25", makeNewDockerSave],
])("openExport() of %s", (_, save) => {
  it("cut off anywhere, gives every layer whole or none", async () => {
    const saved = await save(image, "app:1");
    expect(countRight(saved)).toBe(2);
    const results = Array.from({ length: saved.length / 512 }, (_block, at) =>
      countRight(saved.subarray(0, at * 512)),
    );
    expect(new Set(results)).toEqual(new Set([null, 2]));
  });

  it("with other bytes, never throws and leads nowhere outside", async () => {
    const saved = await save(image, "app:1");
    const change = fc.tuple(fc.nat(saved.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const changed = Buffer.from(saved);
        for (const [at, byte] of changes) changed[at] = byte;
        countRight(changed);
      }),
      { numRuns: 200 },
    );
  });
});
