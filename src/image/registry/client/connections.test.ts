import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createHttp } from "node:http";
import { createServer, type Server as TlsServer } from "node:https";
import { connect, createServer as createTcp, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  openRegistryClient,
  startScript,
  testEndpoint,
  type OpenClientOptions,
} from "../../../../test/open-registry-client.ts";
import { runCommand, withoutBed } from "../../../../test/registry/run-command.ts";
import type { Transport } from "../endpoint.ts";
import { connectionTrouble } from "./connection-trouble.ts";

const folder = mkdtempSync(join(tmpdir(), "fromage-tls-"));
const opened: { stop(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.stop()));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function openssl(...args: readonly string[]): Promise<void> {
  await runCommand("openssl", args, folder);
}

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** A self-signed certificate, its key beside it. */
async function makeSelfSigned(name: string, altName: string): Promise<void> {
  await openssl(
    ...["req", "-x509", ...newKey, "-keyout", `${name}.key`, "-out", `${name}.crt`],
    ...["-subj", "/CN=test", "-addext", `subjectAltName=${altName}`, "-days", "2"],
  );
}

const pem = (name: string): string => readFileSync(join(folder, name), "utf8");

const missing = withoutBed();

async function listen(server: Server | TlsServer): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  opened.push({
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ("closeAllConnections" in server) server.closeAllConnections();
      }),
  });
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- it listens on a port
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A registry with one list of tags, by TLS. */
async function startTls(name: string, more: object = {}): Promise<string> {
  const options = { cert: pem(`${name}.crt`), key: pem(`${name}.key`), ...more };
  const server = createServer(options, (_, response) => response.end('{"tags":["1"]}'));
  return listen(server.on("tlsClientError", () => undefined));
}

async function askTags(
  host: string,
  transport: Partial<Transport>,
  more: Partial<OpenClientOptions> = {},
): Promise<unknown> {
  const endpoints = [testEndpoint(host, { transport })];
  const { client, connections } = openRegistryClient({ endpoints, ...more });
  try {
    return await client.tags(5);
  } finally {
    await connections.close();
  }
}

const asked = { ok: true, value: { tags: ["1"], isWhole: true } };
const refused = (reason: RegExp) => ({
  ok: false,
  failure: { kind: "unreachable", what: "app", reason: expect.stringMatching(reason) },
});

describe.skipIf(missing !== null)(`TLS${missing ?? ""}`, () => {
  beforeAll(async () => {
    await makeSelfSigned("own", "IP:127.0.0.1");
    await makeSelfSigned("other", "DNS:other.example");
    await makeSelfSigned("client", "DNS:client.example");
    await openssl(
      ...["req", ...newKey, "-keyout", "old.key", "-out", "old.csr", "-subj", "/CN=old"],
      ...["-addext", "subjectAltName=IP:127.0.0.1"],
    );
    await openssl(
      ...["x509", "-req", "-in", "old.csr", "-signkey", "old.key", "-out", "old.crt"],
      ...["-days", "-1", "-copy_extensions", "copy"],
    );
  });

  it("with a self-signed certificate is refused, unless it is known or nothing is verified", async () => {
    const host = await startTls("own");
    expect(await askTags(host, { http: "never" })).toMatchObject(
      refused(/self-signed: .*certs\.d/),
    );
    expect(await askTags(host, { http: "fallback" })).toMatchObject(refused(/self-signed/));
    const authorities = [pem("own.crt")];
    expect(await askTags(host, { http: "never", authorities })).toEqual(asked);
    expect(await askTags(host, { http: "never", verifies: false })).toEqual(asked);
    expect(await askTags(host, { http: "fallback", verifies: false })).toEqual(asked);
  });

  it.each([
    ["that has expired", "old", /has expired/],
    ["for another name", "other", /for another name/],
  ])("with a certificate %s is refused", async (_, name, reason) => {
    const host = await startTls(name);
    const authorities = [pem(`${name}.crt`)];
    expect(await askTags(host, { http: "never", authorities })).toMatchObject(refused(reason));
  });

  it("that wants a client's certificate gets it, where there is one", async () => {
    const more = { requestCert: true, rejectUnauthorized: true, ca: pem("client.crt") };
    const host = await startTls("own", more);
    const transport = { http: "never", authorities: [pem("own.crt")] } as const;
    expect(await askTags(host, transport)).toMatchObject(refused(/wants a client certificate/));
    const client = { certificate: pem("client.crt"), key: pem("client.key") };
    expect(await askTags(host, { ...transport, client })).toEqual(asked);
  });

  it("with what is no certificate is refused", async () => {
    const transport = { http: "never", client: { certificate: "SECRET", key: "SECRET" } } as const;
    const result = await askTags("127.0.0.1:9", transport);
    expect(result).toMatchObject(refused(/certificate or key .* cannot be read/));
    expect(JSON.stringify(result)).not.toContain("SECRET");
  });

  it("is not spoken by who is asked for it", async () => {
    const server = await startScript((_, response) => response.end('{"tags":["1"]}'));
    opened.push(server);
    const plain = await askTags(server.host, { http: "never" });
    expect(plain).toMatchObject(refused(/speaks plain HTTP, not TLS/));
    expect(await askTags(server.host, { http: "fallback" })).toEqual(asked);
    expect(server.seen).toHaveLength(1);
  });

  it("is wanted by who is asked by plain http", async () => {
    const host = await startTls("own");
    const result = await askTags(host, { http: "only" });
    expect(result).toMatchObject({ ok: false, failure: { kind: "unreachable" } });
  });

  it("is not left by a redirect", async () => {
    const options = { cert: pem("own.crt"), key: pem("own.key") };
    const plain = await startScript((_, response) => response.end('{"tags":["1"]}'));
    opened.push(plain);
    const server = createServer(options, (_, response) => {
      response.writeHead(307, { location: `http://${plain.host}/` }).end();
    });
    const host = await listen(server);
    const result = await askTags(host, { http: "never", authorities: [pem("own.crt")] });
    const reason = expect.stringMatching(/from https to plain http/);
    expect(result).toMatchObject({ failure: { kind: "denied", reason } });
    expect(plain.seen).toEqual([]);
  });
});

