import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FormatError } from "../format-error.ts";
import { fromBytes } from "../random-access.ts";
import type { ElfFacts } from "./facts.ts";
import { parseElf } from "./parse-elf.ts";

/** The Node that npm installed for the project: a real, big ELF file that is on every Linux machine with it. */
const nodeBinary = process.execPath;
const isElf = process.platform === "linux";

const hasReadelf = spawnSync("readelf", ["--version"]).status === 0;

/** Real files, taken where they are there: both word sizes and byte orders when cross libraries are installed. */
const files = [
  nodeBinary,
  "/bin/bash",
  "/lib/x86_64-linux-gnu/libc.so.6",
  "/lib64/ld-linux-x86-64.so.2",
  "/usr/lib/x86_64-linux-gnu/libstdc++.so.6",
  "/usr/s390x-linux-gnu/lib/libc.so.6",
  "/usr/i686-linux-gnu/lib/libc.so.6",
  "/usr/aarch64-linux-gnu/lib/libc.so.6",
].filter((file) => existsSync(file));

function readelf(file: string, ...flags: string[]): string {
  const { stdout } = spawnSync("readelf", ["-W", ...flags, file], {
    encoding: "latin1",
    maxBuffer: 1 << 28,
  });
  return stdout;
}

/** `name`, `name@VERSION` or `name@@VERSION`, as readelf writes definitions. */
function exported(facts: ElfFacts): string[] {
  return facts.exports
    .filter(({ kind }) => kind !== "plt")
    .flatMap(({ version, hidden, names: text }) =>
      text
        .split("\n")
        .map((name) => (version === null ? name : `${name}${hidden ? "@" : "@@"}${version}`)),
    )
    .toSorted();
}

function exportedByReadelf(file: string): string[] {
  return readelf(file, "--dyn-syms")
    .split("\n")
    .flatMap((line) => {
      const [, , , , binding, visibility, section, name] = line.trim().split(/\s+/);
      const isDefined = section !== undefined && section !== "UND" && name !== undefined;
      const isVisible = visibility === "DEFAULT" || visibility === "PROTECTED";
      // readelf writes a needed version, as of a copied symbol, with its index in brackets behind it.
      return isDefined && binding !== "LOCAL" && isVisible && binding !== "Bind" ? [name] : [];
    })
    .toSorted();
}

/** `name` or `name@VERSION`. */
function imported(facts: ElfFacts): string[] {
  return facts.imports.flatMap(({ version, names }) =>
    names.split("\n").map((name) => (version === null ? name : `${name}@${version}`)),
  );
}

/**
 * The symbols of relocations that are undefined, copied, or defined under a version that is not the default: readelf
 * writes all of them with one `@` (`_res@GLIBC_2.2.5` in glibc's libc.so.6 is of the last kind).
 */
function importedByReadelf(file: string): string[] {
  const undefinedNames = new Set<string>();
  for (const line of readelf(file, "--dyn-syms").split("\n")) {
    const columns = line.trim().split(/\s+/);
    if (columns[6] === "UND" && columns[7] !== undefined) undefinedNames.add(columns[7]);
  }
  return readelf(file, "-r")
    .split("\n")
    .flatMap((line) => {
      const [, , type = "", , symbol = ""] = line.trim().split(/\s+/);
      const name = symbol.replace(/\(\)$/, "");
      const isAsked = undefinedNames.has(name) || /^[^@]+@[^@]/.test(name);
      return type.startsWith("R_") && isAsked ? [name] : [];
    });
}

describe.skipIf(!hasReadelf)(
  `parseElf() agrees with readelf${hasReadelf ? "" : " (skipped: no readelf)"}`,
  () => {
    it.each(files)("on needed names, soname and interpreter of %s", (file) => {
      const facts = parseElf(fromBytes(readFileSync(file)));
      const dynamic = readelf(file, "-d");
      const values = (tag: string): string[] =>
        [...dynamic.matchAll(new RegExp(String.raw`\(${tag}\).*\[(.*)\]`, "g"))].map(
          (match) => match[1] ?? "",
        );
      expect(facts.needed).toEqual(values("NEEDED"));
      expect(facts.soname).toBe(values("SONAME")[0] ?? null);
      expect(facts.runpath).toBe(values("RUNPATH")[0] ?? null);
      expect(facts.interpreter).toBe(/interpreter: (.*)\]/.exec(readelf(file, "-l"))?.[1] ?? null);
    });

    it.each(files)("on the exports and their versions of %s", (file) => {
      const facts = parseElf(fromBytes(readFileSync(file)));
      const strip = (list: string[]): string[] =>
        list.map((name) => name.replace(/@+.*$/, "")).toSorted();
      expect(strip(exported(facts))).toEqual(strip(exportedByReadelf(file)));
      // The symbol that stands for a version itself is printed without one.
      const versioned = (list: string[]): string[] =>
        list.filter((name) => /^(.*)@@(?!\1$)/.test(name));
      if (facts.type === "shared")
        expect(versioned(exported(facts))).toEqual(versioned(exportedByReadelf(file)));
    });

    it.each(files)("on the symbols that relocations of %s ask of others", (file) => {
      const facts = parseElf(fromBytes(readFileSync(file)));
      expect(new Set(imported(facts))).toEqual(new Set(importedByReadelf(file)));
    });
  },
);

describe.skipIf(!isElf)("parseElf() on hostile bytes", () => {
  const sound = readFileSync(nodeBinary).subarray(0, 512 * 1024);

  it("throws nothing but FormatError when the first bytes are changed", () => {
    const change = fc.tuple(fc.nat({ max: 1023 }), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const bytes = Buffer.from(sound);
        for (const [at, value] of changes) bytes[at] = value;
        expectFactsOrFormatError(bytes);
      }),
      { numRuns: 200 },
    );
  });

  it("throws nothing but FormatError when the file is cut", () => {
    fc.assert(
      fc.property(fc.nat({ max: 4096 }), (length) =>
        expectFactsOrFormatError(sound.subarray(0, length)),
      ),
      { numRuns: 200 },
    );
  });

  it.each([
    ["no bytes", Buffer.alloc(0)],
    ["a script", Buffer.from("#!/bin/sh\necho hello, world\n")],
    ["the four bytes alone", Buffer.from([0x7f, 0x45, 0x4c, 0x46])],
    ["class 3", Buffer.from([0x7f, 0x45, 0x4c, 0x46, 3, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
  ])("refuses %s", (_name, bytes) => {
    expect(() => parseElf(fromBytes(bytes))).toThrow(FormatError);
  });
});

function expectFactsOrFormatError(bytes: Uint8Array): void {
  try {
    expect(parseElf(fromBytes(bytes)).class).toBeOneOf([32, 64]);
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
  }
}
