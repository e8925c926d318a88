import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { contractImage } from "../../src/image/sources/contract.ts";
import { sha256, type MadeDescriptor } from "../made-images.ts";
import { ask, basic, type Heard } from "./ask.ts";
import { startFaultProxy, type FaultProxy } from "./fault-proxy.ts";
import {
  cutAfter,
  document,
  flipByte,
  htmlPage,
  lieAboutLength,
  notHttp,
  otherBytes,
  otherDigest,
  pagedTags,
  paths,
  redirectLoop,
  redirectTo,
  stallAfter,
  statusOnly,
  tooManyRequests,
  withHeader,
  type Fault,
} from "./faults.ts";
import { Repository } from "./push-image.ts";
import { ociImage } from "./registry-images.ts";
import { startRegistry, type Registry } from "./registry.ts";
import { withoutBed } from "./run-command.ts";

const missing = withoutBed();

describe.skipIf(missing !== null)(`a proxy with faults${missing ?? ""}`, () => {
  let registry: Registry;
  let proxy: FaultProxy;
  let root: MadeDescriptor;
  let layer: Buffer;
  let blobPath = "";
  beforeAll(async () => {
    const image = ociImage(await contractImage());
    root = image.root;
    registry = await startRegistry({ auth: "htpasswd", tls: true });
    await (await Repository.open(registry, "team/app")).put(image.layout, root, ["one"]);
    [layer = Buffer.alloc(0)] = [...image.layout.files]
      .filter(([name]) => name.startsWith("blobs/"))
      .map(([, bytes]) => Buffer.from(bytes));
    blobPath = `/v2/team/app/blobs/${sha256(layer)}`;
  });
  afterAll(() => registry.stop());
  beforeEach(async () => {
    proxy = await startFaultProxy({ target: registry });
  });
  afterEach(() => proxy.stop());

  const manifestPath = "/v2/team/app/manifests/one";
  const headers = (): Record<string, string> => ({
    authorization: basic(registry.username, registry.password),
    accept: root.mediaType,
  });
  const get = (path: string, more: Record<string, string> = {}, method = "GET"): Promise<Heard> =>
    ask({ url: proxy.url + path, method, headers: { ...headers(), ...more } });
  function fault(what: Fault, times?: number): void {
    proxy.use([{ fault: what, path: /^/, ...(times === undefined ? {} : { times }) }]);
  }

  it("lets pass what no rule names", async () => {
    const heard = await get(blobPath);
    expect([heard.status, heard.isComplete, sha256(heard.body)]).toEqual([
      200,
      true,
      sha256(layer),
    ]);
    expect((await get(manifestPath, {}, "HEAD")).headers["docker-content-digest"]).toBe(
      root.digest,
    );
    expect((await get(blobPath, { range: "bytes=10-" })).status).toBe(206);
    expect((await ask({ url: `${proxy.url}/v2/` })).status).toBe(401);
    expect(proxy.requests).toMatchObject([
      { method: "GET", path: blobPath, authorization: "basic", range: null, fault: null },
      { method: "HEAD", path: manifestPath },
      { range: "bytes=10-" },
      { path: "/v2/", authorization: "none" },
    ]);
    expect(JSON.stringify(proxy.requests)).not.toContain(headers()["authorization"]?.slice(6));
  });

  it("cuts a blob once, then no more", async () => {
    fault(cutAfter(20), 1);
    const heard = await get(blobPath);
    expect(heard.headers["content-length"]).toBe(String(layer.byteLength));
    expect([heard.isComplete, heard.body.byteLength]).toEqual([false, 20]);
    expect((await get(blobPath)).isComplete).toBe(true);
  });

  it("cuts a blob every time, from the third on, or by a reset", async () => {
    proxy.use([{ fault: cutAfter(20), path: paths.blob, skip: 2 }]);
    const seen = [];
    for (let count = 0; count < 4; count++) seen.push((await get(blobPath)).isComplete);
    expect(seen).toEqual([true, true, false, false]);
    fault(cutAfter(20, "reset"));
    // Whether the head arrives before the reset throws it away is the system's to say.
    expect(await isWhole(get(blobPath))).toBe(false);
  });

  it("stalls in the middle of a body until it is released", async () => {
    fault(stallAfter(20));
    const asked = get(blobPath);
    await proxy.whenMet();
    proxy.release();
    const heard = await asked;
    expect([heard.isComplete, sha256(heard.body)]).toEqual([true, sha256(layer)]);
  });

  it("ends while a body stalls", async () => {
    fault(stallAfter(20));
    const asked = get(blobPath);
    await proxy.whenMet();
    await proxy.stop();
    expect(await isWhole(asked)).toBe(false);
  });

  it("says that a body is longer or shorter than it is", async () => {
    fault(lieAboutLength(5));
    const longer = await get(blobPath);
    expect([longer.isComplete, longer.body.byteLength]).toEqual([false, layer.byteLength]);
    fault(lieAboutLength(-5));
    const shorter = await get(blobPath);
    expect(shorter.body.byteLength).toBe(layer.byteLength - 5);
  });

  it("flips a bit, changes bytes and digests", async () => {
    fault(flipByte(12));
    const { body } = await get(blobPath);
    expect([body.byteLength, body[12]]).toEqual([layer.byteLength, (layer[12] ?? 0) ^ 1]);
    fault(otherBytes("{}"));
    const other = await get(manifestPath);
    expect([other.body.toString(), other.headers["docker-content-digest"]]).toEqual([
      "{}",
      root.digest,
    ]);
    fault(otherDigest(sha256("")));
    const { headers: changed, body: same } = await get(manifestPath);
    expect([changed["docker-content-digest"], sha256(same)]).toEqual([sha256(""), root.digest]);
  });

  it("answers 429 twice, then as it should", async () => {
    fault(tooManyRequests("1"), 2);
    const seen = [];
    for (let count = 0; count < 3; count++) {
      const { status, headers: answered } = await get(manifestPath);
      seen.push([status, answered["retry-after"]]);
    }
    expect(seen).toEqual([
      [429, "1"],
      [429, "1"],
      [200, undefined],
    ]);
  });

  it("answers with a status, a page or without a method", async () => {
    proxy.use([
      { fault: statusOnly(503), path: paths.tags },
      { fault: htmlPage, path: paths.blob },
      { fault: statusOnly(405), path: paths.manifest, methods: ["HEAD"] },
    ]);
    expect((await get("/v2/team/app/tags/list")).status).toBe(503);
    const page = await get(blobPath);
    expect([page.status, page.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
    expect((await get(manifestPath, {}, "HEAD")).status).toBe(405);
    expect((await get(manifestPath)).status).toBe(200);
  });

  it("redirects to another host, which notes whether a secret came along, or to itself", async () => {
    const authorization = basic(registry.username, registry.password);
    const other = await startFaultProxy({ target: registry, authorization });
    try {
      fault(redirectTo(other.url));
      const { status, headers: answered } = await get(blobPath);
      expect([status, answered.location]).toEqual([307, other.url + blobPath]);
      const heard = await ask({ url: other.url + blobPath });
      expect(sha256(heard.body)).toBe(sha256(layer));
      expect(other.requests).toMatchObject([{ path: blobPath, authorization: "none" }]);
    } finally {
      await other.stop();
    }
    fault(redirectLoop);
    expect((await get(blobPath)).headers.location).toBe(blobPath);
  });

  it("ignores a range, or answers with another", async () => {
    fault({ kind: "ignore-range" });
    const whole = await get(blobPath, { range: "bytes=10-" });
    expect([whole.status, whole.body.byteLength]).toEqual([200, layer.byteLength]);
    fault(withHeader("content-range", `bytes 0-9/${layer.byteLength}`));
    const wrong = await get(blobPath, { range: "bytes=10-" });
    expect([wrong.status, wrong.headers["content-range"]]).toEqual([
      206,
      `bytes 0-9/${layer.byteLength}`,
    ]);
  });

  it("lists tags in pages, and answers what the registry has not", async () => {
    const image = ociImage(await contractImage());
    const many = await Repository.open(registry, "many/tags");
    await many.put(image.layout, root, ["c", "a", "e", "b", "d"]);
    proxy.use([
      { fault: pagedTags(2), path: paths.tags },
      { fault: document("application/vnd.oci.image.index.v1+json", "{}"), path: /referrers/ },
    ]);
    const pages = [];
    let next: string | undefined = "/v2/many/tags/tags/list";
    while (next !== undefined) {
      const heard: Heard = await get(next);
      const { tags } = JSON.parse(heard.body.toString());
      pages.push(tags);
      next = /^<(.*)>; rel="next"$/.exec(String(heard.headers["link"]))?.[1];
    }
    expect(pages).toEqual([["a", "b"], ["c", "d"], ["e"]]);
    expect((await get(`/v2/many/tags/referrers/${root.digest}`)).body.toString()).toBe("{}");
  });

  it("resets the connection or speaks no HTTP", async () => {
    fault({ kind: "reset" });
    await expect(get(blobPath)).rejects.toThrow(/ECONNRESET|socket hang up/);
    fault(notHttp);
    await expect(get(blobPath)).rejects.toThrow(/Parse Error/);
    fault({ kind: "garbage", bytes: "" });
    await expect(get(blobPath)).rejects.toThrow(/socket hang up/);
  });

  it("sends chunks without a length, whole or cut", async () => {
    fault({ kind: "chunked", isCut: false });
    const heard = await get(blobPath);
    expect(heard.headers["content-length"]).toBeUndefined();
    expect([heard.isComplete, sha256(heard.body)]).toEqual([true, sha256(layer)]);
    fault({ kind: "chunked", isCut: true });
    expect((await get(blobPath)).isComplete).toBe(false);
  });

  it.each([
    ["head", /^HTTP\/1\.1 200 [^\n]*\r\nx-pad: a{4,}$/],
    ["body", /^HTTP\/1\.1 200 [^\n]*\r\n(?:[^\r\n]+\r\n)+\r\na{4,}$/],
  ] as const)("dribbles its %s until the other side goes", async (what, expected) => {
    fault({ kind: "dribble", what });
    const [name = "", port = ""] = proxy.host.split(":");
    const socket = connect({ host: name, port: Number(port) });
    const { authorization = "" } = headers();
    socket.write(`GET ${blobPath} HTTP/1.1\r\nhost: a\r\nauthorization: ${authorization}\r\n\r\n`);
    let heard = "";
    for await (const part of socket.setEncoding("latin1")) {
      heard += String(part);
      if (heard.endsWith("aaaa")) break;
    }
    expect(heard).toMatch(expected);
  });
});

function isWhole(asked: Promise<Heard>): Promise<boolean> {
  return asked.then(
    ({ isComplete }) => isComplete,
    () => false,
  );
}
