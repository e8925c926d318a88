import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { run } from "../../../test/cli/run.ts";
import { openViews, type View } from "../open-view.ts";
import { grepFiles } from "./grep-files.ts";
import { LineSearch } from "./line-search.ts";

const folder = mkdtempSync(join(tmpdir(), "grep-files-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, "root"));
const piece = 64 * 1024;
const files: Readonly<Record<string, string | Buffer>> = {
  empty: "",
  lines: "one\n\ntwo\none",
  evil: `${"a".repeat(60)}!\n`,
  latin: Buffer.from("caf\xe9\n", "latin1"),
  // In every piece of the line, which is longer than what is read at once.
  long: `${`x${".".repeat(piece - 1)}`.repeat(40)}\nx\n`,
  cut: `${"-".repeat(piece - 1)}xy\n`,
};
for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, "root", name), text);

async function openRoot(): Promise<View> {
  const opened = await openViews("rootfs:root", {
    cwd: folder,
    platforms: [],
    temporaryFolder: join(folder, "temporary"),
    catalogue: () => {
      throw new Error("no base was asked for");
    },
  });
  const [view] = opened.ok ? opened.value : [];
  if (view === undefined) throw new Error("there is no view");
  return view;
}

describe("find --grep -c counts lines", () => {
  it.each([
    ["one", ["lines:2"]],
    ["^$", ["lines:1"]],
    ["^café$", ["latin:1"]],
    ["x", ["cut:1", "long:2"]],
    // What reaches from one piece into the next is not found, as the help says.
    ["xy", []],
    ["^two$|^one$", ["lines:3"]],
  ])("%s", async (pattern, expected) => {
    const args = ["find", "rootfs:root", "/", "-c", "--grep", pattern];
    const { out } = await run(args, folder);
    expect(out).toBe(expected.map((one) => `/${one}\n`).join(""));
  });
});

describe("an expression that takes for ever", () => {
  it("is over the limit", async () => {
    const view = await openRoot();
    const nodes = new Set([...view.rootfs.children("/").values()]);
    const found = await grepFiles(view, nodes, {
      pattern: /(a+)+$/u,
      signal: new AbortController().signal,
      onLayer: () => undefined,
      onProgress: () => undefined,
      limitMs: 200,
    });
    expect(found).toMatchObject({
      ok: false,
      failure: { kind: "over-limit", limit: 200, unit: "ms" },
    });
  });

  it("is told once, and nothing more is searched", () => {
    const stops: string[] = [];
    const search = new LineSearch(/(a+)+$/u, 50, (stop) => stops.push(stop));
    const matches: string[] = [];
    search.add(Buffer.from(`aaa\n${files["evil"]?.toString()}`), () => matches.push("evil"));
    search.flush();
    search.add(Buffer.from("aaa\n"), () => matches.push("later"));
    search.flush();
    expect([stops, matches]).toEqual([["over-time"], ["evil"]]);
  });
});
