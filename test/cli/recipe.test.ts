import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { ChooseAnswer } from "../../src/model/answer.ts";
import { findTestImages, withoutImages } from "../images.ts";
import { missingTools } from "../truth/command.ts";
import { openRoot, rootSources } from "../truth/roots.ts";
import { run } from "./run.ts";

/** A program whose library is beside it, where no loader looks, and the base that it is put on. */
interface Case {
  readonly name: string;
  readonly root: string;
  readonly compiler: "gcc" | "g++" | "musl-gcc";
  readonly source: string;
  readonly flags: readonly string[];
  /** Of this machine's compiler, copied to lib/. */
  readonly ownLibraries?: readonly string[];
  /** Built as lib/libours.so.1. */
  readonly ours?: string;
  readonly output: string;
  readonly sonames: readonly string[];
}

const zlib = `#include <stdio.h>
const char *zlibVersion(void);
int main(void) { printf("zlib %c\\n", zlibVersion()[0]); }`;
const thrown = `#include <iostream>
#include <stdexcept>
int main() { try { throw std::runtime_error("x"); } catch (std::exception &e) { std::cout << "caught " << e.what() << std::endl; } }`;
const ours = "int answer(void) { return 42; }";
const asking = `#include <stdio.h>
int answer(void);
int main(void) { printf("answer %d\\n", answer()); }`;

const plain = { source: asking, flags: [], ours, output: "answer 42", sonames: ["libours.so.1"] };
const cases: readonly Case[] = [
  {
    name: "zlib",
    root: "base-12",
    compiler: "gcc",
    source: zlib,
    flags: ["-l:libz.so.1"],
    ownLibraries: ["libz.so.1"],
    output: "zlib 1",
    sonames: ["libz.so.1"],
  },
  {
    name: "the C++ runtime",
    root: "base-12",
    compiler: "g++",
    source: thrown,
    flags: [],
    ownLibraries: ["libstdc++.so.6", "libgcc_s.so.1"],
    output: "caught x",
    sonames: ["libgcc_s.so.1", "libstdc++.so.6"],
  },
  { name: "its own library", root: "base-13", compiler: "gcc", ...plain },
  { name: "its own library", root: "debian-13", compiler: "gcc", ...plain },
  { name: "its own library", root: "busybox-glibc", compiler: "gcc", ...plain },
  { name: "its own library", root: "alpine-3.20", compiler: "musl-gcc", ...plain },
];

const folder = mkdtempSync(join(tmpdir(), "fromage-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Makes `server` and `lib/` in a folder of its own. */
function build({ compiler, source, flags, ownLibraries = [], ours: library }: Case): string {
  const home = mkdtempSync(join(folder, "app-"));
  const lib = join(home, "lib");
  mkdirSync(lib);
  const compile = (text: string, output: string, more: readonly string[]): void => {
    const language = compiler === "g++" ? "c++" : "c";
    const file = join(folder, `source.${language}`);
    writeFileSync(file, text);
    execFileSync(compiler, ["-O1", "-o", output, "-x", language, file, "-x", "none", ...more]);
  };
  for (const name of ownLibraries) {
    const found = execFileSync(compiler, [`-print-file-name=${name}`], { encoding: "utf8" }).trim();
    cpSync(realpathSync(found), join(lib, name));
  }
  const own = join(lib, "libours.so.1");
  if (library !== undefined) {
    compile(library, own, ["-shared", "-fPIC", "-Wl,-soname,libours.so.1"]);
  }
  compile(source, join(home, "server"), [...(library === undefined ? [] : [own]), ...flags]);
  return home;
}

function start(root: string): { readonly status: number | null; readonly output: string } {
  const places = ["--bind", root, "/", "--proc", "/proc", "--dev", "/dev", "--chdir", "/app"];
  const args = ["--unshare-all", "--die-with-parent", ...places, "--clearenv", "/app/server"];
  const { status, stdout, stderr } = spawnSync("bwrap", args, {
    encoding: "utf8",
    timeout: 20_000,
  });
  return { status, output: (stdout + stderr).trim() };
}

/** Why the real run is left out; null when it can be done. */
function reasonToSkip(): string | null {
  if (findTestImages() === null) return withoutImages;
  const missing = missingTools(["bwrap", "gcc", "g++", "musl-gcc", "skopeo", "umoci", "tar"]);
  if (missing.length > 0) return `skipped: ${missing.join(", ")} not on PATH`;
  const tried = spawnSync("bwrap", ["--unshare-all", "--ro-bind", "/", "/", "true"]);
  if (process.arch !== "x64") return "skipped: the images are for amd64";
  return tried.status === 0 ? null : "skipped: bwrap may not make namespaces here";
}

const reason = reasonToSkip();

describe.skipIf(reason !== null)(
  `a recipe, really run${reason === null ? "" : ` (${reason})`}`,
  () => {
    it.each(cases)("$name on $root", { timeout: 60_000 }, async (one) => {
      const source = rootSources.find(({ id }) => id === one.root);
      if (source === undefined) throw new RangeError(`Cannot find the root ${one.root}`);
      const { folder: unpacked, archive } = await openRoot(source);
      const app = build(one);
      const { code, out, err } = await run([app, "--base", archive ?? "", "--json"], folder);
      expect({ code, err }).toEqual({ code: 0, err: "" });
      const { choice, candidates }: ChooseAnswer = JSON.parse(out);
      expect(candidates[0]).toMatchObject({ asIs: "fails", verdict: "runs" });
      expect(candidates[0]?.sizes.resultCompressedBytes).toBeGreaterThan(0);
      const copies = choice?.recipe?.copies ?? [];
      expect(copies.map(({ provides }) => provides).toSorted()).toEqual(one.sonames);

      const root = mkdtempSync(join(folder, "root-"));
      execFileSync("cp", ["-a", `${unpacked}/.`, root]);
      execFileSync("cp", ["-a", `${app}/.`, join(root, "app")]);
      expect(start(root).status).not.toBe(0);
      for (const { from, to } of copies) {
        // The links of these bases are relative, so they stay in the root.
        mkdirSync(join(root, dirname(to)), { recursive: true });
        cpSync(join(root, from), join(root, to));
      }
      expect(start(root)).toEqual({ status: 0, output: one.output });
    });
  },
);
