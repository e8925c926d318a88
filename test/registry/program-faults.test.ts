import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contractConfig, contractImage } from "../../src/image/sources/contract.ts";
import { makeTar, sha256 } from "../made-images.ts";
import { startFaultProxy } from "./fault-proxy.ts";
import {
  cutAfter,
  flipByte,
  htmlPage,
  lieAboutLength,
  otherBytes,
  otherDigest,
  paths,
  redirectLoop,
  tooManyRequests,
  type FaultRule,
} from "./faults.ts";
import { runProgram, type Ended } from "./program.ts";
import { Repository } from "./push-image.ts";
import { ociImage } from "./registry-images.ts";
import { startRegistry, type Registry } from "./registry.ts";
import { withoutBed } from "./run-command.ts";

const missing = withoutBed();

describe.skipIf(missing !== null)(`the program and a registry with faults${missing ?? ""}`, () => {
  let registry: Registry;
  let right: Ended;
  let scratch = "";
  const list = (host: string): Promise<Ended> =>
    runProgram(scratch, "ls", "-lRA", "--no-cache", `registry:${host}/team/app:big`, "/");
  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), "fromage-program-"));
    const { tars } = await contractImage();
    const noise = Array.from({ length: 12_000 }, (_, at) => sha256(String(at)).slice(7));
    const bytes = Buffer.from(noise.join(""), "hex");
    const big = { tars: [...tars, await makeTar([["opt/noise", bytes]])], config: contractConfig };
    registry = await startRegistry({ auth: "none", tls: false });
    const { layout, root } = ociImage(big);
    await (await Repository.open(registry, "team/app")).put(layout, root, ["big"]);
    right = await list(registry.host);
    expect([right.status, right.stdout.includes("noise")]).toEqual([0, true]);
  });
  afterAll(async () => {
    await registry.stop();
    rmSync(scratch, { recursive: true, force: true });
  });

  const manifest = paths.manifest;
  const blob = paths.blob;
  const faults: readonly (readonly [
    name: string,
    rule: FaultRule,
    expected: "the same" | RegExp,
  ])[] = [
    ["a layer cut once", { fault: cutAfter(5000), path: blob, skip: 3, times: 1 }, "the same"],
    ["the config cut once", { fault: cutAfter(50), path: blob, times: 1 }, "the same"],
    ["a range ignored", { fault: { kind: "ignore-range" }, path: blob }, "the same"],
    ["429 twice", { fault: tooManyRequests("0"), path: /^/, times: 2 }, "the same"],
    ["a reset", { fault: { kind: "reset" }, path: manifest, times: 1 }, "the same"],
    ["chunks", { fault: { kind: "chunked", isCut: false }, path: /^/ }, "the same"],
    ["a flipped bit in each blob", { fault: flipByte(40), path: blob }, /digest/],
    ["a flipped bit in a layer", { fault: flipByte(300), path: blob, skip: 1 }, /digest|gzip|data/],
    ["a manifest of other bytes", { fault: otherBytes("{}"), path: manifest }, /digest/],
    ["a wrong digest", { fault: otherDigest(sha256("other")), path: manifest }, /there is none/],
    ["a length too big", { fault: lieAboutLength(7), path: blob }, /descriptor|long|closed/],
    ["a loop", { fault: redirectLoop, path: blob }, /sends on/],
    ["a web page", { fault: htmlPage, path: /^/ }, /web page/],
  ];
  it.each(faults)("never shows wrong facts: %s", async (_, rule, expected) => {
    const proxy = await startFaultProxy({ target: registry, rules: [rule] });
    try {
      const found = await list(proxy.host);
      expect(proxy.requests.some((seen) => seen.fault !== null)).toBe(true);
      if (expected === "the same") {
        expect(found).toEqual(right);
      } else {
        expect(found.stderr).toMatch(expected);
        expect([3, 4]).toContain(found.status);
        expect(found.stdout).not.toContain("noise");
      }
    } finally {
      await proxy.stop();
    }
  });
});
