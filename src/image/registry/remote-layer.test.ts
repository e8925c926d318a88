import { appendFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeTar, sha256 } from "../../../test/made-images.ts";
import type { Digest } from "../../model/digest.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import { Arrival } from "../arrival.ts";
import type { BlobStore } from "../blob-store.ts";
import { readLayers, type ReadProgress } from "../read-layers.ts";
import { createRemoteLayer, type StartDownload } from "./remote-layer.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fromage-remote-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A store that says what was done with its drafts. */
class LoggedStore implements BlobStore {
  readonly log: string[] = [];
  readonly #kept = new Map<Digest, string>();

  find(digest: Digest): { file: string; sizeBytes: number } | null {
    const file = this.#kept.get(digest);
    return file === undefined ? null : { file, sizeBytes: blob.byteLength };
  }

  begin(digest: Digest): { file: string; keep(): void; drop(): void } {
    const file = join(folder, `draft-${this.log.length}`);
    this.log.push("begin");
    return {
      file,
      keep: () => {
        this.log.push("keep");
        this.#kept.set(digest, file);
      },
      drop: () => {
        this.log.push("drop");
        rmSync(file, { force: true });
      },
    };
  }
}

let tar: Uint8Array = new Uint8Array();
let blob: Uint8Array = new Uint8Array();
beforeEach(async () => {
  const noise = Array.from({ length: 3000 }, (_, at) => sha256(Buffer.from(String(at)))).join("");
  tar = await makeTar([
    ["etc/one", "1\n"],
    ["etc/noise", noise],
  ]);
  blob = gzipSync(tar);
});

/** Writes the blob in pieces, each in a turn of the event loop of its own; `spoil` changes what comes. */
function inPieces(pieces: number, spoil: (bytes: Uint8Array) => Uint8Array = (b) => b) {
  const started: string[] = [];
  const start: StartDownload = (descriptor, file) => {
    started.push(file);
    const bytes = spoil(blob);
    const arrival = new Arrival();
    writeFileSync(file, "");
    const step = Math.ceil(bytes.byteLength / pieces);
    const write = async (): Promise<Result<null>> => {
      for (let at = 0; at < bytes.byteLength; at += step) {
        await new Promise((resolve) => setImmediate(resolve));
        const piece = bytes.subarray(at, at + step);
        if (existsSync(file)) appendFileSync(file, piece);
        arrival.add(piece.byteLength);
      }
      const isWhole = bytes.byteLength === blob.byteLength;
      if (isWhole) arrival.finish();
      else arrival.breakOff();
      return isWhole ? success(null) : failed(cut);
    };
    const layer = {
      kind: "blob",
      file,
      offsetBytes: 0,
      lengthBytes: descriptor.sizeBytes ?? 0,
      compression: "gzip",
      digest: descriptor.digest,
      mediaType: null,
      arriving: arrival.buffer,
    } as const;
    const download = { layer, whole: write(), stop: () => undefined };
    return Promise.resolve(success(download));
  };
  return { start, started };
}

const cut: Failure = { kind: "unreachable", what: "the blob", where: null, reason: "it was cut" };

function layerOver(start: StartDownload, blobs: BlobStore, mediaType = "") {
  const [digest, diffId] = [sha256(blob), sha256(tar)];
  const descriptor = {
    digest,
    mediaType,
    sizeBytes: blob.byteLength,
    platform: null,
    annotations: {},
  };
  return createRemoteLayer(descriptor, { repository: "r.example/app", diffId, blobs, start });
}

describe("a layer of a registry", () => {
  it.each([1, 2, 50])("is read while it comes in %i pieces, and kept", async (pieces) => {
    const blobs = new LoggedStore();
    const { start, started } = inPieces(pieces);
    const layer = layerOver(start, blobs);
    for (const parallel of [1, 2]) {
      const [read] = await readLayers([layer], { parallel });
      expect(read?.ok === true && read.value.facts.diffId).toBe(sha256(tar));
      expect(read?.ok === true && read.value.facts.entries.map(({ path }) => path)).toEqual([
        "/etc/one",
        "/etc/noise",
      ]);
    }
    expect(blobs.log).toEqual(["begin", "keep"]);
    expect(started).toHaveLength(1);
  });

  it("is said to be pulled while it comes, and to be read when it was kept", async () => {
    const layer = layerOver(inPieces(4).start, new LoggedStore());
    const seen: ReadProgress[] = [];
    const onProgress = (progress: ReadProgress): unknown => seen.push(progress);
    await readLayers([layer], { onProgress, parallel: 1 });
    const readBytes = blob.byteLength;
    const whole = { readBytes, totalBytes: readBytes };
    expect(seen.at(-1)).toEqual({ ...whole, isPulling: true });
    await readLayers([layer], { onProgress, parallel: 1 });
    expect(seen.at(-1)).toEqual(whole);
  });

  it("that is cut off is that failure, and nothing is kept", async () => {
    const blobs = new LoggedStore();
    const { start } = inPieces(3, (bytes) => bytes.subarray(0, -10));
    const [read] = await readLayers([layerOver(start, blobs)], {});
    expect(read).toEqual({ ok: false, failure: cut });
    expect(blobs.log).toEqual(["begin", "drop"]);
  });

  it("whose bytes are others is malformed, and nothing is kept", async () => {
    const blobs = new LoggedStore();
    const { start } = inPieces(3, (bytes) => bytes.with(bytes.byteLength - 3, 77));
    const [read] = await readLayers([layerOver(start, blobs)], {});
    expect(read).toMatchObject({ ok: false, failure: { kind: "malformed" } });
    expect(blobs.log).toEqual(["begin", "drop"]);
  });

  it("is brought once for two readers at the same time", async () => {
    const blobs = new LoggedStore();
    const { start, started } = inPieces(4);
    const layer = layerOver(start, blobs);
    const both = await Promise.all([readLayers([layer], {}), readLayers([layer], {})]);
    expect(both.map(([read]) => read?.ok)).toEqual([true, true]);
    expect(started).toHaveLength(1);
    expect(blobs.log).toEqual(["begin", "keep"]);
  });

  it("that could not be begun, for a full disk, can be begun later", async () => {
    class FullOnce extends LoggedStore {
      override begin(digest: Digest): ReturnType<LoggedStore["begin"]> {
        if (this.log.length > 0) return super.begin(digest);
        this.log.push("full");
        throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
      }
    }
    const blobs = new FullOnce();
    const layer = layerOver(inPieces(1).start, blobs);
    const reads = [await readLayers([layer], {}), await readLayers([layer], {})];
    expect(reads.map(([read]) => read?.ok)).toEqual([false, true]);
    expect(blobs.log).toEqual(["full", "begin", "keep"]);
  });

  it("that is not distributed says so", async () => {
    const absent: StartDownload = async () =>
      Promise.resolve(failed({ kind: "not-found", what: "x", where: null, near: [] }));
    const foreign = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
    const [read] = await readLayers([layerOver(absent, new LoggedStore(), foreign)], {});
    expect(read).toMatchObject({
      ok: false,
      failure: { kind: "unsupported", reason: "the layer is not distributed with the image" },
    });
  });
});
