import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { contractImage } from "../../src/image/sources/contract.ts";
import type { Result } from "../../src/model/failure.ts";
import { makeConfig, sha256, type MadeDescriptor } from "../made-images.ts";
import { openRegistryClient, testEndpoint, type OpenedClient } from "../open-registry-client.ts";
import { basic } from "./ask.ts";
import { expectResult, type Expected } from "./expected.ts";
import { startFaultProxy, type FaultProxy } from "./fault-proxy.ts";
import {
  htmlPage,
  paths,
  redirectTo,
  stallAfter,
  statusOnly,
  tooManyRequests,
  type Fault,
  type FaultRule,
} from "./faults.ts";
import { manifestRows } from "./manifest-fault-rows.ts";
import { Repository } from "./push-image.ts";
import { ociImage } from "./registry-images.ts";
import { startRegistry, type Registry } from "./registry.ts";
import { withoutBed } from "./run-command.ts";

const missing = withoutBed();

const quick = manifestRows.filter(({ isSlow }) => isSlow !== true);

describe.skipIf(missing !== null)(`a manifest asked for through faults${missing ?? ""}`, () => {
  let registry: Registry;
  let proxy: FaultProxy;
  let opened: OpenedClient;
  let client: OpenedClient["client"];
  let root: MadeDescriptor;
  let config = Buffer.alloc(0);
  beforeAll(async () => {
    const image = await contractImage();
    config = Buffer.from(makeConfig(image));
    const made = ociImage(image);
    root = made.root;
    registry = await startRegistry({ auth: "htpasswd", tls: true });
    await (await Repository.open(registry, "team/app")).put(made.layout, root, ["one"]);
  });
  afterAll(() => registry.stop());
  beforeEach(async () => {
    proxy = await startFaultProxy({ target: registry });
    const { username, password } = registry;
    opened = openRegistryClient({
      endpoints: [testEndpoint(proxy.host)],
      credentials: { [proxy.host]: { kind: "password", username, password } },
      // What is silent for ever is given up soon.
      idleTimeoutMs: 300,
    });
    client = opened.client;
  });
  afterEach(async () => {
    await opened.connections.close();
    await proxy.stop();
  });
  const asked = (): number => proxy.requests.filter(({ fault }) => fault !== null).length;

  /** Logs in first, so that the fault meets what it is meant for. */
  async function use(rules: readonly FaultRule[]): Promise<void> {
    proxy.use([]);
    expect((await client.resolve("one")).ok).toBe(true);
    proxy.use(rules);
  }
  function expectRight(result: Result<{ readonly bytes: Buffer }>, expected: Expected): void {
    expectResult(result, expected, ({ bytes }) => sha256(bytes) === root.digest);
  }
  const isConfig = (bytes: Buffer): boolean => sha256(bytes) === sha256(config);

  it.each(manifestRows)("$name, by tag", async ({ fault, times, manifest, asked: count }) => {
    await use([{ fault, path: paths.manifest, ...(times === undefined ? {} : { times }) }]);
    expectRight(await client.manifest("one"), manifest);
    const rest = times === undefined ? count : Math.min(count, times);
    const manifests = proxy.requests.filter(({ path }) => paths.manifest.test(path));
    expect([asked(), manifests.length]).toEqual([rest, count]);
  });

  it.each(quick)("$name, by digest", async ({ fault, times, manifest }) => {
    await use([{ fault, path: paths.manifest, ...(times === undefined ? {} : { times }) }]);
    expectRight(await client.manifest(root.digest), manifest);
  });

  it.each(quick)("$name, a config", async ({ name, fault, times, manifest }) => {
    await use([{ fault, path: paths.blob, ...(times === undefined ? {} : { times }) }]);
    const digest = sha256(config);
    const ask = { digest, sizeBytes: config.byteLength };
    const result = await client.blob(ask);
    // A blob's only truth is its digest, whatever a header says of it.
    const isSame = name === "a digest of something else in its header";
    const expected: Expected =
      manifest === "found" || manifest[0] !== "malformed" || isSame
        ? isSame
          ? "found"
          : manifest
        : ["malformed", /its digest is|it has \d+ bytes|no HTTP|sends on|web page|encoded/];
    expectResult(result, expected, isConfig);
  });

  it("asks by GET where HEAD is not served", async () => {
    for (const status of [404, 405, 403, 501]) {
      await use([{ fault: statusOnly(status), path: paths.manifest, methods: ["HEAD"] }]);
      const result = await client.resolve("one");
      expect(result, String(status)).toMatchObject({ ok: true, value: { digest: root.digest } });
      expect(proxy.requests.map(({ method }) => method)).toEqual(["HEAD", "GET"]);
    }
  });

  it("takes no digest from a page that answers HEAD", async () => {
    await use([{ fault: htmlPage, path: paths.manifest }]);
    const result = await client.resolve("one");
    expectResult(result, ["malformed", /web page/], () => false);
  });

  it("waits as long as it is asked to", async () => {
    await use([{ fault: tooManyRequests("7"), path: paths.manifest, times: 2 }]);
    expectRight(await client.manifest("one"), "found");
    expect(opened.clock.sleeps).toEqual([7000, 7000]);
  });

  it("does not bring its login to another host", async () => {
    const authorization = basic(registry.username, registry.password);
    const other = await startFaultProxy({ target: registry, authorization });
    try {
      await use([{ fault: redirectTo(other.url), path: paths.blob }]);
      const ask = { digest: sha256(config), sizeBytes: config.byteLength };
      expectResult(await client.blob(ask), "found", isConfig);
      expect(proxy.requests.map((seen) => seen.authorization)).toEqual(["basic"]);
      expect(other.requests.map((seen) => seen.authorization)).toEqual(["none"]);
    } finally {
      await other.stop();
    }
  });

  it("does not bring it back from another host, nor for that one's refusal", async () => {
    const other = await startFaultProxy({ target: registry });
    try {
      await use([{ fault: redirectTo(other.url), path: paths.blob, times: 1 }]);
      other.use([{ fault: redirectTo(proxy.url), path: paths.blob }]);
      const ask = { digest: sha256(config), sizeBytes: config.byteLength };
      const back = await client.blob(ask);
      // Either answer is sound: it may log in anew where it is at home, not carry the login through the other.
      expect(other.requests.every((seen) => seen.authorization === "none")).toBe(true);
      if (back.ok) expect(sha256(back.value)).toBe(sha256(config));
      other.use([]);
      proxy.use([{ fault: redirectTo(other.url), path: paths.blob }]);
      const refused = await client.blob(ask);
      expectResult(refused, ["denied", /sends on to .*401/], () => false);
      expect(other.requests.every((seen) => seen.authorization === "none")).toBe(true);
    } finally {
      await other.stop();
    }
  });

  it.each(["stall", "dribble"] as const)("stops at once when it is cancelled: %s", async (kind) => {
    const fault: Fault = kind === "stall" ? stallAfter(20) : { kind, what: "body" };
    await use([{ fault, path: paths.manifest }]);
    const controller = new AbortController();
    const { signal } = controller;
    const result = client.manifest("one", { signal });
    await proxy.whenMet();
    controller.abort();
    expectResult(await result, ["cancelled", /^/], () => false);
  });

  it("keeps the password out of every failure", async () => {
    for (const { fault } of manifestRows.filter(({ fault: { kind } }) => kind === "answer")) {
      await use([{ fault, path: paths.manifest }]);
      const result = await client.manifest("one");
      const text = JSON.stringify(result.ok ? {} : result.failure);
      expect(text).not.toContain(registry.password);
      expect(text).not.toContain(basic(registry.username, registry.password).slice(6));
    }
  });
});
