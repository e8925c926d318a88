import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeTar, sha256 } from "../../../test/made-images.ts";
import { failed, success } from "../../model/failure.ts";
import type { RemoteLayer } from "../image.ts";
import { readFiles } from "../read-files.ts";
import { readLayers } from "../read-layers.ts";
import { createRemoteLayer, type StartDownload } from "../registry/remote-layer.ts";
import { BlobCache } from "./blob-cache.ts";
import { TemporaryBlobs } from "./temporary-blobs.ts";

let scratch = "";
let tar: Buffer = Buffer.alloc(0);
beforeEach(async () => {
  scratch = mkdtempSync(join(tmpdir(), "fromage-kept-"));
  tar = await makeTar([["etc/os-release", "ID=x\n"]]);
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

/** A layer of a registry that counts how often it was downloaded. */
function layerIn(blobs: BlobCache | TemporaryBlobs) {
  let [downloads, isForbidden] = [0, false];
  const start: StartDownload = (descriptor, file) => {
    const reason = "--offline asks no registry";
    if (isForbidden) {
      return Promise.resolve(failed({ kind: "unsupported", what: "x", where: null, reason }));
    }
    downloads++;
    writeFileSync(file, tar, { flag: "wx" });
    const [digest, lengthBytes] = [descriptor.digest, tar.byteLength];
    const range = { kind: "blob", file, offsetBytes: 0, lengthBytes } as const;
    const layer = { ...range, compression: "none", digest, mediaType: null } as const;
    const whole = Promise.resolve(success(null));
    return Promise.resolve(success({ layer, whole, stop: () => undefined }));
  };
  const common = { mediaType: "", platform: null, annotations: {} };
  const descriptor = { digest: sha256(tar), sizeBytes: tar.byteLength, ...common };
  const diffId = sha256(tar);
  const layer = createRemoteLayer(descriptor, {
    repository: "r.example/app",
    diffId,
    blobs,
    start,
  });
  return { layer, downloads: () => downloads, forbid: () => (isForbidden = true) };
}

async function read(layer: RemoteLayer, parallel = 1): Promise<string> {
  const [result] = await readLayers([layer], { parallel });
  if (result?.ok !== true) return result?.failure.kind ?? "nothing";
  return result.value.facts.entries.map(({ path }) => path).join(" ");
}

const open = (): BlobCache =>
  new BlobCache({ folder: join(scratch, "cache"), temporaryFolder: join(scratch, "temporary") });
const file = (): string => join(scratch, "cache/blobs-1", sha256(tar).replace(":", "-"));

describe("a layer of a registry over the cache", () => {
  it("is downloaded once, whatever run reads it", async () => {
    const [one, two] = [layerIn(open()), layerIn(open())];
    const answers = [await read(one.layer), await read(one.layer), await read(two.layer)];
    expect(answers).toEqual(answers.map(() => expect.stringContaining("etc/os-release")));
    expect([one.downloads(), two.downloads()]).toEqual([1, 0]);
    expect(existsSync(join(scratch, "temporary"))).toBe(false);
  });

  it("is downloaded again when it is gone or cut off", async () => {
    const { layer, downloads } = layerIn(open());
    await read(layer);
    for (const damage of [() => rmSync(file()), () => truncateSync(file(), 512)]) {
      damage();
      expect(await read(layer)).toContain("etc/os-release");
      expect(existsSync(file())).toBe(true);
    }
    expect(downloads()).toBe(3);
  });

  /** As a disk does that forgets: of the same size, with another byte. */
  function alter(): void {
    const altered = Buffer.from(tar);
    altered.write("ID=y", altered.indexOf("ID=x"));
    writeFileSync(file(), altered);
  }

  it("is downloaded again at once when it was altered", async () => {
    const { layer, downloads } = layerIn(open());
    await read(layer);
    for (const parallel of [1, 2, 4]) {
      alter();
      expect(await read(layer, parallel)).toContain("etc/os-release");
      expect(readFileSync(file()).equals(tar)).toBe(true);
    }
    expect(downloads()).toBe(4);
  });

  it("is altered also where it comes from: that is the failure, after one more try", async () => {
    const { layer, downloads } = layerIn(open());
    await read(layer);
    alter();
    const kept = file();
    tar = readFileSync(kept);
    expect([await read(layer), downloads(), existsSync(kept)]).toEqual(["malformed", 2, false]);
  });

  it("is altered and cannot be brought again: that is why", async () => {
    const { layer, forbid } = layerIn(open());
    await read(layer);
    alter();
    forbid();
    expect([await read(layer), existsSync(file())]).toEqual(["unsupported", false]);
  });

  it("is downloaded again for files of it, whose contents are those of the second pass", async () => {
    const { layer, downloads } = layerIn(open());
    await read(layer);
    alter();
    const texts: string[] = [];
    const result = await readFiles(layer, {
      begin: () => (texts.length = 0),
      wants: () => true,
      open: () => ({
        write: (bytes) => texts.push(Buffer.from(bytes).toString()) > 0,
        end: () => undefined,
      }),
    });
    expect([result.ok, texts, downloads()]).toEqual([true, ["ID=x\n"], 2]);
  });

  it("is downloaded each time with a store that keeps nothing", async () => {
    const { layer, downloads } = layerIn(new TemporaryBlobs(join(scratch, "temporary")));
    await read(layer);
    await read(layer);
    expect([downloads(), readdirSync(join(scratch, "temporary"))]).toEqual([2, []]);
  });
});
