import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../../../test/cli/run.ts";
import { makeTar, MadeLayout, packFiles, type MadeEntry } from "../../../test/made-images.ts";

const folder = mkdtempSync(join(tmpdir(), "compare-contents-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function write(name: string, entries: readonly MadeEntry[]): Promise<void> {
  const layout = new MadeLayout();
  layout.finish([layout.image({ tars: [await makeTar(entries)] })]);
  writeFileSync(join(folder, `${name}.tar`), await packFiles([...layout.files]));
}

/** `b` keeps the first content of `a`: the archive has the path twice with a hard link between. */
const twice = (first: string, second: string): readonly MadeEntry[] => [
  ["a", first],
  ["b", "=> a"],
  ["a", second],
];

beforeAll(async () => {
  await write("old", twice("first", "other"));
  await write("same", [
    ["a", "other"],
    ["b", "first"],
  ]);
  await write("first-changed", twice("FIRST", "other"));
  await write("last-changed", twice("first", "OTHER"));
});

it("diff of one layer in two images tells which of its files each shows", async () => {
  const tar = await makeTar(twice("first", "other"));
  const top = await makeTar([["b", "=> a"]]);
  for (const [name, tars] of [
    ["one", [tar]],
    ["two", [tar, top]],
  ] as const) {
    const layout = new MadeLayout();
    layout.finish([layout.image({ tars })]).writeTo(join(folder, name));
  }
  expect((await run(["diff", "oci:one", "oci:two", "-0"], folder)).out).toBe("/b\0");
});

describe("diff of files that a layer has twice", () => {
  // The second time from the cache.
  it.each(["read anew", "from the cache"])("compares what is seen, %s", async () => {
    const differing = async (other: string): Promise<string> =>
      (await run(["diff", "oci-archive:old.tar", `oci-archive:${other}.tar`, "-0"], folder)).out;
    expect(await differing("same")).toBe("");
    expect(await differing("first-changed")).toBe("/b\0");
    expect(await differing("last-changed")).toBe("/a\0");
  });
});
