import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { sha256 } from "../../../../test/made-images.ts";
import {
  openRegistryClient,
  startScript,
  testEndpoint,
  type OpenClientOptions,
  type Script,
  type ScriptedServer,
  type Seen,
} from "../../../../test/open-registry-client.ts";
import { Arrival } from "../../arrival.ts";

const folder = mkdtempSync(join(tmpdir(), "fromage-download-"));
const opened: { stop(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.stop()));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Does not get smaller by gzip: its sizes are those of the parts below. */
const blob = Buffer.concat([
  gzipSync("a layer"),
  Buffer.from(Array.from({ length: 200_000 }, (_, at) => (at * 7919) % 251)),
]);
const digest = sha256(blob);
const descriptor = { digest, mediaType: "", sizeBytes: blob.byteLength };

let files = 0;
const newFile = (): string => join(folder, String(files++));

async function start(script: Script): Promise<ScriptedServer> {
  const server = await startScript(script);
  opened.push(server);
  return server;
}

async function open(script: Script, more: Partial<OpenClientOptions> = {}) {
  const server = await start(script);
  const client = openRegistryClient({ endpoints: [testEndpoint(server.host)], ...more });
  opened.push({ stop: () => client.connections.close() });
  return { ...client, server };
}

const offsetOf = ({ headers }: Seen): number =>
  Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? "0");

/** As a server does that knows ranges: from where it was asked on, and closes after so many bytes. */
function part(seen: Seen, response: ServerResponse, bytes = blob.byteLength): void {
  const offset = offsetOf(seen);
  const { byteLength: total } = blob;
  const range = offset === 0 ? {} : { "content-range": `bytes ${offset}-${total - 1}/${total}` };
  const headers = { "content-length": String(total - offset), etag: '"e"', ...range };
  response.writeHead(offset === 0 ? 200 : 206, headers);
  cut(response, blob.subarray(offset, offset + bytes));
}

/** All of it, whatever was asked for. */
function all(response: ServerResponse, bytes = blob.byteLength): void {
  response.writeHead(200, { "content-length": String(blob.byteLength) });
  cut(response, blob.subarray(0, bytes));
}

/** What is written, and the end of the connection, whatever was said. */
function cut(response: ServerResponse, bytes: Uint8Array): void {
  response.write(bytes, () => response.destroy());
}

interface Row {
  readonly name: string;
  readonly script: Script;
  /** How often it is asked. */
  readonly asked: number;
  /** Of the failure; none when all comes. */
  readonly failure?: object;
}

const rows: readonly Row[] = [
  { name: "at once", script: (seen, response) => part(seen, response), asked: 1 },
  {
    name: "without a length",
    script: (_, response) => {
      response.write(blob.subarray(0, 9));
      response.end(blob.subarray(9));
    },
    asked: 1,
  },
  {
    name: "in parts, each cut off",
    script: (seen, response) => part(seen, response, 70_000),
    asked: 3,
  },
  {
    name: "in more small parts than it may break off, with one large between",
    script: (seen, response, count) => part(seen, response, count % 4 === 3 ? 70_000 : 10),
    asked: 12,
  },
  {
    name: "after a cut, from a server that knows no ranges",
    script: (_, response, count) => all(response, count === 0 ? 70_000 : blob.byteLength),
    asked: 2,
  },
  {
    name: "after a cut, from before where it was asked for",
    script: (seen, response, count) => {
      if (count === 0) {
        part(seen, response, 1000);
        return;
      }
      response.writeHead(206, { "content-range": `bytes 900-200026/*` });
      response.end(blob.subarray(900));
    },
    asked: 2,
  },
  {
    name: "after a cut and a wrong range, from the start",
    script: (seen, response, count) => {
      if (count === 1) {
        response.writeHead(206, { "content-range": `bytes 5000-/${blob.byteLength}` }).end("x");
      } else part(seen, response, count === 0 ? 1000 : blob.byteLength);
    },
    asked: 3,
  },
  {
    name: "after a cut and a 416 that is wrong, from the start",
    script: (seen, response, count) => {
      if (count === 1) response.writeHead(416).end();
      else part(seen, response, count === 0 ? 1000 : blob.byteLength);
    },
    asked: 3,
  },
  {
    name: "never as it ends early each time",
    script: (_, response) => response.end(blob.subarray(0, 5000)),
    asked: 5,
    failure: {
      kind: "malformed",
      reason: `it ends after 5000 of ${blob.byteLength} bytes`,
    },
  },
  {
    name: "never as it is cut off each time",
    script: (_, response) => all(response, 5000),
    asked: 5,
    failure: { kind: "unreachable", reason: "the connection was closed before the end" },
  },
  {
    name: "never as it is longer",
    script: (_, response) => {
      response.write(blob);
      response.end("x");
    },
    asked: 1,
    failure: { kind: "malformed", reason: `it is longer than ${blob.byteLength} bytes` },
  },
  {
    name: "never as it says to be longer",
    script: (_, response) => {
      response.writeHead(200, { "content-length": String(blob.byteLength + 1) });
      response.end(Buffer.concat([blob, Buffer.from("x")]));
    },
    asked: 1,
    failure: {
      kind: "malformed",
      reason: `it has ${blob.byteLength + 1} bytes, its descriptor says ${blob.byteLength}`,
    },
  },
  {
    name: "never as it is shorter, which a 416 says",
    script: (seen, response, count) => {
      if (count === 0) part(seen, response, 1000);
      else response.writeHead(416, { "content-range": "bytes */1000" }).end();
    },
    asked: 2,
    failure: { kind: "malformed", reason: expect.stringMatching(/it has 1000 bytes/) },
  },
  {
    name: "never as a web page comes",
    script: (_, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end("<html>");
    },
    asked: 1,
    failure: { kind: "malformed", reason: expect.stringMatching(/web page/) },
  },
  {
    name: "never as it is not there",
    script: (_, response) => response.writeHead(404).end(),
    asked: 1,
    failure: { kind: "not-found" },
  },
];

