import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { newFolder, openOne, serve } from "../../../test/engine/open-scripted.ts";
import {
  bytes,
  cutOff,
  inspect,
  json,
  oneImage,
  type Answer,
} from "../../../test/engine/scripted-engine.ts";
import {
  makeConfig,
  MadeLayout,
  makeNewDockerSave,
  makeOldDockerSave,
  makeTar,
  sha256,
  type MadeImage,
} from "../../../test/made-images.ts";
import type { Failure } from "../../model/failure.ts";
import { describeFailure } from "../../report/failure-words.ts";
import type { Layer, RemoteLayer } from "../image.ts";
import { readLayers, type ReadProgress } from "../read-layers.ts";
import { contractImage, contractPaths, seeImage } from "../sources/contract.ts";

let image: MadeImage = { tars: [] };
let saved: Buffer = Buffer.alloc(0);
beforeAll(async () => {
  image = await contractImage();
  saved = await makeOldDockerSave(image, "app:1");
});

function isRemote(layer: Layer | undefined): layer is RemoteLayer {
  return layer?.kind === "remote";
}

describe("openEngineImages() of an engine with API 1.52", () => {
  const archives: readonly [string, () => Promise<Buffer>, (() => string)?][] = [
    ["docker save of old", () => makeOldDockerSave(image, "app:1")],
    ["docker save since 25", () => makeNewDockerSave(image, "app:1")],
    [
      "images kept in containerd, the id that of a manifest, layers compressed",
      async () => layout().toTar(),
      () => layout().manifest,
    ],
    [
      "images kept in containerd, the id that of an index",
      async () => layout().toTar(),
      () => layout().index,
    ],
  ];
  /** As Docker exports what it keeps in containerd: an index with a platform that was not pulled. */
  function layout(): { manifest: string; index: string; toTar: () => Promise<Buffer> } {
    const made = new MadeLayout();
    const platform = { os: "linux", architecture: "amd64" };
    const manifest = { ...made.image(image), platform };
    const digest = sha256("never pulled");
    const other = { ...manifest, digest, platform: { os: "linux", architecture: "arm64" } };
    const index = made.index([other, manifest]);
    made.finish([index]);
    return { manifest: manifest.digest, index: index.digest, toTar: () => made.toTar() };
  }

  it.each(archives)("%s", async (_, archive, id) => {
    const { found } = await serve(oneImage(image, bytes(await archive()), id?.()));
    const temporaryFolder = join(newFolder(), "temporary");
    const opened = await openOne(found, { temporaryFolder });
    expect(opened).toMatchObject({
      reference: "docker:app:1",
      source: "docker",
      origin: `Docker at ${found.text}`,
      name: "app:1",
      platform: { os: "linux", architecture: "amd64" },
      config: { user: "1000:1000", entrypoint: ["/bin/run"], cmd: ["--serve"] },
    });
    expect(opened.config.diffIds).toEqual(image.tars.map((tar) => sha256(tar)));
    expect(existsSync(temporaryFolder)).toBe(false);
    const { paths, failures } = await seeImage(opened);
    expect(failures).toEqual([]);
    expect(paths).toEqual(contractPaths);
    expect(readdirSync(temporaryFolder)).toEqual([]);
  });

  it("an image without layers", async () => {
    const empty = { tars: [] };
    const { found } = await serve(oneImage(empty, bytes(Buffer.alloc(0))));
    expect((await openOne(found)).layers).toEqual([]);
  });

  it("the digest of a manifest, where the engine tells it", async () => {
    const digest = sha256("manifest");
    const descriptor = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest };
    const answer = json({ ...inspect(image), Descriptor: descriptor });
    const { found } = await serve([[/\/images\/app:1\/json$/, answer], ...oneImage(image, answer)]);
    expect((await openOne(found)).manifestDigest).toBe(digest);
  });
});

