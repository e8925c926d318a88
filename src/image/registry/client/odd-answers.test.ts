import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { sha256 } from "../../../../test/made-images.ts";
import {
  openRegistryClient,
  startScript,
  testEndpoint,
  type OpenedClient,
  type Script,
  type ScriptedServer,
} from "../../../../test/open-registry-client.ts";
import { maxJsonBytes } from "../../sources/blobs.ts";

const opened: { stop(): Promise<void> }[] = [];

async function open(script: Script): Promise<OpenedClient & { readonly server: ScriptedServer }> {
  const server = await startScript(script);
  const client = openRegistryClient({ endpoints: [testEndpoint(server.host)] });
  opened.push(server, { stop: () => client.connections.close() });
  return { ...client, server };
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.stop()));
});

const manifest = '{"schemaVersion":2}';
const digest = sha256(manifest);
const type = "application/vnd.oci.image.manifest.v1+json";

type Headers = Readonly<Record<string, string>>;

function answer(response: ServerResponse, status: number, body = "", headers: Headers = {}): void {
  response.writeHead(status, headers).end(body);
}

/** The manifest, to GET and HEAD alike. */
function answerManifest(response: ServerResponse, headers: Headers = {}): void {
  answer(response, 200, manifest, {
    "content-type": type,
    "docker-content-digest": digest,
    "content-length": String(manifest.length),
    ...headers,
  });
}

const errors = (message: string): string => JSON.stringify({ errors: [{ code: "X", message }] });

interface Row {
  readonly name: string;
  readonly script: Script;
  readonly failure: object;
  /** How often it is asked; 1 where it is not said. */
  readonly asked?: number;
}

const rows: readonly Row[] = [
  {
    name: "other bytes than the digest says",
    script: (_, response) => answerManifest(response, { "docker-content-digest": sha256("x") }),
    failure: { kind: "malformed", reason: `its digest is ${digest}, expected ${sha256("x")}` },
  },
  {
    name: "schema 1",
    script: (_, response) =>
      answerManifest(response, {
        "content-type": "application/vnd.docker.distribution.manifest.v1+prettyjws",
      }),
    failure: { kind: "unsupported", reason: expect.stringMatching(/schema 1/) },
  },
  {
    name: "a web page",
    script: (_, response) => answer(response, 200, "<html>", { "content-type": "text/html" }),
    failure: { kind: "malformed", reason: expect.stringMatching(/web page.*sign-in/) },
  },
  {
    name: "an encoded body",
    script: (_, response) => answerManifest(response, { "content-encoding": "gzip" }),
    failure: { kind: "malformed", reason: expect.stringMatching(/encoded \(gzip\)/) },
  },
  {
    name: "more than the limit",
    script: (_, response) => {
      response.on("error", () => undefined).writeHead(200, { "content-type": type });
      for (let sent = 0; sent <= maxJsonBytes; sent += 65_536) response.write(" ".repeat(65_536));
      response.end();
    },
    failure: { kind: "over-limit", limit: maxJsonBytes, unit: "bytes" },
  },
  {
    name: "429 for ever",
    script: (_, response) => answer(response, 429, errors("slow down"), { "retry-after": "2" }),
    failure: {
      kind: "unreachable",
      reason: "it answered 429 (too many requests) 6 times and asks to wait 2 s: slow down",
    },
    asked: 6,
  },
  {
    name: "429 with a long wait",
    script: (_, response) => answer(response, 429, "", { "retry-after": "21600" }),
    failure: { kind: "unreachable", reason: expect.stringMatching(/asks to wait 21600 s$/) },
  },
  {
    name: "500 for ever",
    script: (_, response) => answer(response, 500),
    failure: { kind: "unreachable", reason: "it answered 500 (internal error) 2 times" },
    asked: 2,
  },
  {
    name: "an error of control characters and a token",
    script: (_, response) => answer(response, 418, errors(`a\u001b[2J\nb ${"x".repeat(90)} c`)),
    failure: { kind: "unreachable", reason: "it answered 418: a [2J b … c" },
  },
  {
    name: "403",
    script: (_, response) => answer(response, 403, errors("no")),
    failure: {
      kind: "denied",
      reason:
        "there is none of that name, or it is private (403); asked without a login: none is known for it (`docker login` or `podman login` keeps one): no",
    },
  },
  {
    name: "401 without a challenge",
    script: (_, response) => answer(response, 401, errors("who are you")),
    failure: {
      kind: "denied",
      reason:
        "asked without a login: none is known for it (`docker login` or `podman login` keeps one); it does not say how to log in: who are you",
    },
  },
  {
    name: "401 with a way that is not known",
    script: (_, response) => answer(response, 401, "", { "www-authenticate": "Negotiate" }),
    failure: { kind: "denied", reason: expect.stringMatching(/wants a login by negotiate/) },
  },
  {
    name: "a redirect to itself",
    script: ({ path }, response) => answer(response, 307, "", { location: path }),
    failure: { kind: "malformed", reason: "it sends on more than 10 times" },
    asked: 11,
  },
  {
    name: "a redirect to a file",
    script: (_, response) => answer(response, 302, "", { location: "file:///etc/passwd" }),
    failure: { kind: "denied", reason: "it sends on to file: addresses" },
  },
  {
    name: "a redirect to nowhere",
    script: (_, response) => answer(response, 302),
    failure: { kind: "malformed", reason: "it sends on to nowhere" },
  },
  {
    name: "no HTTP",
    script: (_, response) => response.socket?.end("SSH-2.0-OpenSSH\r\n"),
    failure: { kind: "malformed", reason: "its answer is no HTTP, 2 times" },
    asked: 2,
  },
  {
    name: "headers without an end",
    script: (_, response) => answer(response, 200, manifest, { x: "y".repeat(70_000) }),
    failure: { kind: "malformed", reason: "the headers of its answer are too long" },
  },
  {
    name: "a body that is cut every time",
    script: (_, response) => {
      response.writeHead(200, { "content-length": "100" }).write("x", () => response.destroy());
    },
    failure: { kind: "unreachable", reason: "the connection was closed before the end" },
    asked: 3,
  },
];