describe("a blob comes", () => {
  it.each(rows)("$name", async ({ script, asked, failure }) => {
    for (const verify of [false, true]) {
      const { client, server } = await open(script);
      const [file, progress] = [newFile(), new Array<number>()];
      const onProgress = (bytes: number) => progress.push(bytes);
      const begun = await client.download(descriptor, file, { verify, onProgress });
      const whole = begun.ok ? await begun.value.whole : begun;
      expect(server.seen).toHaveLength(asked);
      if (failure !== undefined) {
        const what = `app@${digest}`;
        const expected = { ok: false, failure: { what, where: server.host, ...failure } };
        expect(whole).toMatchObject(expected);
        continue;
      }
      expect(whole).toEqual({ ok: true, value: null });
      expect(sha256(readFileSync(file))).toBe(digest);
      expect(progress.at(-1)).toBe(blob.byteLength);
      expect(progress).toEqual(progress.toSorted((a, b) => a - b));
      const layer = { kind: "blob", file, compression: "gzip", lengthBytes: blob.byteLength };
      expect(begun).toMatchObject({ ok: true, value: { layer } });
    }
  });

  it("where it broke off, on the condition that it is the same", async () => {
    const { client, server } = await open((seen, response) => part(seen, response, 150_000));
    const begun = await client.download(descriptor, newFile(), { verify: true });
    expect(begun.ok).toBe(true);
    expect(server.seen.map(({ headers }) => [headers.range, headers["if-range"]])).toEqual([
      [undefined, undefined],
      ["bytes=150000-", '"e"'],
    ]);
  });

  it("from the next where a mirror broke off", async () => {
    const mirror = await start((seen, response) => part(seen, response, 1000 - offsetOf(seen)));
    const registry = await start((seen, response) => part(seen, response));
    const endpoints = [testEndpoint(mirror.host, { isMirror: true }), testEndpoint(registry.host)];
    const { client, connections } = openRegistryClient({ endpoints });
    opened.push({ stop: () => connections.close() });
    const file = newFile();
    const begun = await client.download(descriptor, file);
    expect(begun.ok && (await begun.value.whole)).toEqual({ ok: true, value: null });
    expect(sha256(readFileSync(file))).toBe(digest);
    expect(registry.seen.map(({ headers }) => headers.range)).toEqual(["bytes=1000-"]);
  });

  it("from the next where a mirror has other bytes, when they are verified", async () => {
    const mirror = await start((_, response) => response.end(Buffer.alloc(blob.byteLength)));
    const registry = await start((seen, response) => part(seen, response));
    const endpoints = [testEndpoint(mirror.host), testEndpoint(registry.host)];
    const { client, connections } = openRegistryClient({ endpoints });
    opened.push({ stop: () => connections.close() });
    const file = newFile();
    const begun = await client.download(descriptor, file, { verify: true });
    expect(begun).toMatchObject({ ok: true, value: { layer: { compression: "gzip" } } });
    expect(sha256(readFileSync(file))).toBe(digest);

    const bad = Buffer.alloc(blob.byteLength);
    const { client: alone } = await open((_, response) => response.end(bad));
    const reason = `its digest is ${sha256(bad)}, expected ${digest}`;
    const refused = await alone.download(descriptor, newFile(), { verify: true });
    expect(refused).toMatchObject({ ok: false, failure: { kind: "malformed", reason } });
  });

  it("with nothing in it, without being asked for", async () => {
    const { client, server } = await open((_, response) => response.end());
    const empty = { digest: sha256(""), mediaType: "", sizeBytes: 0 };
    const begun = await client.download(empty, newFile());
    expect(begun.ok && (await begun.value.whole)).toEqual({ ok: true, value: null });
    expect(server.seen).toEqual([]);
  });

  it("not into a file that is there, nor without a size", async () => {
    const { client, server } = await open((seen, response) => part(seen, response));
    const file = newFile();
    expect(await client.download(descriptor, file, { verify: true })).toMatchObject({ ok: true });
    const again = await client.download(descriptor, file);
    expect(again).toMatchObject({ failure: { kind: "unreachable", reason: /EEXIST/ } });
    for (const sizeBytes of [null, -1, 1.5, 1e300]) {
      const unsized = await client.download({ ...descriptor, sizeBytes }, newFile());
      expect(unsized).toMatchObject({ failure: { kind: "malformed" } });
    }
    expect(server.seen).toHaveLength(1);
  });
});

