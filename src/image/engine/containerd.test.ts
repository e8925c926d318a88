import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blobName, MadeLayout, sha256, type MadeImage } from "../../../test/made-images.ts";
import { runCommand } from "../../../test/registry/run-command.ts";
import type { Result } from "../../model/failure.ts";
import { describeFailure } from "../../report/failure-words.ts";
import type { Image } from "../image.ts";
import { contractConfig, contractImage, contractPaths, seeImage } from "../sources/contract.ts";
import { openImages } from "../sources/open-images.ts";
import { openContainerdStore } from "./containerd-images.ts";
import { openContainerdImages } from "./open-containerd-images.ts";
import { importImage, startContainerd } from "../../../test/engine/start-engines.ts";

const started = await startContainerd();
const reason = started.skip === null ? "" : ` (skipped: ${started.skip})`;
const [root, socket] = started.skip === null ? [started.root, started.socket] : ["", ""];
const test = it.skipIf(started.skip !== null);
const scratch = mkdtempSync(join(tmpdir(), "fromage-containerd-"));
afterAll(async () => {
  if (started.skip === null) await started.stop();
  rmSync(scratch, { recursive: true, force: true });
});

/** A copy whose blobs and names can be broken. */
function copyStore(name: string): string {
  const copy = join(scratch, name);
  for (const part of ["io.containerd.metadata.v1.bolt", "io.containerd.content.v1.content"]) {
    cpSync(join(root, part), join(copy, part), { recursive: true });
  }
  return copy;
}

interface Asking {
  readonly store?: string;
  readonly namespace?: string | null;
  readonly platforms?: Image["platform"][];
}

function open(
  name: string,
  { store: at = root, namespace = null, platforms = [] }: Asking = {},
): Result<readonly Image[]> {
  const store = openContainerdStore(at);
  if (!store.ok) return store;
  const request = { reference: name, platforms, temporaryFolder: scratch };
  return openContainerdImages(name, { ...request, store: store.value, namespace });
}

function openOne(name: string, asking: Asking = {}): Image {
  const opened = open(name, asking);
  if (!opened.ok) expect.fail(describeFailure(opened.failure));
  const [one] = opened.value;
  return one ?? expect.fail("no image");
}

function refuse(name: string, asking: Asking = {}): string {
  const opened = open(name, asking);
  return opened.ok ? expect.fail("it was opened") : describeFailure(opened.failure);
}

/** What is imported: an image of two platforms, and the same name for another image in Kubernetes' namespace. */
const name = "docker.io/library/contract:one";
let indexDigest = "";
let image: MadeImage = { tars: [] };

beforeAll(async () => {
  image = await contractImage();
  const made = new MadeLayout();
  const platforms = (["amd64", "arm64"] as const).map((architecture) => ({
    ...made.image({ ...image, architecture }),
    platform: { os: "linux", architecture },
  }));
  const index = made.index(platforms);
  indexDigest = index.digest;
  const annotations = { "io.containerd.image.name": name };
  writeFileSync(join(scratch, "it.tar"), await made.finish([{ ...index, annotations }]).toTar());
  const other = new MadeLayout();
  const changed = other.image({ ...image, config: { Cmd: ["other"] } });
  other.finish([{ ...changed, annotations }]);
  writeFileSync(join(scratch, "other.tar"), await other.toTar());
  if (started.skip !== null) return;
  await runCommand("ctr", [
    "-a",
    socket,
    "images",
    "import",
    "--no-unpack",
    "--all-platforms",
    join(scratch, "it.tar"),
  ]);
  await importImage(socket, join(scratch, "other.tar"), "k8s.io");
});

