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
import { openRegistryClient, testEndpoint, type OpenedClient } from "../open-registry-client.ts";
import { basic } from "./ask.ts";
import { expectResult, type Expected } from "./expected.ts";
import { startFaultProxy, type FaultProxy } from "./fault-proxy.ts";
import {
  cutAfter,
  flipByte,
  htmlPage,
  lieAboutLength,
  notHttp,
  otherBytes,
  otherDigest,
  paths,
  redirectLoop,
  redirectTo,
  stallAfter,
  statusOnly,
  tooManyRequests,
  withHeader,
  type Fault,
  type FaultRule,
} from "./faults.ts";
import { Repository } from "./push-image.ts";
import { ociImage } from "./registry-images.ts";
import { startRegistry, type Registry } from "./registry.ts";
import { withoutBed } from "./run-command.ts";

const missing = withoutBed();

/** Far enough that it counts as getting on. Bytes. */
const farBytes = 150_000;

interface Row {
  readonly name: string;
  readonly rules: readonly Omit<FaultRule, "path">[];
  readonly expected: Expected;
  /**
   * From where it was asked for, in order; null: not looked at. `on`: behind what came before, how far is the system's to say,
   * as an error may overtake bytes that were there.
   */
  readonly from: readonly ("start" | "on")[] | null;
  /** Waits until nothing comes: shown once. */
  readonly isSlow?: boolean;
}

const each = (fault: Fault): Row["rules"] => [{ fault }];
const once = (fault: Fault, times = 1): Row["rules"] => [{ fault, times }];

const rows: readonly Row[] = [
  { name: "cut once", rules: once(cutAfter(farBytes)), expected: "found", from: ["start", "on"] },
  {
    name: "cut each time, but further on",
    rules: once(cutAfter(100_000), 3),
    expected: "found",
    from: ["start", "on", "on", "on"],
  },
  {
    name: "cut each time before anything came",
    rules: each(cutAfter(0)),
    expected: ["unreachable", /closed before the end|not as long as it says/],
    from: ["start", "start", "start", "start", "start"],
  },
  {
    name: "reset in the middle",
    rules: once(cutAfter(farBytes, "reset")),
    expected: "found",
    from: null,
  },
  {
    name: "stalled in the middle, once",
    rules: once(stallAfter(farBytes)),
    expected: "found",
    from: ["start", "on"],
    isSlow: true,
  },
  {
    name: "stalled in the middle each time",
    rules: each(stallAfter(10)),
    expected: ["unreachable", /stopped in the middle/],
    from: ["start", "on", "on", "on", "on"],
    isSlow: true,
  },
  {
    name: "a length that is too big",
    rules: each(lieAboutLength(5)),
    expected: ["malformed", /descriptor says/],
    from: ["start"],
  },
  {
    name: "a length that is too small",
    rules: each(lieAboutLength(-5)),
    expected: ["malformed", /ends after \d+ of/],
    from: null,
  },
  {
    name: "a length that is too small, once",
    rules: once(lieAboutLength(-5)),
    expected: "found",
    from: ["start", "on"],
  },
  {
    name: "a flipped bit",
    rules: each(flipByte(farBytes)),
    expected: ["malformed", /digest|checksum|sha256|data/],
    from: ["start"],
  },
  {
    name: "a flipped bit after a cut",
    rules: [{ fault: cutAfter(farBytes), times: 1 }, { fault: flipByte(5) }],
    expected: ["malformed", /digest|checksum|sha256|data/],
    from: ["start", "on"],
  },
  {
    name: "other bytes than its digest",
    rules: each(otherBytes("{}")),
    expected: ["malformed", /ends after \d+ of/],
    from: null,
  },
  {
    name: "a digest of something else in its header",
    rules: each(otherDigest(sha256(""))),
    expected: "found",
    from: ["start"],
  },
  {
    name: "429 twice",
    rules: once(tooManyRequests("1"), 2),
    expected: "found",
    from: ["start", "start", "start"],
  },
  {
    name: "429 in the middle",
    rules: [
      { fault: cutAfter(farBytes), times: 1 },
      { fault: tooManyRequests("1"), times: 2 },
    ],
    expected: "found",
    from: ["start", "on", "on", "on"],
  },
  {
    name: "503 for ever",
    rules: each(statusOnly(503)),
    expected: ["unreachable", /503.*6 times/],
    from: ["start", "start", "start", "start", "start", "start"],
  },
  {
    name: "404 in the middle",
    rules: [{ fault: cutAfter(farBytes), times: 1 }, { fault: statusOnly(404) }],
    expected: ["not-found", /^/],
    from: ["start", "on"],
  },
  {
    name: "a loop",
    rules: each(redirectLoop),
    expected: ["malformed", /sends on more than 10/],
    from: null,
  },
  {
    name: "a range ignored on resume",
    rules: [{ fault: cutAfter(farBytes), times: 1 }, { fault: { kind: "ignore-range" } }],
    expected: "found",
    from: ["start", "on"],
  },
  {
    name: "another range than was asked for on resume",
    rules: [
      { fault: cutAfter(farBytes), times: 1 },
      {
        fault: withHeader("content-range", `bytes ${farBytes + 7}-299999/300000`),

        times: 1,
      },
    ],
    expected: ["malformed", /descriptor says/],
    from: ["start", "on"],
  },
  {
    name: "a range that starts later than was asked for",
    rules: [
      { fault: cutAfter(farBytes), times: 1 },
      { fault: withHeader("content-range", `bytes ${farBytes + 7}-299999/*`), times: 1 },
    ],
    expected: "found",
    from: ["start", "on", "start"],
  },
  {
    name: "bytes from the start said to be from the middle",
    rules: [
      { fault: cutAfter(farBytes), times: 1 },
      {
        fault: {
          kind: "change",
          body: (body) => Buffer.alloc(body.byteLength, 1),
        },
      },
    ],
    expected: ["malformed", /digest|checksum|sha256|data/],
    from: ["start", "on"],
  },
  {
    name: "no part of that range (416) on resume, once",
    rules: [
      { fault: cutAfter(farBytes), times: 1 },
      { fault: statusOnly(416), times: 1 },
    ],
    expected: "found",
    from: ["start", "on", "start"],
  },
  { name: "a reset", rules: once({ kind: "reset" }), expected: "found", from: ["start", "start"] },
  {
    name: "no HTTP",
    rules: each(notHttp),
    expected: ["malformed", /no HTTP/],
    from: null,
  },
  {
    name: "a web page",
    rules: each(htmlPage),
    expected: ["malformed", /web page|ends after/],
    from: null,
  },
  {
    name: "no length, chunks",
    rules: each({ kind: "chunked", isCut: false }),
    expected: "found",
    from: ["start"],
  },
  {
    name: "no length, chunks without their end",
    rules: each({ kind: "chunked", isCut: true }),
    expected: "found",
    from: null,
  },
  {
    name: "no length, the end closes",
    rules: each(withHeader("content-length", null)),
    expected: "found",
    from: ["start"],
  },
  {
    name: "a head byte by byte",
    rules: each({ kind: "dribble", what: "head" }),
    expected: ["unreachable", /did not begin to answer/],
    from: ["start", "start"],
    isSlow: true,
  },
];
const quick = rows.filter(({ isSlow }) => isSlow !== true);

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

  const use = (rules: Row["rules"]): void =>
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

  it.each(rows)("$name, verified on the way", async ({ rules, expected, from }) => {
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
