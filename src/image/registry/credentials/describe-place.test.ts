import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openMachine } from "../../machine/open-machine.ts";
import { openCredentials } from "./open-credentials.ts";

const root = mkdtempSync(join(tmpdir(), "fromage-described-"));
afterAll(() => rmSync(root, { recursive: true }));
const home = join(root, "home");
const named = join(root, "named.json");
mkdirSync(join(home, ".docker"), { recursive: true });
for (const name of ["empty", "knows"]) {
  writeFileSync(join(root, `docker-credential-${name}`), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
}

const password = (text: string): unknown => ({ auth: Buffer.from(text).toString("base64") });
const first = {
  auths: {
    "a.b": password("MARKER:MARKER"),
    "x.y": { auth: "MARKER!" },
    "https://MARKER@z": password("MARKER:MARKER"),
  },
};
const second = {
  auths: { "c.d": { identitytoken: "MARKER" }, "e.f": {} },
  credsStore: "gone",
  credHelpers: { "z.z": "knows", "y.y": "knows", "no.no": "" },
  proxies: { default: { httpProxy: "http://u:MARKER@p" } },
  HttpHeaders: { Authorization: "MARKER" },
};

describe("describe()", () => {
  it("tells what there is and no secret", async () => {
    writeFileSync(named, JSON.stringify(first), { mode: 0o644 });
    writeFileSync(join(home, ".docker/config.json"), JSON.stringify(second), { mode: 0o644 });
    chmodSync(named, 0o644);
    chmodSync(join(home, ".docker/config.json"), 0o600);
    const env = { PATH: root, REGISTRY_AUTH_FILE: named, DOCKER_AUTH_CONFIG: "MARKER" };
    const machine = openMachine({ env, home, userId: null });
    const helpers = ["empty", "containers-auth.json"];
    const credentials = openCredentials({ machine, helpers });
    const told = credentials.describe();
    const file = { isThere: true, keys: [], helpers: [], problems: [] };
    expect(told).toEqual([
      {
        ...file,
        source: "registries.conf",
        helpers: [{ program: "docker-credential-empty", isInstalled: true, keys: null }],
      },
      {
        ...file,
        source: named,
        keys: ["a.b", "https://z"],
        problems: [
          expect.objectContaining({ reason: 'auths "x.y" has an auth that is not base64' }),
          { kind: "readable-by-others", what: named, mode: 0o644 },
        ],
      },
      {
        ...file,
        source: "$DOCKER_AUTH_CONFIG",
        problems: [expect.objectContaining({ reason: "line 1, column 1: it is not JSON" })],
      },
      {
        ...file,
        source: "~/.docker/config.json",
        keys: ["c.d"],
        helpers: [
          { program: "docker-credential-gone", isInstalled: false, keys: null },
          { program: "docker-credential-knows", isInstalled: true, keys: ["y.y", "z.z"] },
        ],
      },
    ]);
    const hosts = ["a.b", "x.y", "no.such", "z.z"];
    const found = await Promise.all(hosts.map((host) => credentials.find(host, "a")));
    const failures = found.filter(({ ok }) => !ok);
    expect(failures).toHaveLength(3);
    expect(JSON.stringify([told, failures])).not.toMatch(/MARKER|TUFS/);
  });
});
