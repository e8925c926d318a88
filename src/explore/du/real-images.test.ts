import { lstatSync, rmSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { run } from "../../../test/cli/run.ts";
import {
  linesOf,
  makeWorkFolder,
  outputOf,
  realImages,
  referenceOf,
  unpackImage,
  whySkipped,
} from "../../../test/unpacked-images.ts";

const folder = makeWorkFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }), 60_000);
const why = whySkipped(["du", "find"]);

/**
 * What `du -ab --apparent-size` says of a root, without what directories and links take themselves: that is the file
 * system's.
 */
function sizesByDu(root: string): ReadonlyMap<string, number> {
  const own = new Map<string, number>();
  const others = linesOf(outputOf("find", root, "!", "-type", "f", "-printf", "%p\t%s\n"));
  for (const line of others) {
    const [path = "", size = ""] = line.split("\t");
    for (let at = path; at.length >= root.length; at = at.slice(0, at.lastIndexOf("/"))) {
      own.set(at, (own.get(at) ?? 0) + Number(size));
    }
  }
  const sizes = new Map<string, number>();
  for (const line of linesOf(outputOf("du", "-ab", "--apparent-size", root))) {
    const [size = "", path = ""] = line.split("\t");
    const stats = lstatSync(path);
    if (!stats.isDirectory() && !stats.isFile()) continue;
    sizes.set(path.slice(root.length) || "/", Number(size) - (own.get(path) ?? 0));
  }
  return sizes;
}

describe.skipIf(why !== "")(`du is that of du -ab over an unpacked root${why}:`, () => {
  it.each(realImages.map((image) => [image.file, image] as const))("%s", async (_, image) => {
    const root = unpackImage(image, folder);
    const expected = sizesByDu(root);
    const { out, code } = await run(["du", "-a", referenceOf(image), "--no-cache"], folder);
    const ours = new Map(
      linesOf(out).map((line) => {
        const [size = "", path = ""] = line.split("\t");
        return [path, Number(size)];
      }),
    );
    expect(code).toBe(0);
    expect(ours.size).toBeGreaterThan(4);
    // Of a file with several names du and we count the one that comes first, each in its own order.
    const linked = linesOf(
      outputOf("find", root, "-type", "f", "-links", "+1", "-printf", "/%P\n"),
    );
    const isOpen = (path: string): boolean =>
      path !== "/" && linked.some((one) => one === path || one.startsWith(`${path}/`));
    const settled = (sizes: ReadonlyMap<string, number>): object =>
      Object.fromEntries([...sizes].filter(([path]) => !isOpen(path)).toSorted());
    expect(settled(ours)).toEqual(settled(expected));
    expect(ours.size).toBe(expected.size);
  });
});