describe("the layers of an engine's image", () => {
  it("share one export, which is removed with the last of them and begun anew after that", async () => {
    const { found, asked } = await serve(oneImage(image, bytes(saved)));
    const temporaryFolder = join(newFolder(), "temporary");
    const opened = await openOne(found, { temporaryFolder });
    const exports = (): number => asked.filter((path) => path.endsWith("/get")).length;
    expect(exports()).toBe(0);
    const received: number[] = [];
    const onProgress = (receivedBytes: number): number => received.push(receivedBytes);
    const fetched = await Promise.all(
      opened.layers.filter(isRemote).map((layer) => layer.fetch({ onProgress })),
    );
    expect(exports()).toBe(1);
    expect(received.at(-1)).toBe(saved.byteLength);
    expect(readdirSync(temporaryFolder)).toHaveLength(1);
    for (const one of fetched) {
      if (!one.ok) expect.fail(describeFailure(one.failure));
      expect(await one.value.whole).toEqual({ ok: true, value: null });
      expect(readdirSync(temporaryFolder)).toHaveLength(1);
      void one.value.release(true);
      // Giving it back twice takes nothing from the others.
      void one.value.release(true);
    }
    expect(readdirSync(temporaryFolder)).toEqual([]);
    expect((await seeImage(opened)).paths).toEqual(contractPaths);
    expect(exports()).toBe(2);
  });

  it("are said to be pulled, with how much came, and then to be read", async () => {
    const { found } = await serve(oneImage(image, bytes(saved)));
    const opened = await openOne(found);
    const seen: ReadProgress[] = [];
    await readLayers(opened.layers, { onProgress: (progress) => void seen.push(progress) });
    const pulled = seen.filter(({ isPulling }) => isPulling === true);
    expect(pulled.at(-1)).toEqual({ readBytes: saved.byteLength, totalBytes: 0, isPulling: true });
    expect(seen.at(-1)).toEqual({ readBytes: expect.any(Number), totalBytes: 0 });
  });

  it("wait no longer when their signal fires, and the others still get theirs", async () => {
    const begun = Promise.withResolvers<() => void>();
    const slow: Answer = (response) => begun.resolve(() => response.end(saved));
    const { found } = await serve(oneImage(image, slow));
    const temporaryFolder = join(newFolder(), "temporary");
    const { layers } = await openOne(found, { temporaryFolder });
    const [lower, upper] = layers.filter(isRemote);
    const stop = new AbortController();
    const stopped = lower?.fetch({ signal: stop.signal });
    const other = upper?.fetch({});
    const finish = await begun.promise;
    stop.abort();
    expect(await stopped).toMatchObject({ ok: false, failure: { kind: "cancelled" } });
    finish();
    const fetched = await other;
    expect(fetched).toMatchObject({ ok: true });
    if (fetched?.ok === true) void fetched.value.release(false);
    expect(readdirSync(temporaryFolder)).toEqual([]);
  });

  it("end the export when nobody waits for it any more", async () => {
    const begun = Promise.withResolvers<null>();
    const ended = Promise.withResolvers<null>();
    const slow: Answer = (response) => {
      response.on("close", () => ended.resolve(null));
      response.write(saved.subarray(0, 1000), () => begun.resolve(null));
    };
    const { found } = await serve(oneImage(image, slow));
    const temporaryFolder = join(newFolder(), "temporary");
    const [layer] = (await openOne(found, { temporaryFolder })).layers.filter(isRemote);
    const stop = new AbortController();
    const fetched = layer?.fetch({ signal: stop.signal });
    await begun.promise;
    stop.abort();
    expect(await fetched).toMatchObject({ ok: false, failure: { kind: "cancelled" } });
    await ended.promise;
    expect(readdirSync(temporaryFolder)).toEqual([]);
  });
});

/** What an export is, and what every layer's failure says; no row gives facts. */
const wrongExports: readonly [string, () => Answer | Promise<Answer>, Failure["kind"], RegExp][] = [
  ["cut off", () => cutOff(saved, 3000), "unreachable", /app:1.*broke the connection off/],
  ["cut off before the first byte", () => cutOff(saved, 0), "unreachable", /broke the connection/],
  [
    "an error of the engine at its end, as Docker 20.10 writes it",
    () => bytes(Buffer.concat([saved.subarray(0, 2048), Buffer.from('{"error":"no space"}\n')])),
    "malformed",
    /the export of app:1 in Docker at .* as tar/,
  ],
  ["nothing", () => bytes(Buffer.alloc(0)), "malformed", /it is of another image/],
  ["refused", () => json({ message: "disk" }, 500), "unreachable", /answered 500/],
  ["of an image that was removed", () => json({}, 404), "not-found", /app:1 in Docker at/],
  [
    "of another image",
    async () => bytes(await makeOldDockerSave({ ...image, config: {} }, "app:1")),
    "malformed",
    /it is of another image/,
  ],
  [
    "of an image that claims the id",
    async () => {
      const id = sha256(makeConfig(image)).slice(7);
      const other = await makeTar([
        [`${id}.json`, makeConfig({ ...image, tars: [] })],
        ["manifest.json", JSON.stringify([{ Config: `${id}.json`, Layers: [] }])],
      ]);
      return bytes(other);
    },
    "malformed",
    /its digest is sha256:.*, expected sha256:/,
  ],
];

describe("an export that is not the image", () => {
  it.each(wrongExports)("%s", async (_, answer, kind, words) => {
    const { found } = await serve(oneImage(image, await answer()));
    const temporaryFolder = join(newFolder(), "temporary");
    const opened = await openOne(found, { temporaryFolder });
    for (const layer of opened.layers.filter(isRemote)) {
      const fetched = await layer.fetch({});
      if (fetched.ok) expect.fail("it was fetched");
      expect([fetched.failure.kind, describeFailure(fetched.failure)]).toEqual([
        kind,
        expect.stringMatching(words),
      ]);
    }
    // The root that every image has, and nothing else.
    expect((await seeImage(opened)).paths).toEqual(["/"]);
    expect(readdirSync(temporaryFolder)).toEqual([]);
  });

  it("layers with other bytes are found out while they are read", async () => {
    const [lower = Buffer.alloc(0), upper = Buffer.alloc(0)] = image.tars.map((tar) =>
      Buffer.from(tar),
    );
    const at = saved.indexOf(lower);
    const changed = Buffer.from(saved);
    changed.writeUInt8(changed.readUInt8(at + 600) ^ 1, at + 600);
    expect(saved.indexOf(upper)).toBeGreaterThan(0);
    const { found } = await serve(oneImage(image, bytes(changed)));
    const { failures } = await seeImage(await openOne(found));
    expect(failures).toEqual([expect.stringMatching(/uncompressed bytes have the digest/)]);
  });

  it("a temporary folder that cannot be made is named", async () => {
    const { found } = await serve(oneImage(image, bytes(saved)));
    const opened = await openOne(found, { temporaryFolder: "/proc/none" });
    const [layer] = opened.layers.filter(isRemote);
    const fetched = await layer?.fetch({});
    if (fetched?.ok !== false) expect.fail("it was fetched");
    expect(describeFailure(fetched.failure)).toMatch(
      /^Cannot reach app:1 .*brought into \/proc\/none/,
    );
  });
});
