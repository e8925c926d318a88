import { rmSync } from "node:fs";
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
  type RealImage,
} from "../../../test/unpacked-images.ts";

const folder = makeWorkFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }), 60_000);
const why = whySkipped(["diff", "find"]);

const roots = new Map<RealImage, string>();
function rootOf(image: RealImage): string {
  const known = roots.get(image) ?? unpackImage(image, folder);
  roots.set(image, known);
  return known;
}

interface FileChange {
  readonly kind: string;
  readonly path: string;
  readonly aspects: readonly string[];
}

/** Paths of a root, without the root itself. */
function pathsOf(root: string): readonly string[] {
  return linesOf(outputOf("find", root, "-mindepth", "1", "-printf", "/%P\n"));
}

/** Paths in both that `diff` calls different: contents, types, targets of links. */
function differingByDiff([a, b]: readonly [string, string]): readonly string[] {
  const lines = linesOf(outputOf("diff", "-rq", "--no-dereference", a, b));
  return lines.flatMap((line) => {
    if (line.startsWith("Only in ")) return [];
    const [, path = ""] =
      /^Files (.*) and .* differ$/.exec(line) ??
      /^Symbolic links (.*) and .* differ$/.exec(line) ??
      /^File (.*) is an? .* while file .*$/.exec(line) ??
      [];
    if (path === "") throw new Error(`diff said what this test does not read: ${line}`);
    return [path.slice(a.length)];
  });
}

const pairs = [
  [0, 1],
  [2, 3],
  [6, 7],
  [4, 5],
  [7, 8],
  [0, 2],
] as const;

describe.skipIf(why !== "")(`files that differ are those of diff -rq${why}:`, () => {
  it.each(pairs)("images %i and %i", async (first, second) => {
    const [a, b] = [realImages[first], realImages[second]];
    if (a === undefined || b === undefined) throw new RangeError("no such image");
    const [rootA, rootB] = [rootOf(a), rootOf(b)];
    const args = ["diff", referenceOf(a), referenceOf(b), "--only", "files", "--json"];
    const { out, code, err } = await run(args, folder);
    expect(code).toBe(1);
    expect(err.replace(/^The images are for different platforms: .*\n/, "")).toBe("");
    const { files }: { files: readonly FileChange[] } = JSON.parse(out);
    const of = (kind: string): readonly string[] =>
      files.filter((change) => change.kind === kind).map(({ path }) => path);
    const [inA, inB] = [new Set(pathsOf(rootA)), new Set(pathsOf(rootB))];
    expect(of("removed")).toEqual([...inA].filter((path) => !inB.has(path)).toSorted());
    expect(of("added")).toEqual([...inB].filter((path) => !inA.has(path)).toSorted());
    const seen = new Set(["type", "size", "target", "content"]);
    const ours = files
      .filter(({ kind, aspects }) => kind === "changed" && aspects.some((one) => seen.has(one)))
      .map(({ path }) => path);
    expect(ours).toEqual(differingByDiff([rootA, rootB]).toSorted());
  });

  it("an image and its own unpacked root do not", async () => {
    const [image] = realImages;
    if (image === undefined) throw new RangeError("no such image");
    const args = ["diff", referenceOf(image), `rootfs:${rootOf(image)}`, "--only", "files"];
    const { out, err, code } = await run(args, folder);
    expect([out, err, code]).toEqual(["", "", 0]);
  });
});
