import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../../test/cli/run.ts";
import { makeTar, MadeLayout, packFiles } from "../../test/made-images.ts";

const folder = mkdtempSync(join(tmpdir(), "read-contents-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(async () => {
  const bottom = await makeTar([
    ["a", "first"],
    ["b", "=> a"],
    ["a", "second"],
    ["c", "=> a"],
    ["a", "third, longer"],
    ["gone", "bottom"],
  ]);
  const top = await makeTar([
    ["c", "top"],
    [".wh.gone", ""],
  ]);
  const layout = new MadeLayout();
  layout.finish([layout.image({ tars: [bottom, top] })]);
  writeFileSync(join(folder, "image.tar"), await packFiles([...layout.files]));
});

describe("a hard link whose first name was replaced in its layer", () => {
  // The second time from the cache, where the order of entries is kept as well.
  it.each(["read anew", "from the cache"])("has the old bytes, %s", async () => {
    const args = ["cat", "oci-archive:image.tar", "/b", "/a", "/c", "/b"];
    expect(await run(args, folder)).toEqual({
      code: 0,
      out: "firstthird, longertopfirst",
      err: "",
    });
    const below = await run(["cat", "oci-archive:image.tar", "/c", "--layer", "0"], folder);
    expect(below.out).toBe("second");
  });

  it("is found by them", async () => {
    const ask = async (pattern: string): Promise<string> =>
      (await run(["find", "oci-archive:image.tar", "--grep", pattern], folder)).out;
    expect(await ask("first")).toBe("/b\n");
    expect(await ask("second|third")).toBe("/a\n");
    expect(await ask("bottom")).toBe("");
  });

  it("is listed with its size", async () => {
    const { out } = await run(["find", "oci-archive:image.tar", "--size", "5c"], folder);
    expect(out).toBe("/b\n");
  });
});
