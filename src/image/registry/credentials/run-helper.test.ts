import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findProgram, runHelper } from "./run-helper.ts";

const folder = mkdtempSync(join(tmpdir(), "fromage-helper-"));
afterAll(() => rmSync(folder, { recursive: true }));
const env = { PATH: `${folder}:/usr/bin:/bin`, OUT: folder };

/** Real programs; MARKER stands for a secret that must show up nowhere. */
const scripts: Readonly<Record<string, string>> = {
  good: `cat > "$OUT/asked"; echo "$1" > "$OUT/verb"; echo '{"ServerURL":"x","Username":"user","Secret":"MARKER"}'`,
  token: `echo '{"Username":"<token>","Secret":"MARKER"}'`,
  empty: `echo '{"Username":"","Secret":""}'`,
  none: `echo "credentials not found in native keychain"; exit 1`,
  fails: `echo "MARKER"; echo MARKER >&2; exit 3`,
  dies: `echo MARKER; kill -9 $$`,
  garbage: `echo MARKER`,
  list: `echo '["MARKER"]'`,
  silent: `exit 0`,
  noisy: `echo '{"Username":"user","Secret":"s"}'; head -c 20000000 /dev/zero >&2`,
  huge: `head -c 100000000 /dev/zero`,
  endless: `while :; do echo MARKERMARKERMARKERMARKERMARKERMARKER; done`,
  hangs: `sleep 1000 & echo $! > "$OUT/child"; echo $$ > "$OUT/p"; mv "$OUT/p" "$OUT/parent"; wait`,
};
for (const [name, text] of Object.entries(scripts)) {
  writeFileSync(join(folder, `docker-credential-${name}`), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}
writeFileSync(join(folder, "docker-credential-text"), "no program", { mode: 0o755 });
writeFileSync(join(folder, "docker-credential-lost"), "#!/nowhere\n", { mode: 0o755 });
writeFileSync(join(folder, "docker-credential-plain"), "#!/bin/sh\n", { mode: 0o644 });
mkdirSync(join(folder, "docker-credential-folder"));

async function ask(name: string, timeLimitMs = 30_000): ReturnType<typeof runHelper> {
  return await runHelper({ name, server: "https://index.docker.io/v1/", env, timeLimitMs });
}

describe("runHelper()", () => {
  it("asks as Docker does", async () => {
    const credential = { kind: "password", username: "user", password: "MARKER" };
    expect(await ask("good")).toEqual({ ok: true, value: credential });
    expect(readFileSync(join(folder, "asked"), "utf8")).toBe("https://index.docker.io/v1/");
    expect(readFileSync(join(folder, "verb"), "utf8")).toBe("get\n");
  });

  it.each([
    ["token", { value: { kind: "identity-token", token: "MARKER" } }],
    ["noisy", { value: { kind: "password", username: "user", password: "s" } }],
    ["empty", { ok: true, value: null }],
    ["none", { ok: true, value: null }],
  ])("of %s is understood", async (name, expected) => {
    expect(await ask(name)).toMatchObject(expected);
  });

  it.each([
    ["fails", { kind: "denied", reason: expect.stringContaining("exit code 3") }],
    ["dies", { kind: "denied", reason: expect.stringContaining("exit code none") }],
    ["garbage", { kind: "malformed" }],
    ["list", { kind: "malformed" }],
    ["silent", { kind: "malformed" }],
    ["huge", { kind: "over-limit", unit: "bytes" }],
    ["endless", { kind: "over-limit", unit: "bytes" }],
    ["absent", { kind: "not-found" }],
    ["plain", { kind: "not-found" }],
    ["folder", { kind: "not-found" }],
    ["text", { kind: "denied" }],
    ["lost", { kind: "denied", reason: "it could not be started (ENOENT)" }],
    ["../good", { kind: "malformed" }],
    ["", { kind: "malformed" }],
  ])("of %s fails", async (name, failure) => {
    const result = await ask(name);
    expect(result).toMatchObject({ ok: false, failure });
    expect(JSON.stringify(result)).not.toContain("MARKER");
  });

  it("is stopped when it takes too long", async () => {
    const reason = "it did not answer in 0.2 s and was stopped";
    expect(await ask("hangs", 200)).toMatchObject({ failure: { kind: "unreachable", reason } });
  });

  it("is stopped by its caller, with all that it started", async () => {
    rmSync(join(folder, "parent"), { force: true });
    const stop = new AbortController();
    const request = { name: "hangs", server: "a.b", env, timeLimitMs: 30_000, signal: stop.signal };
    const answer = runHelper(request);
    while (!existsSync(join(folder, "parent"))) await new Promise(setImmediate);
    stop.abort();
    expect(await answer).toMatchObject({ failure: { kind: "cancelled" } });
    for (const name of ["parent", "child"]) {
      await gone(Number(readFileSync(join(folder, name), "utf8")));
    }
  });

  it("is not waited for when its caller has stopped already", async () => {
    const signal = AbortSignal.abort();
    const request = { name: "hangs", server: "a.b", env, timeLimitMs: 30_000, signal };
    expect(await runHelper(request)).toMatchObject({ failure: { kind: "cancelled" } });
  });
});

/** Waits until the process has ended; one that ended and was not waited for yet has no command line. */
async function gone(id: number): Promise<void> {
  const commandLine = (): string => {
    try {
      return readFileSync(`/proc/${id}/cmdline`, "utf8");
    } catch {
      return "";
    }
  };
  while (commandLine() !== "") await new Promise(setImmediate);
}

describe("findProgram()", () => {
  it.each([
    [folder, true],
    [`/nowhere:${folder}`, true],
    ["", false],
    [":", false],
    [".", false],
  ])("in %j", (path, isFound) => {
    expect(findProgram("docker-credential-good", { PATH: path }) !== null).toBe(isFound);
  });

  it("passes over folders that are not absolute", () => {
    const before = process.cwd();
    process.chdir(folder);
    try {
      expect(findProgram("docker-credential-good", { PATH: ".::./" })).toBeNull();
    } finally {
      process.chdir(before);
    }
  });
});