describe("a manifest is answered with", () => {
  it.each(rows)("$name", async ({ script, failure, asked = 1 }) => {
    const { client, server } = await open(script);
    const result = await client.manifest("1.0");
    const where = server.host;
    expect(result).toMatchObject({ ok: false, failure: { what: "app:1.0", where, ...failure } });
    expect(server.seen).toHaveLength(asked);
  });

  it("429 twice, and then itself: the waits are what was asked for", async () => {
    const { client, clock } = await open((_, response, count) => {
      if (count === 2) answerManifest(response);
      else answer(response, 429, "", { "retry-after": count === 0 ? "7" : "0" });
    });
    expect(await client.manifest("1.0")).toMatchObject({ ok: true, value: { digest } });
    expect(clock.sleeps).toEqual([7000, 1000]);
  });

  it("429, which is told once before a long wait, whatever else is asked of that host", async () => {
    const { client, server, waits } = await open((_, response, count) => {
      if (count % 2 === 1) answerManifest(response);
      else answer(response, 429, "", { "retry-after": "3" });
    });
    for (const tag of ["1.0", "1.1"]) {
      expect(await client.manifest(tag)).toMatchObject({ ok: true });
      expect(waits).toEqual([`${server.host}: it answered 429 (too many requests)`]);
    }
  });

  it("503 for a moment, which is no news", async () => {
    const { client, waits } = await open((_, response, count) => {
      if (count > 0) answerManifest(response);
      else answer(response, 503);
    });
    expect(await client.manifest("1.0")).toMatchObject({ ok: true });
    expect(waits).toEqual([]);
  });

  it("nothing at all, in time", async () => {
    const server = await startScript(() => undefined);
    const endpoints = [testEndpoint(server.host)];
    const { client, connections } = openRegistryClient({ endpoints, idleTimeoutMs: 50 });
    opened.push(server, { stop: () => connections.close() });
    const reason = "it did not begin to answer in time, 2 times";
    expect(await client.manifest("1.0")).toMatchObject({
      failure: { kind: "unreachable", reason },
    });
  });

  it("a byte now and then", async () => {
    const { client, clock } = await open((_, response) => {
      response.on("close", () => (isOver = true)).writeHead(200);
      let isOver = false;
      const next = (): void => {
        clock.nowMs += 900;
        if (!isOver) response.write(" ", () => setImmediate(next));
      };
      next();
    });
    const reason = "its answer comes with less than 256 bytes a second";
    expect(await client.manifest("1.0")).toMatchObject({
      failure: { kind: "unreachable", reason },
    });
  });

  it("other bytes than were asked for by their digest", async () => {
    const { client } = await open((_, response) => answerManifest(response));
    const other = sha256("other");
    const reason = `its digest is ${digest}, expected ${other}`;
    expect(await client.manifest(other)).toMatchObject({ failure: { kind: "malformed", reason } });
    expect(await client.resolve(other)).toMatchObject({ failure: { kind: "malformed" } });
  });
});

