import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AttachedDocuments } from "../../src/image/image.ts";
import { createRemote } from "../../src/image/remote/create-remote.ts";
import { openImages } from "../../src/image/sources/open-images.ts";
import { describeFailure } from "../../src/report/failure-words.ts";
import { writeImage } from "../base-detection/write-image.ts";
import { makeTar } from "../made-images.ts";
import { pushImage } from "./push-image.ts";
import { startRegistry, type Registry } from "./registry.ts";
import { withoutBed } from "./run-command.ts";

const missing = withoutBed();
const type = "https://slsa.dev/provenance/v0.2";
const predicate = { materials: [{ uri: "pkg:docker/alpine@3.20" }] };
const key = "org.opencontainers.image.base.name";

describe.skipIf(missing !== null)(`attestations in a registry${missing ?? ""}`, () => {
  let registry: Registry;
  let scratch = "";
  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), "fromage-attestations-"));
    registry = await startRegistry({ auth: "none", tls: false });
    const tars = [await makeTar([["a", "a"]])];
    const provenance = [{ type, predicate }];
    const indexAnnotations = { [key]: "alpine:3.20" };
    writeImage(scratch, "app", { tars, provenance, indexAnnotations });
    await pushImage(join(scratch, "app"), registry, "team/app:1");
  });
  afterAll(async () => {
    await registry.stop();
    rmSync(scratch, { recursive: true, force: true });
  });

  /** The registry, or what an earlier run kept of it. */
  async function open(isOffline: boolean): Promise<AttachedDocuments> {
    const remote = createRemote({
      env: {},
      home: scratch,
      userId: null,
      cacheFolder: join(scratch, "cache"),
      maxBlobBytes: 0,
      temporaryFolder: join(scratch, "temporary"),
      isOffline,
      overrides: { mirrors: {}, insecure: [registry.host], authorities: [], source: "the test" },
      insecureByProject: [],
      userAgent: "fromage/test",
      onNotice: (notice) => expect.fail(describeFailure(notice)),
    });
    const reference = `registry:${registry.host}/team/app:1`;
    const options = { cwd: scratch, platforms: [], temporaryFolder: scratch, remote };
    const opened = await openImages(reference, options);
    const attached = opened.ok ? opened.value[0]?.attached : undefined;
    if (attached === undefined) throw new Error("nothing is beside the image");
    await attached.readStatements().finally(() => remote.close());
    return attached;
  }

  it("are read from it, and from what was kept of it", async () => {
    for (const isOffline of [false, true]) {
      const attached = await open(isOffline);
      expect(attached.indexAnnotations).toEqual({ [key]: "alpine:3.20" });
      const { statements, failures } = await attached.readStatements();
      expect(failures).toEqual([]);
      expect(statements).toMatchObject([{ predicateType: type, predicate }]);
    }
  });
});
