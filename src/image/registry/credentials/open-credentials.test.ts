import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { openMachine } from "../../machine/open-machine.ts";
import { openCredentials, type Credentials } from "./open-credentials.ts";

const root = mkdtempSync(join(tmpdir(), "fromage-credentials-"));
afterAll(() => rmSync(root, { recursive: true }));
const home = join(root, "home");
const programs = join(root, "bin");
mkdirSync(programs);
const log = join(root, "log");

const script = (name: string, text: string): void =>
  writeFileSync(join(programs, `docker-credential-${name}`), `#!/bin/sh\n${text}\n`, {
    mode: 0o755,
  });
script(
  "knows",
  `server=$(cat); echo "$server" >> ${log}; echo "{\\"Username\\":\\"$server\\",\\"Secret\\":\\"MARKER\\"}"`,
);
script("empty", `echo "credentials not found in native keychain"; exit 1`);
script("fails", `echo MARKER; exit 1`);

const env = { PATH: `${programs}:/usr/bin:/bin`, XDG_RUNTIME_DIR: join(root, "run") };
const paths = {
  runtime: join(root, "run/containers/auth.json"),
  user: join(home, ".config/containers/auth.json"),
  docker: join(home, ".docker/config.json"),
  named: join(root, "named.json"),
  other: join(root, "other/config.json"),
};
type Files = Readonly<Record<string, unknown>>;

beforeEach(() => {
  for (const path of [...Object.values(paths), log]) rmSync(path, { force: true });
});

function open(
  files: Files,
  more: {
    readonly env?: Readonly<Record<string, string>>;
    readonly helpers?: readonly string[];
  } = {},
): Credentials {
  for (const [name, value] of Object.entries(files)) {
    const path = new Map(Object.entries(paths)).get(name);
    if (path === undefined) throw new TypeError(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof value === "string" ? value : JSON.stringify(value), { mode: 0o600 });
  }
  const machine = openMachine({ env: { ...env, ...more.env }, home, userId: 4_000_000 });
  return openCredentials({ machine, helpers: more.helpers ?? null });
}

const entry = (user: string): unknown => ({
  auth: Buffer.from(`${user}:MARKER`).toString("base64"),
});
const auths = (
  user: string,
  key = "a.b",
): { readonly auths: Readonly<Record<string, unknown>> } => ({
  auths: { [key]: entry(user) },
});

async function ask(
  credentials: Credentials,
  key = "a.b",
  repository = "team/app",
): Promise<string> {
  const found = await credentials.find(key, repository);
  if (!found.ok) {
    expect(JSON.stringify(found)).not.toContain("MARKER");
    return `${found.failure.kind} ${found.failure.what}`;
  }
  if (found.value === null) return "none";
  const { credential, source } = found.value;
  const user = credential.kind === "password" ? credential.username : credential.kind;
  return `${user} ${source.replace(root, "ROOT")}`;
}

const hub = "https://index.docker.io/v1/";

