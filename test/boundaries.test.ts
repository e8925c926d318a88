import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

/** Each folder of src by its level; imports point to lower levels or into the own folder. */
const levels: readonly (readonly string[])[] = [
  ["model"],
  ["formats", "settings"],
  ["image"],
  ["distros", "ecosystems", "linking"],
  ["repositories"],
  ["catalogue"],
  ["check"],
  ["target"],
  ["choose", "explore", "trial", "dockerfile", "pin", "scan"],
  ["answer"],
  ["report"],
  ["cli", "index.ts"],
];

const levelOf = (folder: string): number => levels.findIndex((names) => names.includes(folder));
const folderOf = (path: string): string => path.split("/")[0] ?? "";

/** What is wrong with one file's imports, each as `from -> to`. `path` and results are relative to src. */
function wrongImports(path: string, text: string): string[] {
  const from = folderOf(path);
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g)].flatMap(
    ([, target = ""]) => {
      const to = relative("/src", resolve("/src", dirname(path), target));
      const isAllowed = folderOf(to) === from || levelOf(folderOf(to)) < levelOf(from);
      const isKnown = levelOf(folderOf(to)) >= 0 && levelOf(from) >= 0;
      return isAllowed && isKnown ? [] : [`${path} -> ${to}`];
    },
  );
}

const src = resolve(import.meta.dirname, "../src");
const sources = readdirSync(src, { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts") && !/contract/.test(path));

describe("imports", () => {
  it.each([
    ["image/a.ts", 'import { x } from "../check/b.ts";', ["image/a.ts -> check/b.ts"]],
    ["linking/a.ts", 'import { x } from "../distros/b.ts";', ["linking/a.ts -> distros/b.ts"]],
    ["check/a.ts", 'const x = await import("../cli/b.ts");', ["check/a.ts -> cli/b.ts"]],
    ["check/a.ts", 'import { x } from "../image/b.ts";', []],
    ["other/a.ts", 'import { x } from "../model/b.ts";', ["other/a.ts -> model/b.ts"]],
  ])("of %s with %s are judged", (path, text, expected) => {
    expect(wrongImports(path, text)).toEqual(expected);
  });

  it("of the sources point down only", () => {
    expect(sources.length).toBeGreaterThan(20);
    expect(
      sources.flatMap((path) => wrongImports(path, readFileSync(join(src, path), "utf8"))),
    ).toEqual([]);
  });

  it("of process and console stand in cli only", () => {
    const users = sources.filter((path) => {
      const text = readFileSync(join(src, path), "utf8");
      return (
        /\bconsole\.|\bprocess\.(?:exit|argv|stdout|stderr)\b/.test(text) &&
        folderOf(path) !== "cli"
      );
    });
    expect(users).toEqual([]);
  });
});
