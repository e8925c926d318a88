import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { command } from "./bases.ts";

const folder = mkdtempSync(join(tmpdir(), "fromage-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const own = join(folder, "fromage", "bases");

/** Runs the command on 2026-11-25 in a user's folder of its own. */
async function run(
  ...args: readonly string[]
): Promise<{ code: number; out: string; err: string }> {
  let out = "";
  let err = "";
  const code = await command.run(args, {
    stdout: { write: (text) => void (out += text) },
    writeBytes: () => Promise.reject(new Error("bases writes text only")),
    stderr: { write: (text) => void (err += text) },
    env: { XDG_DATA_HOME: folder, XDG_CACHE_HOME: join(folder, "cache") },
    cwd: folder,
    isTerminal: false,
    isErrorTerminal: false,
    columns: 80,
    signal: new AbortController().signal,
    now: () => new Date("2026-11-25T12:00:00Z"),
  });
  return { code, out, err };
}

interface Document {
  readonly schema: string;
  readonly asOf: string;
  readonly bases: readonly {
    readonly id: string;
    readonly platform: string;
    readonly supportAsOf: string;
    readonly info: { readonly id: string };
    readonly layers: readonly { readonly entries: number }[];
  }[];
}

const parse = (text: string): Document => JSON.parse(text);

describe("fromage bases", () => {
  const wrong = [
    [[], "nothing to do"],
    [["remove"], 'no action "remove"'],
    [["toString"], 'no action "toString"'],
    [["list", "x"], 'unexpected argument "x"'],
    [["list", "--nothing"], "--nothing"],
    [["list", "--as-of", "2026-02-30"], "--as-of"],
    [["list", "--platform", "a/b/c/d"], "--platform"],
    [["show"], "no ID"],
    [["add"], "no REF"],
    [["add", "x"], "no --id"],
    [["add", "x", "--id", "../x"], "--id"],
    [["add", "x", "--id", "x", "--kind", "published"], "--kind"],
    [["add", "x", "--id", "x", "--digest", "sha256:1"], "--digest"],
    [["add", "x", "--id", "x", "--date", "today"], "--date"],
    [
      ["add", "x", "--id", "x", "--kind", "stand-in", "--digest", `sha256:${"1".repeat(64)}`],
      "no --digest",
    ],
  ] as const;
  it.each(wrong)("%j is bad usage: %s", async (args, reason) => {
    const { code, out, err } = await run(...args);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(reason);
  });

  it.each([["--help"], ["list", "--help"], ["show", "-h"], ["add", "--help"]])(
    "%s %s prints help with examples",
    async (...args) => {
      const { code, out } = await run(...args);
      expect([code, out.includes("Examples:")]).toEqual([0, true]);
    },
  );
});

describe("fromage bases list", () => {
  it("lists what ships", async () => {
    const { code, out } = await run("list", "--json", "--platform", "linux/aarch64");
    expect(code).toBe(0);
    const { schema, asOf, bases } = parse(out);
    expect([schema, asOf]).toEqual(["fromage/bases@1", "2026-11-25"]);
    expect(bases.map(({ id, supportAsOf }) => `${id} ${supportAsOf}`)).toEqual([
      "alpine-3.20 ended",
      "busybox-1.38-musl unknown",
      "scratch supported",
      "ubi9-micro supported",
    ]);
  });

  it("judges support at another day", async () => {
    const { out } = await run("list", "--as-of", "2026-04-01");
    expect(out).toMatch(/^alpine-3\.20 .* until 2026-04-02 {2,}measured$/m);
  });
});

describe("fromage bases show", () => {
  it("shows a base for each platform", async () => {
    const { code, out } = await run("show", "alpine-3.20", "--json");
    const { schema, bases } = parse(out);
    expect([code, schema]).toEqual([0, "fromage/base@1"]);
    expect(bases.map(({ info, layers }) => [info.id, layers.length])).toEqual([
      ["alpine-3.20", 1],
      ["alpine-3.20", 1],
    ]);
    expect((await run("show", "base:alpine-3.20")).out).toContain("C library   musl 1.2.5");
  });

  it("does not finish for a base that is not there", async () => {
    const { code, out, err } = await run("show", "alpine");
    expect([code, out]).toEqual([3, ""]);
    expect(err).toContain("alpine-3.20");
  });
});

describe("fromage bases add", () => {
  const root = join(folder, "root");
  mkdirSync(join(root, "etc"), { recursive: true });
  writeFileSync(join(root, "etc", "os-release"), "ID=alpine\nVERSION_ID=3.20.3\n");

  it("keeps a base that list and show know", async () => {
    const added = await run(
      "add",
      `rootfs:${root}`,
      "--id",
      "ours",
      "--reference",
      "example/ours:1",
    );
    expect([added.code, added.err]).toEqual([0, ""]);
    expect(added.out).toMatch(/^Added ours for linux\//);
    const { bases } = parse((await run("list", "--json")).out);
    expect(bases.some(({ id }) => id === "ours")).toBe(true);
    const shown = await run("show", "ours");
    expect(shown.out).toContain("alpine 3.20.3");
    expect(shown.out).toContain("ended 2026-04-02");
  });

  it("takes the place of the base of that name, and of no other", async () => {
    await run("add", `rootfs:${root}`, "--id", "other");
    await run("add", `rootfs:${root}`, "--id", "ours", "--kind", "stand-in");
    const { out } = await run("list", "--catalogue", own);
    expect(
      out
        .split("\n")
        .slice(1, -1)
        .map((line) => line.split(/ +/)[0]),
    ).toEqual(["other", "ours"]);
    expect(out).toMatch(/^ours .*stand-in$/m);
  });

  it("writes the same bytes for the same image and day", async () => {
    const folders = ["one", "two"].map((name) => join(folder, name));
    for (const catalogue of folders) {
      await run("add", `rootfs:${root}`, "--id", "ours", "--catalogue", catalogue);
    }
    const [one = [], two] = folders.map((catalogue) =>
      readdirSync(catalogue, { recursive: true, encoding: "utf8" }).toSorted(),
    );
    expect(two).toEqual(one);
    const [first = "", second] = folders.map((catalogue) =>
      readFileSync(join(catalogue, "index.json"), "utf8"),
    );
    expect(second).toBe(first);
  });

  it("changes nothing when the image is not there", async () => {
    const before = readFileSync(join(own, "index.json"), "utf8");
    const { code } = await run("add", "rootfs:nowhere", "--id", "ours");
    expect(code).toBe(3);
    expect(readFileSync(join(own, "index.json"), "utf8")).toBe(before);
  });

  it("does not write over a catalogue that it cannot read", async () => {
    const broken = join(folder, "broken");
    mkdirSync(broken);
    writeFileSync(join(broken, "index.json"), "{}");
    const { code, err } = await run("add", `rootfs:${root}`, "--id", "ours", "--catalogue", broken);
    expect([code, readFileSync(join(broken, "index.json"), "utf8")]).toEqual([3, "{}"]);
    expect(err).toContain("index.json");
  });

  it("is listed with exit code 4 when the user's own bases are damaged", async () => {
    const text = readFileSync(join(own, "index.json"), "utf8");
    writeFileSync(join(own, "index.json"), text.slice(1));
    const { code, out, err } = await run("list");
    expect(code).toBe(4);
    expect(out).toContain("alpine-3.20");
    expect(err).toContain("index.json");
    writeFileSync(join(own, "index.json"), text);
  });
});
