import { afterEach, describe, expect, it } from "vitest";
import { sha256 } from "../../../../test/made-images.ts";
import {
  openRegistryClient,
  startScript,
  testEndpoint,
  type Script,
  type ScriptedServer,
} from "../../../../test/open-registry-client.ts";
import type { Endpoint } from "../endpoint.ts";

const opened: { stop(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.stop()));
});

const [manifest, config] = ['{"schemaVersion":2}', "{}"];
const digest = sha256(manifest);

const has: Script = ({ path }, response) =>
  response.end(path.includes("blobs") ? config : manifest);
const hasNot: Script = (_, response) => response.writeHead(404).end();

async function start(script: Script): Promise<ScriptedServer> {
  const server = await startScript(script);
  opened.push(server);
  return server;
}

type Serves = Endpoint["serves"];

async function open(mirror: Script, registry: Script, serves: Serves = "all") {
  const [first, last] = [await start(mirror), await start(registry)];
  const endpoints = [
    testEndpoint(first.host, { isMirror: true, serves, repository: "cache/team/app" }),
    testEndpoint(last.host),
  ];
  const { client, connections, clock } = openRegistryClient({ endpoints });
  opened.push({ stop: () => connections.close() });
  return { client, first, last, clock };
}

describe("a mirror", () => {
  it("is asked first, under its own name, and alone when it has it", async () => {
    const { client, first, last } = await open(has, has);
    expect(await client.manifest("1")).toMatchObject({ ok: true, value: { digest } });
    const blob = await client.blob({ digest: sha256(config), sizeBytes: 2 });
    expect(blob).toMatchObject({ ok: true });
    expect(first.seen.map(({ path }) => path)).toEqual([
      "/v2/cache/team/app/manifests/1",
      `/v2/cache/team/app/blobs/${sha256(config)}`,
    ]);
    expect(last.seen).toEqual([]);
  });

  it.each<readonly [string, Script, number]>([
    ["does not have it", hasNot, 1],
    ["wants a login", (_, response) => response.writeHead(401).end(), 1],
    ["is broken", (_, response) => response.writeHead(503).end(), 2],
    ["breaks off", (_, response) => response.destroy(), 2],
    ["has other bytes", (_, response) => response.end("{}"), 1],
  ])("that %s is passed over, for the blobs as well", async (_, mirror, count) => {
    const { client, first, last } = await open(mirror, has);
    expect(await client.manifest(digest)).toMatchObject({ ok: true, value: { digest } });
    await client.blob({ digest: sha256(config), sizeBytes: 2 });
    expect([first.seen.length, last.seen.length]).toEqual([count, 2]);
  });

  it("stands in the failure when the registry has nothing either", async () => {
    const refuse: Script = (_, response) => response.writeHead(403).end();
    const { client, first, last } = await open(refuse, hasNot);
    expect(await client.manifest(digest)).toEqual({
      ok: false,
      failure: {
        kind: "not-found",
        what: `app@${digest}`,
        where: `${last.host} (asked before it: ${first.host}: there is none of that name, or it is private (403); asked without a login: none is known for it (\`docker login\` or \`podman login\` keeps one))`,
        near: [],
      },
    });
    const { client: other } = await open(hasNot, refuse);
    const reason = expect.stringMatching(/\(403\).*asked before it: 127\.0\.0\.1:\d+: not there$/);
    expect(await other.manifest(digest)).toMatchObject({ failure: { kind: "denied", reason } });
  });

  it.each<readonly [Serves, string, number]>([
    ["digest-only", "1", 0],
    ["digest-only", digest, 1],
    ["tag-only", "1", 1],
    ["tag-only", digest, 0],
  ])("for %s is asked accordingly for %s", async (serves, reference, count) => {
    const { client, first } = await open(has, has, serves);
    expect(await client.manifest(reference)).toMatchObject({ ok: true });
    expect(first.seen).toHaveLength(count);
  });
});

describe("no endpoint", () => {
  it("is a failure", async () => {
    const { client, connections } = openRegistryClient({ endpoints: [] });
    expect(await client.manifest("1")).toMatchObject({ failure: { kind: "unsupported" } });
    await connections.close();
  });
});