describe("a blob on its way", () => {
  /** Begins, and goes on when the test says so. */
  function halting() {
    const { promise: goOn, resolve: release } = Promise.withResolvers<null>();
    const script: Script = (_, response) => {
      response.writeHead(200, { "content-length": String(blob.byteLength) });
      response.write(blob.subarray(0, 100));
      void goOn.then(() => response.end(blob.subarray(100)));
    };
    return { script, release: () => release(null) };
  }

  it("is handed out with its first bytes, and its arrival told", async () => {
    const { script, release } = halting();
    const { client } = await open(script);
    const begun = await client.download(descriptor, newFile());
    if (!begun.ok) throw new Error(JSON.stringify(begun.failure));
    const { layer, whole } = begun.value;
    const arrival = new Arrival(layer.arriving);
    expect([await arrival.waitBeyond(0), arrival.isOver]).toEqual([100, false]);
    release();
    expect(await whole).toEqual({ ok: true, value: null });
    expect([arrival.availableBytes, arrival.isOver]).toEqual([blob.byteLength, true]);
  });

  it.each(["stop", "signal", "close"] as const)(
    "ends by %s, and its readers learn of it",
    async (by) => {
      const { script } = halting();
      const { client, connections } = await open(script);
      const stop = new AbortController();
      const begun = await client.download(descriptor, newFile(), { signal: stop.signal });
      if (!begun.ok) throw new Error(JSON.stringify(begun.failure));
      const { layer, whole } = begun.value;
      if (by === "stop") begun.value.stop();
      if (by === "signal") stop.abort();
      if (by === "close") await connections.close();
      expect(await whole).toMatchObject({ ok: false, failure: { kind: "cancelled" } });
      const arrival = new Arrival(layer.arriving);
      expect([arrival.availableBytes, arrival.isOver]).toEqual([100, true]);
    },
  );

  it("is one of three of its host; the fourth waits", async () => {
    const { script, release } = halting();
    const { client, server } = await open(script);
    const download = () => client.download(descriptor, newFile());
    const begun = await Promise.all([download(), download(), download()]);
    const fourth = download();
    expect(server.seen).toHaveLength(3);
    release();
    expect(await fourth).toMatchObject({ ok: true });
    for (const one of begun) expect(one.ok && (await one.value.whole)).toMatchObject({ ok: true });
    expect(server.seen).toHaveLength(4);
  });
});
