import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contractConfig, contractImage } from "../../src/image/sources/contract.ts";
import {
  describeConfig,
  describeFailure,
  findRegularFile,
  listPackages,
  listPaths,
  openImages,
  openRun,
  openViews,
  readContents,
  traceHistory,
  type Result,
  type Run,
  type RunOptions,
} from "../../src/index.ts";
import { Repository } from "./push-image.ts";
import { ociImage } from "./registry-images.ts";
import { startRegistry, type Registry } from "./registry.ts";
import { withoutBed } from "./run-command.ts";

const missing = withoutBed();

function valueOf<Value>(result: Result<Value>): Value {
  if (!result.ok) throw new Error(describeFailure(result.failure));
  return result.value;
}

describe.skipIf(missing !== null)(`the library and a registry${missing ?? ""}`, () => {
  let registry: Registry;
  let reference = "";
  let scratch = "";
  const runs: Run[] = [];
  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), "fromage-library-"));
    registry = await startRegistry({ auth: "none", tls: false });
    const { tars } = await contractImage();
    const { layout, root } = ociImage({ tars, config: contractConfig });
    await (await Repository.open(registry, "team/app")).put(layout, root, ["one"]);
    reference = `registry:${registry.host}/team/app:one`;
  });
  afterAll(async () => {
    await Promise.all(runs.map((run) => run.close()));
    await registry.stop();
    rmSync(scratch, { recursive: true, force: true });
  });

  async function open(options: RunOptions = {}): Promise<Run> {
    const run = await openRun(options);
    runs.push(run);
    return run;
  }

  it("looks into an image without running it", async () => {
    const run = await open();
    const [view] = valueOf(await openViews(reference, run));
    if (view === undefined) throw new Error("there is no image");
    const order = { by: "name", isReversed: false } as const;
    const { directories } = listPaths(view.rootfs, ["/etc"], {
      where: reference,
      isItself: false,
      isRecursive: false,
      hidden: "none",
      followsLinks: true,
      order,
    });
    expect(directories[0]?.files.map(({ name }) => name)).toEqual(["os-release"]);
    const { node } = valueOf(findRegularFile(view, "/etc/os-release"));
    const contents = valueOf(await readContents(view, [node], run));
    expect(Buffer.concat([...contents.read(node)]).byteLength).toBe(node.entry.sizeBytes);
    contents.close();
    expect(describeConfig(view, view.layers.length).entrypoint).toEqual(contractConfig.Entrypoint);
    expect(traceHistory(view, 0).lines).toHaveLength(view.layers.length);
    expect(listPackages(view).packages).toEqual([]);
    await run.close();
    expect(existsSync(run.temporaryFolder)).toBe(false);
  });

  it("has offline what a run before kept, layers too where they may be", async () => {
    const cacheFolder = join(scratch, "cache");
    const kept = { cacheFolder, maxBlobBytes: 1024 * 1024 };
    const nowhere = await openImages(reference, await open({ ...kept, offline: true }));
    expect(nowhere).toMatchObject({ failure: { kind: "unsupported" } });
    const online = await open(kept);
    const [seen] = valueOf(await openViews(reference, online));
    await online.close();
    // Not from the facts: those layers are read again.
    const { cache: _, ...offline } = await open({ ...kept, offline: true });
    const [again] = valueOf(await openViews(reference, offline));
    expect(again?.layers).toEqual(seen?.layers);
    expect(again?.image.origin).toMatch(/, as it was on \d{4}-\d\d-\d\d$/);
  });

  it("asks a mirror that the run names", async () => {
    const mirrors = { "gone.example": [registry.host] };
    const run = await open({ registries: { mirrors } });
    const [image] = valueOf(await openImages("registry:gone.example/team/app:one", run));
    expect(image?.config.entrypoint).toEqual(contractConfig.Entrypoint);
  });
});
