import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { splitLine } from "../../src/cli/completion/split-line.ts";
import { parseGlob } from "../../src/explore/find/glob.ts";

let folder = "";
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "fromage-oracles-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hasBash = spawnSync("bash", ["-c", ":"]).status === 0;

describe.skipIf(!hasBash)(`lines as they are typed${hasBash ? "" : " (skipped: no bash)"}`, () => {
  it("are the words of bash", () => {
    // Nothing in it that bash would expand, and nothing that another line could see.
    const letter = fc.constantFrom(...Array.from("ab,é \t'\"\\\u00a0"));
    const lines = fc.sample(fc.string({ unit: letter, maxLength: 14 }), { numRuns: 800, seed: 6 });
    const closed = lines.filter((line) => !isOpen(line));
    const script = closed.map((line) => `printf '%s\\0' ${line}\nprintf '\\1'\n`).join("");
    const file = join(folder, "lines.sh");
    writeFileSync(file, `LC_ALL=C\n${script}`);
    const { stdout } = spawnSync("bash", ["--norc", file], { encoding: "utf8" });
    const found = stdout.split("\x01").slice(0, -1);
    expect(found).toHaveLength(closed.length);
    expect(closed.length).toBeGreaterThan(200);
    for (const [at, line] of closed.entries()) {
      const words = splitLine(`${line} `).slice(0, -1);
      // Without a word, printf prints what stands for one.
      const printed = words.length === 0 ? [""] : words;
      expect([line, printed]).toEqual([line, (found[at] ?? "").split("\0").slice(0, -1)]);
    }
  });
});

/** Whether a quote is open at its end, or a backslash without a letter: bash would ask for more. */
function isOpen(line: string): boolean {
  return !/^(?:[^'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")*$/u.test(line);
}

const hasFind = /GNU findutils/.test(spawnSync("find", ["--version"], { encoding: "utf8" }).stdout);

describe.skipIf(!hasFind)(`patterns of find${hasFind ? "" : " (skipped: no GNU find)"}`, () => {
  it("mean the same names", () => {
    const letter = fc.constantFrom(...Array.from("ab-]![^*?.\\"));
    const pattern = fc.string({
      unit: fc.oneof(letter, letter, fc.constantFrom("[[:alpha:]]", "[a-b]", "[!a]", "[]a]")),
      minLength: 1,
      maxLength: 5,
    });
    const patterns = [...new Set(fc.sample(pattern, { numRuns: 500, seed: 7 }))];
    const name = fc.string({ unit: letter, minLength: 1, maxLength: 4 });
    const names = [...new Set(fc.sample(name, { numRuns: 150, seed: 8 }))].filter(
      (one) => one !== "." && one !== "..",
    );
    const place = mkdtempSync(join(folder, "names-"));
    for (const one of names) writeFileSync(join(place, one), "");
    const tests = patterns.flatMap((one, at) => [
      ...(at === 0 ? [] : [","]),
      ...["(", "-name", one, "-printf", `${at} %f\\0`, ")"],
    ]);
    const args = [place, "-mindepth", "1", ...tests];
    const ended = spawnSync("find", args, {
      encoding: "utf8",
      env: { LC_ALL: "C" },
      maxBuffer: 64 * 1024 * 1024,
    });
    const found = ended.stdout.split("\0").slice(0, -1).toSorted();
    const own = patterns.flatMap((one, at) => {
      const matches = parseGlob(one);
      return names.filter(matches).map((each) => `${at} ${each}`);
    });
    expect(own.length).toBeGreaterThan(500);
    const shown = (all: readonly string[]): readonly string[] =>
      all.map(
        (line) => `${patterns[Number.parseInt(line, 10)]} matches ${line.replace(/^\d+ /, "")}`,
      );
    expect(shown(own).toSorted()).toEqual(shown(found).toSorted());
  });
});
