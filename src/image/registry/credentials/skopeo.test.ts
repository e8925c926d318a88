import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { openMachine } from "../../machine/open-machine.ts";
import { openCredentials } from "./open-credentials.ts";

const hasSkopeo = spawnSync("skopeo", ["--version"]).status === 0;
const skip = hasSkopeo ? "" : " (skipped: skopeo is not there)";
const home = mkdtempSync(join(tmpdir(), "fromage-skopeo-"));
afterAll(() => rmSync(home, { recursive: true }));
const helper = `#!/bin/sh\necho '{"ServerURL":"x","Username":"helper","Secret":"s"}'\n`;
writeFileSync(join(home, "docker-credential-knows"), helper, { mode: 0o755 });
const env = {
  PATH: `${home}:${process.env["PATH"] ?? ""}`,
  HOME: home,
  XDG_RUNTIME_DIR: join(home, "run"),
};
const paths = {
  runtime: join(home, "run/containers/auth.json"),
  user: join(home, ".config/containers/auth.json"),
  docker: join(home, ".docker/config.json"),
};
const credentials = (): ReturnType<typeof openCredentials> =>
  openCredentials({ machine: openMachine({ env, home, userId: null }), helpers: null });

/** Nothing listens there. */
const closed = "0.0.0.0:1";
const auths = (...keys: readonly string[]): unknown => ({
  auths: Object.fromEntries(keys.map((key) => [key, { auth: "dTpw" }])),
});
const knows = (key: string): unknown => ({ credHelpers: { [key]: "knows" } });

/** Files by place; an image; the place that has the credential. */
const rows: readonly (readonly [Readonly<Record<string, unknown>>, string])[] = [
  [{ docker: auths(closed) }, "team/app"],
  [{ runtime: auths(closed), user: auths(closed), docker: auths(closed) }, "team/app"],
  [{ user: auths(closed), docker: auths(closed) }, "team/app"],
  [{ user: auths("other"), docker: auths(`https://${closed}/v1/`) }, "team/app"],
  [{ runtime: auths(`${closed}/team`), docker: auths(closed) }, "teams/app"],
  [{ runtime: auths(`${closed}/team`), docker: auths(closed) }, "team/app"],
  [{ user: auths(`${closed}/team/app`) }, "team/app"],
  [{ user: auths(`${closed}/team/app/more`) }, "team/app"],
  [{ user: auths("0.0.0.0") }, "team/app"],
  [{ runtime: { auths: { [closed]: {} } }, user: auths(closed) }, "team/app"],
  [{ runtime: knows("other"), user: auths(closed) }, "team/app"],
  [{ user: knows(closed), docker: auths(closed) }, "team/app"],
  [{ user: { ...Object.assign({}, auths(closed), knows(closed)) } }, "team/app"],
];

describe.skipIf(!hasSkopeo)(`credentials as skopeo finds them${skip}`, () => {
  it.each(rows)("%j for %s", async (files, repository) => {
    for (const [name, path] of Object.entries(paths)) {
      rmSync(path, { force: true });
      if (files[name] === undefined) continue;
      mkdirSync(join(path, ".."), { recursive: true });
      writeFileSync(path, JSON.stringify(files[name]), { mode: 0o600 });
    }
    const { stderr } = spawnSync(
      "skopeo",
      ["--debug", "inspect", `docker://${closed}/${repository}`],
      {
        encoding: "utf8",
        env,
      },
    );
    expect(stderr).toMatch(/(?:Found|No) credentials for/);
    const [, path = ""] = /Found credentials for \S+ in .* in file ([^"\s]+)/.exec(stderr) ?? [];
    const found = await credentials().find(closed, repository);
    if (!found.ok) throw new Error(JSON.stringify(found.failure));
    const isHelper = found.value?.source === "docker-credential-knows";
    // Skopeo says which file named the helper.
    const own = isHelper ? paths.user : (found.value?.source.replace("~", home) ?? "");
    expect(own).toBe(path);
    expect(stderr.includes("Looking up in credential helper knows")).toBe(isHelper);
  });

  it("is what skopeo login wrote", async () => {
    const server = createServer((_request, response) => response.end("{}"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const host = `127.0.0.1:${port}`;
    rmSync(paths.runtime, { force: true });
    const login = ["login", "--tls-verify=false", "-u", "üser", "-p", "pass:word ", host];
    mkdirSync(join(home, "run/containers"), { recursive: true });
    await promisify(execFile)("skopeo", login, { env });
    server.close();
    const credential = { kind: "password", username: "üser", password: "pass:word " };
    const source = "~/run/containers/auth.json";
    expect(await credentials().find(host, "a")).toEqual({
      ok: true,
      value: { credential, source },
    });
    expect(
      credentials()
        .describe()
        .flatMap(({ problems }) => problems),
    ).toEqual([]);
  });
});
