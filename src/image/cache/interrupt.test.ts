import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeElf, MadeLayout, makeTar, type MadeEntry } from "../../../test/made-images.ts";
import { readCacheFile } from "./cache-file.ts";

const launcher = resolve(import.meta.dirname, "../../../bin/fromage.js");
const layerCount = 8;
const filesPerLayer = 150;

let scratch = "";
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "fromage-interrupt-"));
  const tars: Buffer[] = [];
  for (let layer = 0; layer < layerCount; layer++) {
    const entries = Array.from({ length: filesPerLayer }, (_, index): MadeEntry => {
      const elf = makeElf(layer * filesPerLayer + index);
      return [`bin/${layer}-${index}`, Buffer.concat([elf, Buffer.alloc(8192)]), 0o755];
    });
    tars.push(await makeTar(entries));
  }
  // It takes so long that the others are kept before it was read, on a busy machine too.
  tars.push(await makeTar([["zeros", new Uint8Array(192 * 1024 * 1024)]]));
  const made = new MadeLayout();
  const image = made.image({ tars, compression: "none", config: { Entrypoint: ["/bin/0-0"] } });
  made.finish([image]).writeTo(join(scratch, "image"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `check` with a cache; `interruptAt` is the file or folder whose appearance is answered with Ctrl-C. */
async function check(cache: string, interruptAt: string | null): Promise<Ended> {
  const args = ["check", "oci:image", "--base", "scratch", "--cache-dir", cache];
  const child = spawn(process.execPath, [launcher, ...args, "--as-of", "2026-01-01"], {
    cwd: scratch,
    env: { ...process.env, TMPDIR: scratch },
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const closed = once(child, "close");
  if (interruptAt !== null) {
    while (!existsSync(interruptAt) && child.exitCode === null) await setImmediate();
    child.kill("SIGINT");
  }
  await closed;
  return { code: child.exitCode, stdout, stderr };
}

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

describe("Ctrl-C while an image is read", () => {
  it("ends with 130, leaves whole files alone, and the next run is right", async () => {
    const whole = await check(join(scratch, "whole"), null);
    expect([whole.code, whole.stderr]).toEqual([0, ""]);

    const cache = join(scratch, "cache");
    let stopped = await check(cache, cache);
    // On a busy machine the signal may come when all is done.
    for (let tries = 0; tries < 5 && stopped.code === 0; tries++) {
      rmSync(cache, { recursive: true });
      stopped = await check(cache, cache);
    }
    expect([stopped.code, stopped.stdout]).toEqual([130, ""]);
    expect(stopped.stderr).not.toMatch(/^ +at /m);
    const files = filesOf(cache);
    expect(files.filter((path) => readCacheFile(path) === null)).toEqual([]);
    expect(readdirSync(scratch).toSorted()).toEqual(["cache", "image", "whole"]);

    expect(await check(cache, null)).toEqual(whole);
    expect(await check(cache, null)).toEqual(whole);
  });
});