describe("a tag is resolved", () => {
  it.each<readonly [string, (response: ServerResponse) => void]>([
    ["does not know HEAD", (response) => answer(response, 405)],
    ["gives no digest to HEAD", (response) => answer(response, 200, "", { "content-type": type })],
    [
      "gives a digest that is none",
      (response) => answer(response, 200, "", { "docker-content-digest": "sha256:1" }),
    ],
  ])("by GET where a registry %s", async (_, toHead) => {
    const { client, server } = await open(({ method }, response) => {
      if (method === "HEAD") toHead(response);
      else answer(response, 200, manifest, { "content-type": `${type}; charset=utf-8` });
    });
    const value = { digest, mediaType: type, sizeBytes: manifest.length };
    expect(await client.resolve("1.0")).toMatchObject({ ok: true, value });
    expect(server.seen.map(({ method }) => method)).toEqual(["HEAD", "GET"]);
  });

  it("with what a server has to know, and nothing else", async () => {
    const { client, server } = await open((_, response) => answerManifest(response));
    await client.resolve("1.0");
    const [seen] = server.seen;
    expect(seen?.path).toBe("/v2/team/app/manifests/1.0");
    expect(Object.keys(seen?.headers ?? {}).toSorted()).toEqual([
      "accept",
      "accept-encoding",
      "connection",
      "host",
      "user-agent",
    ]);
    expect(seen?.headers).toMatchObject({
      "accept-encoding": "identity",
      "user-agent": "fromage/test",
    });
  });

  it("not when its name is none, or the repository's leads elsewhere", async () => {
    const { client, server } = await open((_, response) => answerManifest(response));
    for (const name of ["a/b", "..", "a?b", "", "sha256:12"]) {
      expect(await client.resolve(name)).toMatchObject({ failure: { kind: "malformed" } });
    }
    for (const repository of ["../../secret", "a?b", "a#b", "a b"]) {
      const endpoints = [testEndpoint(server.host, { repository })];
      const bent = openRegistryClient({ endpoints });
      const result = await bent.client.resolve("1.0");
      expect(result).toMatchObject({ failure: { reason: "its name makes no address" } });
    }
    expect(server.seen).toEqual([]);
  });

  it("never after the signal fired, and not after the end", async () => {
    const stop = new AbortController();
    const { client, connections, server } = await open(() => stop.abort());
    const cancelled = { ok: false, failure: { kind: "cancelled", what: "app:1.0" } };
    expect(await client.resolve("1.0", { signal: stop.signal })).toMatchObject(cancelled);
    expect(await client.resolve("1.0", { signal: stop.signal })).toMatchObject(cancelled);
    await connections.close();
    expect(await client.resolve("1.0")).toMatchObject(cancelled);
    expect(server.seen).toHaveLength(1);
  });
});

describe("a list of tags", () => {
  const page = (response: ServerResponse, tags: readonly string[], link?: string): void =>
    answer(response, 200, JSON.stringify({ tags }), link === undefined ? {} : { link });

  it("is read over its pages, as far as it is wanted", async () => {
    const { client, server } = await open(({ path }, response) => {
      const last = Number(new URL(path, "http://host").searchParams.get("last") ?? "0");
      const next = `</v2/team/app/tags/list?last=${last + 1}&n=2>; rel="next"`;
      page(response, [`b${last}`, `a${last}`, "not a tag"], last === 3 ? undefined : next);
    });
    const tags = ["a0", "a1", "a2", "a3", "b0", "b1", "b2", "b3"];
    expect(await client.tags(8)).toEqual({ ok: true, value: { tags, isWhole: true } });
    expect(server.seen).toHaveLength(4);
    const few = { tags: ["a0", "b0", "b1"], isWhole: false };
    expect(await client.tags(3)).toEqual({ ok: true, value: few });
    expect(server.seen).toHaveLength(6);
  });

  it("ends when it goes round, and does not go to another host", async () => {
    const round = await open(({ path }, response) => page(response, ["a"], `<${path}>; rel=next`));
    expect(await round.client.tags(5)).toMatchObject({ ok: true, value: { tags: ["a"] } });
    expect(round.server.seen).toHaveLength(100);
    for (const link of ["http://127.0.0.1:9/v2/x", "/elsewhere", "//other.example/v2/x"]) {
      const away = await open((_, response) => page(response, ["a"], `<${link}>; rel="next"`));
      const reason = expect.stringMatching(/elsewhere/);
      expect(await away.client.tags(5)).toMatchObject({ failure: { kind: "malformed", reason } });
    }
  });
});

describe("what refers to an image", () => {
  const indexType = "application/vnd.oci.image.index.v1+json";
  const index = JSON.stringify({
    manifests: [{ digest, mediaType: type, size: 9, artifactType: "application/spdx+json" }, {}],
  });
  const found = [{ digest, artifactType: "application/spdx+json", sizeBytes: 9 }];

  it.each([
    ["the API", "/referrers/sha256:"],
    ["the tag", "/manifests/sha256-"],
  ])("is read by %s", async (_, at) => {
    const { client } = await open(({ path }, response) => {
      if (path.includes(at)) answer(response, 200, index, { "content-type": indexType });
      else answer(response, 404);
    });
    expect(await client.referrers(digest)).toMatchObject({ ok: true, value: found });
  });
});