describe("a host", () => {
  it("that nobody knows is asked twice", async () => {
    const reason = /^no such host is known|name server does not answer/;
    const result = await askTags("no-such-host.invalid", { http: "never" });
    expect(result).toMatchObject(refused(reason));
  });

  it("that refuses is told, by both ways where both are tried", async () => {
    const server = createTcp();
    const host = await listen(server);
    await opened.pop()?.stop();
    expect(await askTags(host, { http: "only" })).toMatchObject(
      refused(/^connection refused, 3 times$/),
    );
    expect(await askTags(host, { http: "fallback" })).toMatchObject(
      refused(/^by https connection refused; by plain http connection refused, 3 times$/),
    );
  });
});

describe("a host asked by http where nothing speaks TLS", () => {
  it("gives its own answer as the reason, not that it speaks no TLS", async () => {
    const server = createHttp((_, response) => response.writeHead(503).end());
    const host = await listen(server);
    const reason = /^it answered 503 \(not available\) 6 times$/;
    expect(await askTags(host, { http: "fallback" })).toMatchObject(refused(reason));
  });
});

describe("a proxy", () => {
  /** Answers for every host, and opens tunnels to where it is told, both only with the right login. */
  async function startProxy(tunnelTo: string) {
    const seen: string[] = [];
    const login = `Basic ${Buffer.from("me:SECRET p%").toString("base64")}`;
    const server = createHttp((incoming, response) => {
      seen.push(`${incoming.method ?? ""} ${incoming.url ?? ""}`);
      if (incoming.headers["proxy-authorization"] === login) response.end('{"tags":["1"]}');
      else response.writeHead(407).end();
    });
    server.on("connect", (incoming, socket) => {
      seen.push(`CONNECT ${incoming.url ?? ""}`);
      socket.on("error", () => undefined);
      if (incoming.headers["proxy-authorization"] !== login) {
        socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
        return;
      }
      const [hostname = "", port] = tunnelTo.split(":");
      const target = connect(Number(port), hostname, () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        socket.pipe(target).pipe(socket);
      });
      target.on("error", () => undefined);
    });
    return { host: await listen(server), seen };
  }

  it("is asked for plain http with the whole address, and its login is nowhere told", async () => {
    const proxy = await startProxy("127.0.0.1:9");
    const through = (login: string) => ({
      proxyFor: () => new URL(`http://${login}${proxy.host}`),
    });
    const transport = { http: "only" } as const;
    expect(await askTags("registry.invalid", transport, through("me:SECRET%20p%25@"))).toEqual(
      asked,
    );
    expect(proxy.seen).toEqual(["GET http://registry.invalid/v2/team/app/tags/list?n=5"]);
    const result = await askTags("registry.invalid", transport, through("me:SECRETwrong@"));
    expect(result).toMatchObject(refused(/^the proxy wants another login/));
    expect(JSON.stringify(result)).not.toContain("SECRET");
  });

  it.skipIf(missing !== null)(`is asked for a tunnel for https${missing ?? ""}`, async () => {
    await makeSelfSigned("tunnel", "DNS:registry.invalid");
    const proxy = await startProxy(await startTls("tunnel"));
    const transport = { http: "never", authorities: [pem("tunnel.crt")] } as const;
    const through = (login: string) => ({
      proxyFor: () => new URL(`http://${login}${proxy.host}`),
    });
    expect(await askTags("registry.invalid", transport, through("me:SECRET%20p%25@"))).toEqual(
      asked,
    );
    expect(proxy.seen).toEqual(["CONNECT registry.invalid:443"]);
    const result = await askTags("registry.invalid", transport, through(""));
    const reason = new RegExp(`^the proxy wants another login \\(asked through .*${proxy.host}`);
    expect(result).toMatchObject(refused(reason));
  });

  it("of a kind that is not known is told", async () => {
    const proxyFor = () => new URL("ftp://me:SECRET@proxy.invalid");
    const result = await askTags("registry.invalid", { http: "only" }, { proxyFor });
    const reason = "the proxy proxy.invalid is asked by ftp:, which is not known";
    expect(result).toMatchObject({ ok: false, failure: { kind: "unsupported", reason } });
  });

  it("is chosen for each address", async () => {
    const asked: string[] = [];
    const server = await startScript((_, response) => response.end("{}"));
    opened.push(server);
    const proxyFor = (url: URL) => {
      asked.push(url.href);
      return null;
    };
    await askTags(server.host, { http: "only" }, { proxyFor });
    expect(asked).toEqual([`${server.url}/v2/team/app/tags/list?n=5`]);
  });
});

describe("connectionTrouble", () => {
  it("throws on what is no error of a connection", () => {
    const bug = new TypeError("x is not a function");
    expect(() => connectionTrouble(bug, null)).toThrow(bug);
  });

  it("takes the first of several addresses", () => {
    const each = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
    const trouble = connectionTrouble(new AggregateError([each, new Error("other")]), "proxy:1");
    expect(trouble.reason).toBe("connection refused (asked through the proxy proxy:1)");
  });
});
