import { describe, expect, it } from "vitest";
import { memoryRootfs } from "../../test/memory-rootfs.ts";
import type { ElfFacts } from "../formats/elf/facts.ts";
import { promisedCpuLevel } from "./cpu-level.ts";
import { elfFacts } from "./testdata/bases.ts";

const needing = (x86IsaNeeded: number | null): ElfFacts => {
  const facts = elfFacts(0);
  return { ...facts, notes: { ...facts.notes, x86IsaNeeded } };
};

const loader = "/usr/lib/x86_64/ld-linux-x86-64.so.2";
const libc = "/usr/lib/x86_64/libc.so.6";
const shell = "/bin/sh";
const files = {
  "/lib64/ld-linux-x86-64.so.2": { link: loader },
  [loader]: "",
  [libc]: "",
  [shell]: "",
  "/usr/lib/x86_64/glibc-hwcaps/x86-64-v3/libz.so.1": "",
};

describe("promisedCpuLevel", () => {
  const cases = [
    ["amd64", undefined, {}, "x86-64-v1"],
    ["amd64", undefined, { [loader]: needing(1), [libc]: needing(1) }, "x86-64-v1"],
    ["amd64", undefined, { [libc]: needing(0b11) }, "x86-64-v2"],
    ["amd64", undefined, { [loader]: needing(0b111) }, "x86-64-v3"],
    ["amd64", undefined, { [shell]: needing(0b1000) }, "x86-64-v4"],
    ["amd64", undefined, { [loader]: needing(null) }, "x86-64-v1"],
    ["amd64", "v3", { [libc]: needing(0b11) }, "x86-64-v3"],
    [
      "amd64",
      undefined,
      { "/usr/lib/x86_64/glibc-hwcaps/x86-64-v3/libz.so.1": needing(4) },
      "x86-64-v1",
    ],
    ["arm64", undefined, { [libc]: needing(4) }, "baseline"],
  ] as const;
  it.each(cases)("of %s %s with %j: %s", (architecture, variant, elf, expected) => {
    const platform = { os: "linux", architecture, ...(variant ? { variant } : {}) };
    expect(promisedCpuLevel(memoryRootfs(files, elf), platform)).toBe(expected);
  });
});
