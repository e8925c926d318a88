import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { makeTar, type MadeEntry } from "../../../test/made-images.ts";
import type { Layer } from "../image.ts";
import { describeFailure } from "../../report/failure-words.ts";
import { openImages } from "./open-images.ts";

const scratch = mkdtempSync(join(tmpdir(), "fromage-recognise-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let count = 0;

function describeLayer(layer: Layer): string {
  return layer.kind === "directory"
    ? `at ${layer.mountPath}`
    : layer.kind === "blob"
      ? layer.compression
      : layer.name;
}

/** Source and layers of what a bare path is taken for; `refused` where it is neither. */
async function recognise(cwd: string, reference: string): Promise<string> {
  const temporaryFolder = join(cwd, "temporary");
  const opened = await openImages(reference, { cwd, platforms: [], temporaryFolder });
  if (!opened.ok) return `refused: ${describeFailure(opened.failure)}`;
  expect(opened.value).toHaveLength(1);
  // Nothing is left of what had to be looked into.
  const left = readdirSync(cwd).includes("temporary") ? readdirSync(temporaryFolder) : [];
  expect(left).toEqual([]);
  return opened.value
    .map(({ source, layers }) => `${source} ${layers.map(describeLayer).join()}`)
    .join();
}

function newFolder(): string {
  const folder = join(scratch, `${count++}`);
  mkdirSync(folder);
  return folder;
}

/** Files of a folder, each empty; a name with a slash at its end is a folder. */
const folders: readonly (readonly [name: string, paths: readonly string[], expected: string])[] = [
  ["nothing", [], "path at /app"],
  ["an app", ["package.json", "bin/start", "lib/a.js"], "path at /app"],
  ["an app with etc, bin and lib", ["etc/app.conf", "bin/app", "lib/a.so"], "path at /app"],
  ["os-release alone", ["etc/os-release"], "rootfs at /"],
  ["os-release in /usr", ["usr/lib/os-release"], "rootfs at /"],
  ["busybox", ["bin/", "dev/", "etc/passwd", "home/", "tmp/"], "rootfs at /"],
  ["a Go project", ["cmd/", "etc/", "go.mod", "bin/", "lib/", "opt/"], "path at /app"],
];

describe("a bare folder with", () => {
  it.each(folders)("%s", async (_, paths, expected) => {
    const cwd = newFolder();
    mkdirSync(join(cwd, "it"));
    for (const path of paths) {
      const at = join(cwd, "it", path);
      mkdirSync(path.endsWith("/") ? at : dirname(at), { recursive: true });
      if (!path.endsWith("/")) writeFileSync(at, "");
    }
    expect(await recognise(cwd, "it")).toBe(expected);
  });
});

const noise = Array.from({ length: 3000 }, (_, index) => `${index * 7919}`).join("\n");
const big: MadeEntry = ["usr/big", noise.repeat(8)];
const root: readonly MadeEntry[] = [
  ["bin/sh", "x"],
  ["etc/os-release", "ID=x\n"],
  ["usr/lib/x", "x"],
];

const tarballs: readonly (readonly [
  name: string,
  entries: readonly MadeEntry[],
  plain: string,
  compressed: string,
])[] = [
  ["a root", root, "rootfs none", "rootfs gzip"],
  ["a root that starts with its largest file", [big, ...root], "rootfs none", "rootfs gzip"],
  [
    "a root that starts with a folder of its own",
    [["data/x", "x"], big, ...root],
    "rootfs none",
    "rootfs gzip",
  ],
  ["an app", [["app/x", "x"]], "refused", "refused"],
  ["a large app", [["app/x", "x"], big], "refused", "refused"],
];

describe("a bare tar archive with", () => {
  it.each(tarballs)("%s", async (_, entries, plain, compressed) => {
    const cwd = newFolder();
    const tar = await makeTar(entries);
    writeFileSync(join(cwd, "it.tar"), tar);
    writeFileSync(join(cwd, "it.tgz"), gzipSync(tar));
    const [asTar, asGzip] = [await recognise(cwd, "it.tar"), await recognise(cwd, "it.tgz")];
    expect([asTar.split(":")[0], asGzip.split(":")[0]]).toEqual([plain, compressed]);
  });
});

describe("a bare file with", () => {
  it.each([
    ["nothing", "", "path at /app"],
    ["a script", "#!/bin/sh\n", "path at /app"],
    ["an ELF file", "\x7fELF\x02\x01\x01", "path at /app"],
    ["compressed text", gzipSync("text"), "path at /app"],
  ])("%s", async (_, bytes, expected) => {
    const cwd = newFolder();
    writeFileSync(join(cwd, "it"), bytes);
    expect(await recognise(cwd, "it")).toBe(expected);
  });
});

describe("an explicit source wins", () => {
  it.each([
    ["rootfs:it", "rootfs at /"],
    ["it", "path at /app"],
    ["scratch", "scratch "],
    ["./scratch", "path at /app"],
  ])("%s", async (reference, expected) => {
    const cwd = newFolder();
    mkdirSync(join(cwd, "it"));
    mkdirSync(join(cwd, "scratch"));
    expect(await recognise(cwd, reference)).toBe(expected);
  });
});
