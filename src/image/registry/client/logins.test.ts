import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import {
  openRegistryClient,
  startScript,
  testEndpoint,
  type OpenClientOptions,
  type OpenedClient,
  type Script,
  type ScriptedServer,
  type Seen,
} from "../../../../test/open-registry-client.ts";
import type { Failure } from "../../../model/failure.ts";
import type { Credential } from "../credentials.ts";
import { RegistryConnections } from "./registry-connections.ts";

const opened: { stop(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.stop()));
});

async function start(script: Script): Promise<ScriptedServer> {
  const server = await startScript(script);
  opened.push(server);
  return server;
}

function open(host: string, more: Partial<OpenClientOptions> = {}): OpenedClient {
  const client = openRegistryClient({ endpoints: [testEndpoint(host)], ...more });
  opened.push({ stop: () => client.connections.close() });
  return client;
}

const password: Credential = { kind: "password", username: "me", password: "SECRET:pass ü" };
const identity: Credential = { kind: "identity-token", token: "SECRET-identity" };
const basic = `Basic ${Buffer.from("me:SECRET:pass ü").toString("base64")}`;

const page = (response: ServerResponse): unknown => response.end('{"tags":["1"]}');
const asked = { ok: true, value: { tags: ["1"], isWhole: true } };

/** A registry and its token server on one host; `token` answers the latter, `takes` says which header is enough. */
function withTokens({
  challenge = (host: string) => `Bearer realm="http://${host}/token?x=1",service="the service"`,
  token = (_: Seen, response: ServerResponse) => void response.end('{"token":"T1"}'),
  takes = (header: string | undefined) => header === "Bearer T1",
}: {
  readonly challenge?: (host: string) => string;
  readonly token?: Script;
  readonly takes?: (header: string | undefined) => boolean;
}): Script {
  let tokens = 0;
  return (seen, response, count) => {
    if (seen.path.startsWith("/token")) token(seen, response, tokens++);
    else if (takes(seen.headers.authorization)) page(response);
    else {
      const header = challenge(seen.headers.host ?? "");
      response.writeHead(401, { "www-authenticate": header }).end(`{"count":${count}}`);
    }
  };
}

const tokenPaths = ({ seen }: ScriptedServer): readonly string[] =>
  seen.filter(({ path }) => path.startsWith("/token")).map(({ path }) => path);

