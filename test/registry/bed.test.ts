import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contractImage } from "../../src/image/sources/contract.ts";
import { findTestImages, testImage, withoutImages } from "../images.ts";
import { sha256, type MadeImage } from "../made-images.ts";
import { ask } from "./ask.ts";
import { pushImage, Repository, skopeo, skopeoOptions } from "./push-image.ts";
import {
  artifactOf,
  dockerImage,
  dockerList,
  emptyLayerImage,
  foreignImage,
  ociImage,
  ociIndex,
  referrersOf,
  type MadeRoot,
} from "./registry-images.ts";
import { startRegistry, type Registry } from "./registry.ts";
import { withoutBed } from "./run-command.ts";
import { makeSchemaOne } from "./schema-one.ts";

const missing = withoutBed();
const noImages = findTestImages() === null ? ` (${withoutImages})` : "";

const kinds = [
  { auth: "none", tls: false },
  { auth: "none", tls: true },
  { auth: "htpasswd", tls: true },
  { auth: "token", tls: true },
] as const;

describe.skipIf(missing !== null).for(kinds)(
  `a registry with %j${missing ?? ""}`,
  ({ auth, tls }) => {
    let registry: Registry;
    let image: MadeImage;
    let scratch = "";
    beforeAll(async () => {
      scratch = mkdtempSync(join(tmpdir(), "fromage-bed-"));
      image = await contractImage();
      registry = await startRegistry({ auth, tls });
      const repository = await Repository.open(registry, "team/app");
      const { layout, root } = ociImage(image);
      await repository.put(layout, root, ["one"]);
    });
    afterAll(async () => {
      await registry.stop();
      rmSync(scratch, { recursive: true, force: true });
    });
    const inspect = (options: readonly string[]): Promise<string> =>
      skopeo("inspect", "--raw", ...options, `docker://${registry.host}/team/app:one`);

    it("is read by skopeo", async () => {
      const raw = await inspect(skopeoOptions(registry, ""));
      expect(sha256(raw)).toBe(ociImage(image).root.digest);
      const to = `oci:${scratch}/copy:one`;
      await skopeo(
        "copy",
        ...skopeoOptions(registry, "src-"),
        `docker://${registry.host}/team/app:one`,
        to,
      );
      for (const [name, bytes] of ociImage(image).layout.files) {
        if (!name.startsWith("blobs/")) continue;
        expect(readFileSync(join(scratch, "copy", name)).equals(bytes), name).toBe(true);
      }
    });

    const plain = tls ? "" : " (skipped: it speaks plain HTTP)";
    it.skipIf(!tls)(`is refused where its authority is not known${plain}`, async () => {
      const [, who = ""] = skopeoOptions(registry, "");
      await expect(inspect([who])).rejects.toThrow(/certificate signed by unknown authority/);
      await expect(ask({ url: `${registry.url}/v2/` })).rejects.toThrow(/certificate/);
    });

    const open = auth === "none" ? " (skipped: it is open to all)" : "";
    it.skipIf(open !== "")(
      `is refused without a name and with a wrong password${open}`,
      async () => {
        const [trust = ""] = skopeoOptions(registry, "");
        await expect(inspect([trust, "--no-creds"])).rejects.toThrow(/unauthorized|authentication/);
        await expect(inspect([trust, "--creds=owner:wrong"])).rejects.toThrow(/unauthorized|auth/);
      },
    );

    it.skipIf(noImages !== "")(`takes an archive from skopeo${noImages}`, async () => {
      await pushImage(testImage("oci-busybox-1.38.0-musl-amd64.tar"), registry, "busybox:musl");
      const { status, body } = await (
        await Repository.open(registry, "busybox")
      ).ask("GET", "/tags/list");
      expect([status, JSON.parse(body.toString())]).toEqual([
        200,
        { name: "busybox", tags: ["musl"] },
      ]);
    });
  },
);