describe("openCredentials()", () => {
  it.each<readonly [string, Files, Readonly<Record<string, string>>, string]>([
    ["nothing", {}, {}, "none"],
    ["docker's file", { docker: auths("d") }, {}, "d ~/.docker/config.json"],
    [
      "the user's before docker's",
      { user: auths("u"), docker: auths("d") },
      {},
      "u ~/.config/containers/auth.json",
    ],
    [
      "the session's first",
      { runtime: auths("r"), user: auths("u") },
      {},
      "r ROOT/run/containers/auth.json",
    ],
    [
      "a named one instead of podman's",
      { named: auths("n"), runtime: auths("r") },
      { REGISTRY_AUTH_FILE: paths.named },
      "n ROOT/named.json",
    ],
    [
      "docker's behind a named one",
      { named: {}, runtime: auths("r"), docker: auths("d") },
      { REGISTRY_AUTH_FILE: paths.named },
      "d ~/.docker/config.json",
    ],
    [
      "docker's folder by name",
      { other: auths("o"), docker: auths("d") },
      { DOCKER_CONFIG: dirname(paths.other) },
      "o ROOT/other/config.json",
    ],
    [
      "the variable before docker's file",
      { docker: auths("d") },
      { DOCKER_AUTH_CONFIG: JSON.stringify(auths("v")) },
      "v $DOCKER_AUTH_CONFIG",
    ],
    ["no helper of the variable", {}, { DOCKER_AUTH_CONFIG: '{"credsStore":"knows"}' }, "none"],
    [
      "a broken file if no other knows more",
      { user: "{MARKER", docker: auths("d", "x") },
      {},
      "malformed ~/.config/containers/auth.json",
    ],
    [
      "the next behind a broken file",
      { user: "{MARKER", docker: auths("d") },
      {},
      "d ~/.docker/config.json",
    ],
    [
      "a broken entry if no other knows more",
      { user: { auths: { "a.b": { auth: "MARKER!" } } } },
      {},
      "malformed ~/.config/containers/auth.json",
    ],
    [
      "nothing of others' broken entries",
      { user: { auths: { "x.y": { auth: "MARKER!" } } } },
      {},
      "none",
    ],
    [
      "a host's helper",
      { docker: { credHelpers: { "a.b": "knows" } } },
      {},
      "a.b docker-credential-knows",
    ],
    [
      "a host's helper before its entry",
      { docker: { ...auths("d"), credHelpers: { "a.b": "knows" } } },
      {},
      "a.b docker-credential-knows",
    ],
    ["the store", { docker: { credsStore: "knows" } }, {}, "a.b docker-credential-knows"],
    [
      "a host's helper before the store",
      { docker: { credsStore: "fails", credHelpers: { "a.b": "knows" } } },
      {},
      "a.b docker-credential-knows",
    ],
    [
      "the file for a host without helper",
      { docker: { ...auths("d"), credsStore: "fails", credHelpers: { "a.b": "" } } },
      {},
      "d ~/.docker/config.json",
    ],
    ["no entry beside a store", { docker: { ...auths("d"), credsStore: "empty" } }, {}, "none"],
    [
      "no store of podman's",
      { user: { ...auths("u"), credsStore: "knows" } },
      {},
      "u ~/.config/containers/auth.json",
    ],
    [
      "the next behind a helper that fails",
      { user: { credHelpers: { "a.b": "fails" } }, docker: auths("d") },
      {},
      "d ~/.docker/config.json",
    ],
    [
      "a helper's failure",
      { user: { credHelpers: { "a.b": "fails" } } },
      {},
      "denied docker-credential-fails",
    ],
    [
      "a helper that is not there",
      { docker: { credsStore: "gone" } },
      {},
      "not-found docker-credential-gone",
    ],
  ])("takes %s", async (_what, files, more, expected) => {
    expect(await ask(open(files, { env: more }))).toBe(expected);
  });

  it.each([
    ["docker's name for the hub", { credsStore: "knows" }, `${hub} docker-credential-knows`],
    [
      "podman's name for the hub",
      { credHelpers: { "docker.io": "knows" } },
      "docker.io docker-credential-knows",
    ],
  ])("asks helpers by %s", async (_what, file, expected) => {
    expect(await ask(open({ docker: file }), hub, "library/alpine")).toBe(expected);
  });

  it("finds what fits best in a namespace", async () => {
    const file = {
      auths: { "a.b": entry("host"), "a.b/team": entry("team") },
    };
    const credentials = open({ user: file });
    expect(await ask(credentials)).toBe("team ~/.config/containers/auth.json");
    expect(await ask(credentials, "a.b", "other")).toBe("host ~/.config/containers/auth.json");
  });

  it.each([
    [["knows"], {}, "a.b docker-credential-knows"],
    [["empty", "knows"], {}, "a.b docker-credential-knows"],
    [["knows", "containers-auth.json"], { user: auths("u") }, "a.b docker-credential-knows"],
    [["containers-auth.json", "knows"], { user: auths("u") }, "u ~/.config/containers/auth.json"],
    [["empty"], { user: auths("u"), docker: auths("d") }, "d ~/.docker/config.json"],
    [[], { user: auths("u") }, "u ~/.config/containers/auth.json"],
    [["../x"], {}, "malformed docker-credential-../x"],
  ])("asks the helpers %j of registries.conf", async (helpers, files, expected) => {
    expect(await ask(open(files, { helpers }))).toBe(expected);
  });

  it("asks each helper once for a host", async () => {
    const credentials = open({ docker: { credsStore: "knows" } });
    await Promise.all([
      ask(credentials),
      ask(credentials, "a.b", "other"),
      ask(credentials, "c.d"),
    ]);
    await ask(credentials);
    expect(readFileSync(log, "utf8").split("\n").toSorted()).toEqual(["", "a.b", "c.d"]);
  });

  it("shows none of it when it is written out itself", () => {
    const credentials = open({ docker: auths("MARKER") });
    credentials.describe();
    expect(JSON.stringify(credentials)).not.toContain("MARKER");
  });
});
