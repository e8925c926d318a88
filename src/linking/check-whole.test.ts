import { describe, expect, it } from "vitest";
import { elfFacts } from "../../test/elf-facts.ts";
import type { ElfFacts } from "../formats/elf/facts.ts";
import type { Rootfs } from "../image/rootfs.ts";
import { memoryRootfs } from "../../test/memory-rootfs.ts";
import { createLinker } from "./linker.ts";

const program = { content: "x".repeat(100), mode: 0o755 };

function start(files: Readonly<Record<string, ElfFacts>>) {
  const contents = Object.fromEntries(Object.keys(files).map((path) => [path, program]));
  const rootfs: Rootfs = memoryRootfs(contents, files);
  return createLinker(rootfs).start("/app").problems;
}

const musl = elfFacts({
  loader: { kind: "musl", version: "1.2.5", systemDirs: [], muslArchitecture: "x86_64" },
});
const loader = "/lib/ld-musl-x86_64.so.1";

describe("checkWhole()", () => {
  it.each<readonly [string, Readonly<Record<string, ElfFacts>>, string | null]>([
    ["a whole static program", { "/app": elfFacts({ type: "exec" }) }, null],
    [
      "a static program that was cut off",
      { "/app": elfFacts({ type: "exec", isCutOff: true }) },
      "/app",
    ],
    [
      "a library that was cut off",
      {
        "/app": elfFacts({ type: "pie", interpreter: loader, needed: ["liba.so"] }),
        [loader]: musl,
        "/lib/liba.so": elfFacts({ isCutOff: true }),
      },
      "/lib/liba.so",
    ],
    [
      "a library whose symbols were not all read",
      {
        "/app": elfFacts({ type: "pie", interpreter: loader, needed: ["liba.so"] }),
        [loader]: musl,
        "/lib/liba.so": elfFacts({ isTruncated: true }),
      },
      "/lib/liba.so",
    ],
  ])("of %s", (_name, files, path) => {
    const expected =
      path === null ? [] : [{ severity: "blocks", subject: { code: "not-read", path } }];
    expect(start(files)).toMatchObject(expected);
  });
});
