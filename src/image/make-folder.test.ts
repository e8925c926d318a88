import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { makeFolder } from "./make-folder.ts";

const work = mkdtempSync(join(tmpdir(), "fromage-test-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe("makeFolder()", () => {
  it("makes all that is missing, and nothing when all is there", () => {
    const folder = join(work, "a/b/c");
    makeFolder(folder);
    makeFolder(folder);
    expect(existsSync(folder)).toBe(true);
  });
  it("throws the system's error below a file", () => {
    writeFileSync(join(work, "file"), "");
    expect(() => makeFolder(join(work, "file/x"))).toThrow(/ENOTDIR/);
  });
  it.skipIf(!existsSync("/proc/self"))("comes to an end below /proc (skipped without one)", () => {
    expect(() => makeFolder("/proc/fromage-test/x")).toThrow(/ENOENT|EACCES/);
  });
});