describe.skipIf(missing !== null)(`what is put into it${missing ?? ""}`, () => {
  let registry: Registry;
  let repository: Repository;
  let image: MadeImage;
  beforeAll(async () => {
    image = await contractImage();
    registry = await startRegistry({ auth: "htpasswd", tls: false });
    repository = await Repository.open(registry, "team/app");
  });
  afterAll(() => registry.stop());

  const accept = { accept: "*/*" };
  const made: readonly (readonly [name: string, make: () => MadeRoot | Promise<MadeRoot>])[] = [
    ["oci", () => ociImage(image)],
    ["zstd", () => ociImage({ ...image, compression: "zstd" })],
    ["index", () => ociIndex(image)],
    ["docker", () => dockerImage(image)],
    ["list", () => dockerList(image)],
    ["foreign", () => foreignImage(image, "http://127.0.0.1:1/foreign")],
    ["empty", () => emptyLayerImage(image)],
  ];
  it.each(made)("comes back byte for byte: %s", async (tag, make) => {
    const { layout, root } = await make();
    await repository.put(layout, root, [tag]);
    const heard = await repository.ask("GET", `/manifests/${tag}`, { accept: root.mediaType });
    expect(heard.status).toBe(200);
    expect(heard.headers["content-type"]).toBe(root.mediaType);
    expect(sha256(heard.body)).toBe(root.digest);
  });

  it("is an artifact, found by the tag of its subject", async () => {
    const subject = ociImage(image);
    await repository.put(subject.layout, subject.root, ["subject"]);
    const artifact = artifactOf(subject.root, '{"found":0}');
    const referrers = referrersOf(subject.root, [artifact]);
    await repository.put(referrers.layout, referrers.root, [referrers.tag]);
    // 2.8 has no referrers API, which is why the tag is there.
    expect((await repository.ask("GET", `/referrers/${subject.root.digest}`)).status).toBe(404);
    const { body } = await repository.ask("GET", `/manifests/${referrers.tag}`, {
      accept: referrers.root.mediaType,
    });
    expect(JSON.parse(body.toString())).toMatchObject({
      manifests: [{ digest: artifact.root.digest, artifactType: "application/vnd.example.report" }],
    });
  });

  it("is a manifest of schema 1", async () => {
    const one = makeSchemaOne("team/app", "schema-one", image.tars);
    for (const layer of one.layers) await repository.putBlob(layer, sha256(layer));
    await repository.putManifest("schema-one", one.mediaType, one.manifest);
    const heard = await repository.ask("GET", "/manifests/schema-one", accept);
    expect(heard.headers["content-type"]).toBe(one.mediaType);
    expect(JSON.parse(heard.body.toString())).toMatchObject({ schemaVersion: 1 });
  });

  it("has thirty tags", async () => {
    const many = await Repository.open(registry, "many/tags");
    const { layout, root } = ociImage(image);
    const tags = Array.from({ length: 30 }, (_, index) => `v1.${index}`);
    await many.put(layout, root, tags);
    const { body } = await many.ask("GET", "/tags/list");
    const { tags: listed } = JSON.parse(body.toString());
    expect([...listed].toSorted()).toEqual(tags.toSorted());
  });

  it("cannot be deleted", async () => {
    const { root } = ociImage(image);
    const heard = await repository.ask("DELETE", `/manifests/${root.digest}`);
    expect(heard.status).toBe(405);
  });

  it("is seen by a second registry over the same storage", async () => {
    const other = await startRegistry({
      auth: "none",
      tls: false,
      storage: registry.storageFolder,
    });
    try {
      const { layout, root } = ociImage(image);
      await repository.put(layout, root, ["shared"]);
      const heard = await ask({
        url: `${other.url}/v2/team/app/manifests/shared`,
        headers: { accept: root.mediaType },
      });
      expect(sha256(heard.body)).toBe(root.digest);
    } finally {
      await other.stop();
    }
    expect((await repository.ask("GET", "/tags/list")).status).toBe(200);
  });
});

it.skipIf(missing !== null)(`a registry leaves nothing behind${missing ?? ""}`, async () => {
  const registry = await startRegistry({ auth: "none", tls: false });
  await registry.stop();
  await registry.stop();
  await expect(ask({ url: registry.url })).rejects.toThrow(/ECONNREFUSED/);
  expect(() => readFileSync(dirname(registry.storageFolder))).toThrow(/ENOENT/);
});