describe("a token", () => {
  it("is asked for as anybody where no login is known, for pulling only", async () => {
    const server = await start(withTokens({}));
    expect(await open(server.host).client.tags(5)).toEqual(asked);
    expect(tokenPaths(server)).toEqual([
      "/token?x=1&service=the+service&scope=repository%3Ateam%2Fapp%3Apull",
    ]);
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      undefined,
      "Bearer T1",
    ]);
  });

  it("is asked for with name and password, for the repository of the challenge", async () => {
    const challenge = (host: string) =>
      `Bearer realm="http://${host}/token",scope="repository:other/app:pull,push,delete"`;
    const server = await start(withTokens({ challenge }));
    const { client } = open(server.host, { credentials: { [server.host]: password } });
    expect(await client.tags(5)).toEqual(asked);
    expect(tokenPaths(server)).toEqual(["/token?scope=repository%3Aother%2Fapp%3Apull&account=me"]);
    expect(server.seen[1]?.headers.authorization).toBe(basic);
  });

  it("is asked for with an identity token by POST, or by GET where that is not known", async () => {
    const posted = await start(withTokens({}));
    const byPost = open(posted.host, { credentials: { [posted.host]: identity } });
    expect(await byPost.client.tags(5)).toEqual(asked);
    const [, request] = posted.seen;
    expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
      grant_type: "refresh_token",
      service: "the service",
      client_id: "fromage",
      scope: "repository:team/app:pull",
      refresh_token: "SECRET-identity",
    });

    const old = await start(
      withTokens({
        token: ({ method }, response) =>
          method === "POST" ? response.writeHead(404).end() : response.end('{"token":"T1"}'),
      }),
    );
    const byGet = open(old.host, { credentials: { [old.host]: identity } });
    expect(await byGet.client.tags(5)).toEqual(asked);
    expect(old.seen.map(({ method }) => method)).toEqual(["GET", "POST", "GET", "GET"]);
  });

  it("is taken under either name, and sent as it is where the user has one", async () => {
    const server = await start(
      withTokens({ token: (_, response) => response.end('{"access_token":"T1"}') }),
    );
    expect(await open(server.host).client.tags(5)).toEqual(asked);
    const bearer = { [server.host]: { kind: "bearer", token: "T1" } } as const;
    const before = tokenPaths(server).length;
    expect(await open(server.host, { credentials: bearer }).client.tags(5)).toEqual(asked);
    expect(tokenPaths(server)).toHaveLength(before);
  });

  it.each([
    ["60 s when it does not say", {}, 47, 51],
    ["as long as it says", { expires_in: 300 }, 289, 291],
    ["60 s when it says nonsense", { expires_in: -5 }, 47, 51],
    [
      "as long as is left of an older one",
      { expires_in: 300, issued_at: "2000-01-01T00:00:00Z" },
      189,
      191,
    ],
  ])("is kept for %s", async (_, fields, keptSeconds, goneSeconds) => {
    const date = "Sat, 01 Jan 2000 00:01:40 GMT";
    const script = withTokens({
      token: (_seen, response) =>
        response.writeHead(200, { date }).end(JSON.stringify({ token: "T1", ...fields })),
    });
    const server = await start(script);
    const { client, clock } = open(server.host);
    await client.tags(5);
    clock.nowMs += keptSeconds * 1000;
    await client.tags(5);
    expect(tokenPaths(server)).toHaveLength(1);
    clock.nowMs += (goneSeconds - keptSeconds) * 1000;
    expect(await client.tags(5)).toEqual(asked);
    expect(tokenPaths(server)).toHaveLength(2);
  });

  it("that is refused is renewed once", async () => {
    const server = await start(
      withTokens({
        token: (_, response, count) => response.end(`{"token":"T${count}"}`),
        takes: (header) => header === "Bearer T1",
      }),
    );
    expect(await open(server.host).client.tags(5)).toEqual(asked);
    expect(tokenPaths(server)).toHaveLength(2);
  });

  it("that is refused for ever is `denied`", async () => {
    const server = await start(withTokens({ takes: () => false }));
    const { client } = open(server.host, { credentials: { [server.host]: password } });
    const result = await client.tags(5);
    expect(result).toMatchObject({ failure: { kind: "denied", what: "app", where: server.host } });
    expect(tokenPaths(server)).toHaveLength(2);
    expect(JSON.stringify(result)).not.toMatch(/SECRET|T1|me:/);
  });

  it.each([
    [
      "401",
      401,
      '{"details":"incorrect username or password"}',
      "denied",
      /refuses \(401\).*incorr/,
    ],
    ["503", 503, "", "unreachable", /answered 503 \(not available\) 6 times/],
    ["404", 404, "", "unreachable", /token server .* answered 404/],
    ["no JSON", 200, "<html>", "malformed", /there is no token/],
    ["no token", 200, "{}", "malformed", /there is no token/],
    ["a token with a line in it", 200, '{"token":"a\\nb"}', "malformed", /there is no token/],
  ])("server that answers %s is told", async (_, status, body, kind, reason) => {
    const server = await start(
      withTokens({ token: (_seen, response) => response.writeHead(status).end(body) }),
    );
    const { client } = open(server.host, { credentials: { [server.host]: password } });
    const failure = { kind, where: server.host, reason: expect.stringMatching(reason) };
    const result = await client.tags(5);
    expect(result).toMatchObject({ ok: false, failure });
    expect(JSON.stringify(result)).not.toContain("SECRET");
  });

  it.each([
    ["on another host without TLS", 'realm="http://192.0.2.1/token"', /192\.0\.2\.1 is not asked/],
    ["at a file", 'realm="file:///etc/passwd"', /has a file: address/],
    ["nowhere", 'service="x"', /names no token server/],
  ])("is not asked for %s", async (_, realm, reason) => {
    const server = await start(withTokens({ challenge: () => `Bearer ${realm}` }));
    const { client } = open(server.host, { credentials: { [server.host]: password } });
    const failure = { reason: expect.stringMatching(reason) };
    expect(await client.tags(5)).toMatchObject({ ok: false, failure });
  });
});

