import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** A folder with a `fromage` that is this checkout's. */
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fromage-completion-"));
  const program = resolve(import.meta.dirname, "../../bin/fromage.js");
  const file = join(folder, "fromage");
  writeFileSync(file, `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
  chmodSync(file, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function runShell(shell: string, args: readonly string[]): string {
  const env = { PATH: `${folder}:${process.env["PATH"] ?? ""}`, HOME: folder };
  const { stdout, stderr, status } = spawnSync(shell, args, { env, cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(`Cannot complete with ${shell}: ${stderr}`);
  return stdout;
}

const rows: readonly (readonly [line: string, proposed: string])[] = [
  ["fromage ch", "choose"],
  ["fromage check --base-", "--base-is"],
  ["fromage ls base:alpine-3.2", "base:alpine-3.20"],
  ["fromage cat base:alpine-3.20 /etc/alpine-rel", "/etc/alpine-release"],
  ["fromage cache pr", "prune"],
  ["fromage ls --config $(touch<gone) base:alpine-3.2", "base:alpine-3.20"],
];

function without(shell: string): string | null {
  return spawnSync(shell, ["--version"]).error === undefined ? null : `${shell} is not there`;
}

describe("bash completes", () => {
  it.each(rows)("%s", (line, proposed) => {
    const script = `eval "$(fromage completion bash)"; COMP_LINE=$1; COMP_POINT=\${#1}; _fromage; printf '%s\\n' "\${COMPREPLY[@]}"; ls`;
    const shown = runShell("bash", ["--norc", "-c", script, "bash", line]).split("\n");
    // Readline replaces what stands behind the last colon.
    expect(shown).toContain(proposed.split(":").at(-1));
    expect(shown).not.toContain("gone");
  });
});

const noFish = without("fish");
describe(`fish completes${noFish === null ? "" : ` (skipped: ${noFish})`}`, () => {
  it.skipIf(noFish !== null).each(rows)("%s", (line, proposed) => {
    const script = `fromage completion fish | source; complete -C $argv[1]`;
    const shown = runShell("fish", ["-c", script, line]).split("\n");
    expect(shown.map((one) => one.split("\t")[0])).toContain(proposed);
  });
});

const noZsh = without("zsh");
describe(`zsh${noZsh === null ? "" : ` (skipped: ${noZsh})`}`, () => {
  it.skipIf(noZsh !== null)("takes the script, and its function fills in the words", () => {
    // compadd works only while a line is edited: what it is given is printed here.
    const script = `
      compdef() { : }; compadd() { print -l -- \${(P)@[-1]} }; _files() { print files }
      eval "$(fromage completion zsh)"
      words=(fromage ls base:alpine-3.2); CURRENT=3; _fromage
      words=(fromage ls ./); CURRENT=3; _fromage`;
    expect(runShell("zsh", ["-f", "-c", script])).toBe("base:alpine-3.20\nfiles\n");
  });
});
