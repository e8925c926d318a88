import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openMachine } from "./open-machine.ts";

const folder = mkdtempSync(join(tmpdir(), "fromage-machine-"));
afterAll(() => rmSync(folder, { recursive: true }));
const machine = openMachine({ env: {}, home: folder, userId: null });
const at = (name: string): string => join(folder, name);

writeFileSync(at("file"), "text\n", { mode: 0o640 });
chmodSync(at("file"), 0o640);
writeFileSync(at("latin"), Buffer.from([0x61, 0xe9]));
writeFileSync(at("most"), "a".repeat(1024 * 1024));
writeFileSync(at("more"), "a".repeat(1024 * 1024 + 1));
writeFileSync(at("marked"), "\ufefftext");
mkdirSync(at("sub"));
writeFileSync(at("sub/é"), "");
writeFileSync(at("sub/z"), "");
symlinkSync("loop", at("loop"));
spawnSync("mkfifo", [at("pipe")]);

describe("openMachine()", () => {
  it.each([
    ["file", { ok: true, value: { text: "text\n", mode: 0o640 } }],
    ["marked", { ok: true, value: { text: "text" } }],
    ["absent", { ok: true, value: null }],
    ["file/below", { ok: true, value: null }],
    ["sub", { failure: { kind: "malformed", reason: "it is no regular file" } }],
    ["pipe", { failure: { kind: "malformed", reason: "it is no regular file" } }],
    ["latin", { failure: { kind: "malformed", reason: "it is not UTF-8" } }],
    ["more", { failure: { kind: "over-limit", limit: 1024 * 1024, unit: "bytes" } }],
    ["loop", { failure: { kind: "unreachable" } }],
  ])("reads %s", (name, expected) => {
    expect(machine.readText(at(name))).toMatchObject(expected);
  });

  it("reads what has no size and is as long as allowed", () => {
    expect(machine.readText("/proc/self/status")).toMatchObject({
      value: { text: expect.stringContaining("Name:") },
    });
    const most = machine.readText(at("most"));
    expect(most.ok && most.value?.text.length).toBe(1024 * 1024);
    // A device without end.
    expect(machine.readText("/dev/zero")).toMatchObject({ failure: { kind: "malformed" } });
  });

  it("lists by bytes", () => {
    expect(machine.list(at("sub"))).toEqual({ ok: true, value: ["z", "é"] });
    expect(machine.list(at("absent"))).toEqual({ ok: true, value: null });
    expect(machine.list(at("file"))).toEqual({ ok: true, value: null });
    expect(machine.list(at("loop"))).toMatchObject({ failure: { kind: "unreachable" } });
  });

  const isRoot = process.getuid?.() === 0;
  it.skipIf(isRoot)(`tells what it may not read${isRoot ? " (skipped: root may)" : ""}`, () => {
    chmodSync(at("file"), 0);
    expect(machine.readText(at("file"))).toMatchObject({ failure: { kind: "denied" } });
  });
});