describe("a login", () => {
  const basicOnly = withTokens({
    challenge: () => 'Basic realm="x"',
    takes: (header) => header === basic,
  });

  it("goes to the host that it is for, when it asks, and then each time", async () => {
    const server = await start(basicOnly);
    const { client, lookups } = open(server.host, { credentials: { [server.host]: password } });
    expect(await client.tags(5)).toEqual(asked);
    expect(await client.tags(5)).toEqual(asked);
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      basic,
      basic,
    ]);
    expect(lookups).toEqual([server.host]);
  });

  it("that a helper would know which is not there is no login, and that is said", async () => {
    const server = await start(basicOnly);
    const what = "docker-credential-pass";
    const absent: Failure = { kind: "not-found", what, where: "PATH", near: [] };
    const { client } = open(server.host, { credentials: { [server.host]: absent } });
    const reason = /^asked without a login, because docker-credential-pass is not in PATH; /;
    expect(await client.tags(5)).toMatchObject({
      failure: { kind: "denied", reason: expect.stringMatching(reason) },
    });
  });

  it("does not go along to where the host sends on to, nor is it given there", async () => {
    const storage = await start((seen, response) => {
      if (seen.path === "/public") page(response);
      else response.writeHead(401, { "www-authenticate": "Basic" }).end();
    });
    let path = "/public";
    const server = await start(({ headers }, response) => {
      const isIn = headers.authorization === basic;
      const header = isIn
        ? { location: `http://${storage.host}${path}` }
        : { "www-authenticate": "Basic" };
      response.writeHead(isIn ? 307 : 401, header).end();
    });
    const credentials = { [server.host]: password, [storage.host]: password };
    const { client } = open(server.host, { credentials });
    expect(await client.tags(5)).toEqual(asked);
    path = "/private";
    const reason = `it sends on to ${storage.host}, which answered 401`;
    expect(await client.tags(5)).toMatchObject({ failure: { kind: "denied", reason } });
    expect(storage.seen.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      undefined,
    ]);
  });

  it("that cannot be looked up is told when the host asks for one", async () => {
    const lookup: Failure = {
      kind: "unreachable",
      what: "docker-credential-pass",
      where: null,
      reason: "it did not answer",
    };
    const server = await start(basicOnly);
    const { client } = open(server.host, { credentials: { [server.host]: lookup } });
    const reason = expect.stringMatching(
      /without a login, because docker-credential-pass failed: it did not answer/,
    );
    expect(await client.tags(5)).toMatchObject({ failure: { kind: "denied", reason } });
  });

  it("that a server gives back is not told", async () => {
    const echo: Script = ({ path, headers, body }, response) => {
      const [, word = ""] = (headers.authorization ?? "").split(" ");
      const said = [word, Buffer.from(word, "base64").toString(), body, path].join(" ");
      const status = word === "" && body === "" ? 401 : 403;
      response.writeHead(status, { "www-authenticate": "Basic" });
      response.end(JSON.stringify({ message: said }));
    };
    const server = await start(echo);
    const tokens = await start(withTokens({ token: echo }));
    for (const [host, credential] of [
      [server.host, password],
      [tokens.host, password],
      [tokens.host, identity],
    ] as const) {
      const { client } = open(host, { credentials: { [host]: credential } });
      const result = await client.tags(5);
      expect(result).toMatchObject({ failure: { reason: expect.stringContaining("…") } });
      const text = JSON.stringify(result);
      for (const secret of ["SECRET", basic.slice(6)]) expect(text).not.toContain(secret);
    }
  });
});

describe("what waits", () => {
  it("for a token server that asks to come later ends with the run", async () => {
    const token = (_: Seen, response: ServerResponse) =>
      void response.writeHead(429, { "retry-after": "50" }).end();
    const server = await start(withTokens({ token }));
    const waits: number[] = [];
    const connections = new RegistryConnections({
      credentials: { find: async () => Promise.resolve({ ok: true, value: null }) },
      proxyFor: () => null,
      userAgent: "fromage/test",
      clock: {
        now: () => 0,
        random: () => 0,
        // As long as it takes: only the signal ends it.
        async sleep(durationMs, signal) {
          waits.push(durationMs);
          const ended = new Promise((resolve) => signal?.addEventListener("abort", resolve));
          void connections.close();
          await ended;
        },
      },
    });
    const client = connections.client({ name: "app", endpoints: [testEndpoint(server.host)] });
    expect(await client.tags(5)).toMatchObject({ failure: { kind: "cancelled" } });
    expect(waits).toEqual([50_000]);
  });
});
