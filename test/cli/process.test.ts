import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findTestImages, testImage, withoutImages } from "../images.ts";
import { makeProgram } from "./made-program.ts";

const folder = mkdtempSync(join(tmpdir(), "fromage-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, "static"), makeProgram({ machine: "amd64", loader: null }));
chmodSync(join(folder, "static"), 0o755);
writeFileSync(join(folder, "file"), "");
mkdirSync(join(folder, "home"));

const launcher = join(import.meta.dirname, "../../bin/fromage.js");

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface ProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Reads no more of the answer once something came. */
  readonly closesEarly?: boolean;
  /** Presses Ctrl-C once the process has read for so long. */
  readonly interruptAfterMs?: number;
}

function start(args: readonly string[], options: ProcessOptions = {}): Promise<Ended> {
  const { env = {}, closesEarly = false, interruptAfterMs } = options;
  const child = spawn(process.execPath, [launcher, ...args], {
    cwd: folder,
    env: { HOME: join(folder, "home"), ...env },
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
    if (closesEarly) child.stdout.destroy();
  });
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  if (interruptAfterMs !== undefined) setTimeout(() => child.kill("SIGINT"), interruptAfterMs);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err }));
  });
}

const check = ["choose", "./static", "--base", "scratch"];

describe("the process", () => {
  const places = [
    ["no HOME", { HOME: "" }],
    ["a HOME that is a file", { HOME: join(folder, "file") }],
    ["a TMPDIR that is not there", { TMPDIR: join(folder, "nowhere") }],
    ["a TMPDIR that is a file", { TMPDIR: join(folder, "file") }],
    ["a dumb terminal", { TERM: "dumb" }],
    ["NO_COLOR", { NO_COLOR: "1" }],
  ] as const;
  it.each(places)("answers with %s", async (_, env) => {
    const { code, out, err } = await start(check, { env });
    expect({ code, err: err.replace(/^Cannot reach .*\n/, "") }).toEqual({ code: 0, err: "" });
    expect(out).toContain("Choice: scratch (runs)");
    expect(out).not.toContain("\u001b");
  });

  it("ends in silence when nobody reads on", async () => {
    const { code, err } = await start(["bases", "show", "debian-12-slim", "--json"], {
      closesEarly: true,
    });
    expect(err).toBe("");
    expect([0, 3]).toContain(code);
  });

  const isAbsent = findTestImages() === null;
  it.skipIf(isAbsent)(`is interrupted${isAbsent ? ` (${withoutImages})` : ""}`, async () => {
    const image = testImage("debian-12-slim-amd64.oci.tar");
    const ended = await start(["choose", image, "--no-cache"], { interruptAfterMs: 400 });
    expect(ended).toMatchObject({ code: 130, out: "" });
    expect(ended.err).not.toMatch(/at .*\.ts:\d+/);
  });
});
