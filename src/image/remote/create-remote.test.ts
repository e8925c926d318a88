import { execFileSync } from "node:child_process";
import { createReadStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startScript, type ScriptedServer } from "../../../test/open-registry-client.ts";
import { noOverrides } from "../registry/settings/settings.ts";
import { createRemote } from "./create-remote.ts";

const folder = mkdtempSync(join(tmpdir(), "create-remote-"));
const alive = join(folder, "alive");
let registry: ScriptedServer;

beforeAll(async () => {
  // Says when it has started; who reads that sees the end when nothing of it runs any more.
  const script = `#!/bin/sh\nexec 3>${alive}\necho started >&3\nexec sleep 600\n`;
  writeFileSync(join(folder, "docker-credential-hangs"), script, { mode: 0o755 });
  mkdirSync(join(folder, ".docker"));
  writeFileSync(join(folder, ".docker/config.json"), '{"credsStore":"hangs"}');
  execFileSync("mkfifo", [alive]);
  registry = await startScript((_, response) => {
    response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end();
  });
});

afterAll(async () => {
  await registry.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe("a credential helper that waits for its user", () => {
  it("does not keep who was interrupted waiting, and ends with the run", async () => {
    const stop = new AbortController();
    const remote = createRemote({
      env: { PATH: `${folder}:${process.env["PATH"] ?? ""}` },
      home: folder,
      userId: null,
      cacheFolder: null,
      maxBlobBytes: 0,
      temporaryFolder: join(folder, "run"),
      isOffline: false,
      overrides: noOverrides,
      insecureByProject: [],
      userAgent: "fromage/test",
      onNotice: () => undefined,
    });
    const helper = createReadStream(alive);
    const [started, ended] = [once(helper, "data"), once(helper, "end")];
    const reference = `${registry.host}/team/app:1`;
    const { signal } = stop;
    const opening = remote.openRegistry(reference, {
      reference,
      platforms: [],
      temporaryFolder: folder,
      signal,
    });
    await started;
    stop.abort();
    expect(await opening).toMatchObject({ ok: false, failure: { kind: "cancelled" } });
    await remote.close();
    await ended;
  });
});
