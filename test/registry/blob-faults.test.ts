import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { TemporaryBlobs } from "../../src/image/cache/temporary-blobs.ts";
import type { RemoteLayer } from "../../src/image/image.ts";
import { createRemoteLayer } from "../../src/image/registry/remote-layer.ts";
import { readLayers } from "../../src/image/read-layers.ts";
import { success, type Result } from "../../src/model/failure.ts";
import type { Descriptor } from "../../src/image/sources/descriptors.ts";
import { makeTar, sha256 } from "../made-images.ts";
import { blobRows, each, farBytes, type BlobRow } from "./blob-fault-rows.ts";
import { openRegistryClient, testEndpoint, type OpenedClient } from "../open-registry-client.ts";
import { basic } from "./ask.ts";
import { expectResult } from "./expected.ts";
import { startFaultProxy, type FaultProxy } from "./fault-proxy.ts";
import { cutAfter, paths, redirectTo, stallAfter, withHeader } from "./faults.ts";
import { Repository } from "./push-image.ts";
import { ociImage } from "./registry-images.ts";
import { startRegistry, type Registry } from "./registry.ts";
import { withoutBed } from "./run-command.ts";

const missing = withoutBed();

const quick = blobRows.filter(({ isSlow }) => isSlow !== true);

describe.skipIf(missing !== null)(`a layer brought through faults${missing ?? ""}`, () => {
  let registry: Registry;
  let proxy: FaultProxy;
  let opened: OpenedClient;
  let scratch = "";
  let tar: Buffer = Buffer.alloc(0);
  let blob = Buffer.alloc(0);
  beforeAll(async () => {
    // Noise, which gzip leaves as it is: some hundred KB that are the same each time.
    const noise = Buffer.concat(
      Array.from({ length: 12_000 }, (_, at) => Buffer.from(sha256(String(at)).slice(7), "hex")),
    );
    tar = await makeTar([
      ["etc", null],
      ["etc/os-release", "ID=contract\n"],
      ["etc/noise", noise],
      ["etc/last", "#!/bin/sh\n", 0o755],
    ]);
    blob = gzipSync(tar);
    registry = await startRegistry({ auth: "htpasswd", tls: true });
    const repository = await Repository.open(registry, "team/app");
    await repository.putBlob(blob, sha256(blob));
    const { layout, root } = ociImage({ tars: [] });
    await repository.put(layout, root, ["one"]);
  });
  afterAll(() => registry.stop());
  beforeEach(async () => {
    scratch = mkdtempSync(join(tmpdir(), "fromage-blobs-"));
    proxy = await startFaultProxy({ target: registry });
    const { username, password } = registry;
    opened = openRegistryClient({
      endpoints: [testEndpoint(proxy.host)],
      credentials: { [proxy.host]: { kind: "password", username, password } },
      // What is silent for ever is given up soon.
      idleTimeoutMs: 300,
    });
    // Logs in first, so that the faults meet what they are meant for.
    expect((await opened.client.resolve("one")).ok).toBe(true);
    proxy.use([]);
  });
  afterEach(async () => {
    await opened.connections.close();
    await proxy.stop();
    rmSync(scratch, { recursive: true, force: true });
  });

  const use = (rules: BlobRow["rules"]): void =>
    proxy.use(rules.map((rule) => ({ ...rule, path: paths.blob })));
  const draft = (): string => join(scratch, "verified");
  const descriptor = (): Descriptor => ({
    digest: sha256(blob),
    mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
    sizeBytes: blob.byteLength,
    platform: null,
    annotations: {},
  });
  function layer(): RemoteLayer {
    return createRemoteLayer(descriptor(), {
      repository: "team/app",
      diffId: sha256(tar),
      blobs: new TemporaryBlobs(join(scratch, "drafts")),
      start: (...request) => opened.client.download(...request),
    });
  }
  /** As what is read while it comes is not: whole, and its digest verified on the way. */
  async function bring(signal?: AbortSignal): Promise<Result<Buffer>> {
    const options = { verify: true, ...(signal === undefined ? {} : { signal }) };
    const begun = await opened.client.download(descriptor(), draft(), options);
    if (!begun.ok) return begun;
    const whole = await begun.value.whole;
    return whole.ok ? success(readFileSync(draft())) : whole;
  }
  const isBlob = (bytes: Buffer): boolean => sha256(bytes) === sha256(blob);
  const startOf = (range: string | null): number =>
    Number(/^bytes=(\d+)-/.exec(range ?? "")?.[1] ?? 0);
  const startsAsked = (): readonly string[] =>
    proxy.requests.map(({ range }) => (startOf(range) === 0 ? "start" : "on"));
  const left = (): readonly string[] =>
    existsSync(join(scratch, "drafts")) ? readdirSync(join(scratch, "drafts")) : [];

  it.each(blobRows)("$name, verified on the way", async ({ rules, expected, from }) => {
    use(rules);
    expectResult(await bring(), expected, isBlob);
    if (from !== null) expect(startsAsked()).toEqual(from);
  });

  it.each(quick)("$name, read while it comes", async ({ rules, expected }) => {
    use(rules);
    const [result] = await readLayers([layer()], { parallel: 1 });
    if (result === undefined) expect.fail("no result");
    const failure = result.ok ? result.value.facts.failures[0] : result.failure;
    if (failure === undefined && result.ok) {
      const { entries } = result.value.facts;
      expectResult(result, expected, () => entries.length === 4);
    } else if (failure !== undefined) expectResult({ ok: false, failure }, expected, () => false);
    await expect.poll(left).toEqual([]);
  });

  it("does not bring its login to the storage it is sent on to", async () => {
    const authorization = basic(registry.username, registry.password);
    const storage = await startFaultProxy({ target: registry, authorization });
    try {
      use(each(redirectTo(storage.url)));
      storage.use([{ fault: cutAfter(farBytes), path: paths.blob, times: 1 }]);
      expectResult(await bring(), "found", isBlob);
      expect(storage.requests.map((seen) => seen.authorization)).toEqual(["none", "none"]);
      expect(startOf(storage.requests[1]?.range ?? null)).toBeGreaterThan(0);
      expect(proxy.requests.map((seen) => seen.authorization)).toEqual(["basic", "basic"]);
    } finally {
      await storage.stop();
    }
  });

  // undici 7 ended the process there: an assertion in its parser, in a listener where nobody can catch it.
  it.each([
    ["with a length", withHeader("connection", "close")],
    ["without one", withHeader("content-length", null)],
  ])(`comes whole where the server closes before the disk is done, %s`, async (_, fault) => {
    for (let count = 0; count < 20; count++) {
      use(each(fault));
      expectResult(await bring(), "found", isBlob);
      rmSync(draft());
    }
  });

  it.each([stallAfter(farBytes), { kind: "dribble", what: "body" } as const])(
    "stops at once when it is cancelled: $kind",
    async (fault) => {
      use(each(fault));
      const controller = new AbortController();
      const coming = bring(controller.signal);
      await proxy.whenMet();
      controller.abort();
      expectResult(await coming, ["cancelled", /^/], () => false);
    },
  );
});