describe("openContainerdImages() of a real store", () => {
  test(`gives what the archive gives${reason}`, async () => {
    const platforms = [{ os: "linux", architecture: "arm64" }];
    const archive = await openImages("oci-archive:it.tar", {
      cwd: scratch,
      platforms,
      temporaryFolder: scratch,
    });
    const saved = archive.ok ? archive.value[0] : undefined;
    if (saved === undefined) expect.fail("no archive");
    const opened = openOne(name, { platforms });
    const { config, documents, manifestDigest, platform } = saved;
    expect(opened).toMatchObject({ config, documents, manifestDigest, platform, name });
    expect(opened.source).toBe("containerd");
    expect(opened.origin).toBe(`containerd at ${root}, namespace default`);
    expect(await seeImage(opened)).toEqual(await seeImage(saved));
    expect((await seeImage(opened)).paths).toEqual(contractPaths);
  });

  test(`knows it by every spelling of its name and digest${reason}`, () => {
    const digest = indexDigest;
    for (const spelling of [
      "contract:one",
      "docker.io/contract:one",
      digest,
      digest.slice(7, 17),
    ]) {
      expect(openOne(spelling).config.entrypoint).toEqual(contractConfig.Entrypoint);
    }
    expect(openOne(`contract@${digest}`).name).toBe(name);
  });

  test(`looks into the asked namespace first${reason}`, () => {
    expect(openOne("contract:one", { namespace: "k8s.io" }).config.cmd).toEqual(["other"]);
    expect(openOne("contract:one", { namespace: "none" }).config.cmd).toEqual(contractConfig.Cmd);
  });

  test(`says what is there in place of what is not${reason}`, () => {
    expect(refuse("contract:two")).toMatch(
      /^Cannot find contract:two in containerd at .* nearest: contract:one$/,
    );
    expect(refuse(`other@${indexDigest}`)).toMatch(/there is none/);
    const riscv = [{ os: "linux", architecture: "riscv64" }];
    expect(refuse(name, { platforms: riscv })).toMatch(
      /platform linux\/riscv64 .* linux\/amd64, linux\/arm64$/,
    );
    expect(refuse("a..b/../c")).toMatch(/^Cannot find a\.\.b/);
  });

  test(`reads names while containerd writes them${reason}`, async () => {
    let isOver = false;
    const writing = (async () => {
      for (let at = 0; at < 60; at++) {
        await runCommand("ctr", ["-a", socket, "images", "tag", name, `example.org/tag:${at}`]);
      }
      isOver = true;
    })();
    let most = 0;
    while (!isOver) {
      const store = openContainerdStore(root);
      if (!store.ok) expect.fail(describeFailure(store.failure));
      const { names } = store.value;
      expect(names.filter((one) => one.name === name)).toHaveLength(2);
      expect(names.length).toBeGreaterThanOrEqual(most);
      most = names.length;
      await setImmediate();
    }
    await writing;
    expect(openOne("example.org/tag:59").config.diffIds).toEqual(
      image.tars.map((tar) => sha256(tar)),
    );
  });

  test(`an image of which only the unpacked files are kept${reason}`, () => {
    const store = copyStore("unpacked");
    const [layer] = openOne(name).layers;
    if (layer?.kind !== "blob" || layer.digest === null) expect.fail("no layer");
    rmSync(join(store, "io.containerd.content.v1.content", blobName(layer.digest)));
    expect(refuse(name, { store })).toMatch(
      /^Cannot use docker.* it may keep unpacked layers only/,
    );
  });

  test(`a blob with other bytes${reason}`, () => {
    const store = copyStore("changed");
    const file = join(
      store,
      "io.containerd.content.v1.content",
      `blobs/${indexDigest.replace(":", "/")}`,
    );
    writeFileSync(file, readFileSync(file).fill(32, 0, 1));
    expect(refuse(name, { store })).toMatch(/^Cannot read blobs\/sha256.* its digest is/);
  });
});

describe("openContainerdStore() of what is none", () => {
  const meta = "io.containerd.metadata.v1.bolt/meta.db";
  function write(folder: string, bytes: Uint8Array): string {
    const store = join(scratch, folder);
    mkdirSync(join(store, meta, ".."), { recursive: true });
    writeFileSync(join(store, meta), bytes);
    return store;
  }
  const sample = readFileSync(
    join(import.meta.dirname, "../../formats/bolt/testdata/sample.db.gz"),
  );

  it("no folder", () => {
    const store = openContainerdStore(join(scratch, "none"));
    expect(store).toMatchObject({ ok: false, failure: { kind: "not-found" } });
  });

  it("a database that is none", () => {
    const store = openContainerdStore(write("zeros", Buffer.alloc(10_000)));
    expect(store).toMatchObject({ ok: false, failure: { kind: "malformed", format: "bolt" } });
  });

  it("a database of something else has no images", () => {
    const store = openContainerdStore(write("other", gunzipSync(sample)));
    expect(store).toMatchObject({ ok: true, value: { names: [] } });
  });
});
