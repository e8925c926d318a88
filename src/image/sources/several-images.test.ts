import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  blobName,
  makeConfig,
  MadeLayout,
  makeNewDockerSave,
  packFiles,
  sha256,
  type MadeDescriptor,
  type MadeImage,
} from "../../../test/made-images.ts";
import type { Digest } from "../../model/digest.ts";
import { formatPlatform, parsePlatform } from "../../model/platform.ts";
import { describeFailure } from "../../report/failure-words.ts";
import { contractImage } from "./contract.ts";
import { openImages } from "./open-images.ts";

const scratch = mkdtempSync(join(tmpdir(), "fromage-several-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let image: MadeImage = { tars: [] };
beforeAll(async () => {
  image = await contractImage();
});
let count = 0;

/** `USER@PLATFORM` of each image that is opened, or the refusal. */
async function open(
  reference: string,
  { cwd, platforms = "" }: { readonly cwd: string; readonly platforms?: string },
): Promise<string> {
  const asked = platforms.split(" ").flatMap((text) => parsePlatform(text) ?? []);
  const temporaryFolder = join(cwd, "temporary");
  const opened = await openImages(reference, { cwd, platforms: asked, temporaryFolder });
  if (!opened.ok) return describeFailure(opened.failure).replaceAll(`${cwd}/`, "");
  return opened.value
    .map(({ config, platform }) => `${config.user}@${formatPlatform(platform)}`)
    .join(" ");
}

function newFolder(): string {
  const folder = join(scratch, `${count++}`);
  mkdirSync(folder);
  return folder;
}

/** A layout of these images, each as `user@os/architecture/variant`, a platform of `?` one that the index does not say. */
function layoutOf(
  roots: (make: (text: string) => MadeDescriptor, layout: MadeLayout) => readonly unknown[],
): { readonly layout: MadeLayout; readonly cwd: string } {
  const layout = new MadeLayout();
  const make = (text: string): MadeDescriptor => {
    const [User = "", name = "?"] = text.split("@");
    const platform = parsePlatform(name);
    const architecture = platform?.architecture ?? "amd64";
    const manifest = layout.image({ ...image, config: { User }, architecture });
    return { ...manifest, ...(platform === null ? {} : { platform }) };
  };
  layout.finish(roots(make, layout));
  const cwd = newFolder();
  layout.writeTo(join(cwd, "layout"));
  return { layout, cwd };
}

const refName = (name: string) => ({ annotations: { "org.opencontainers.image.ref.name": name } });

describe("an index of several platforms", () => {
  const many = (): string =>
    layoutOf((make, layout) => [
      layout.index(["a@linux/amd64", "b@linux/arm64/v8", "c@linux/arm/v6"].map(make)),
    ]).cwd;

  it.each([
    ["linux/amd64", "a@linux/amd64"],
    ["linux/arm64 linux/amd64", "b@linux/arm64 a@linux/amd64"],
    ["linux/arm64/v9", "b@linux/arm64"],
    ["linux/arm/v7", "c@linux/arm/v6"],
    ["linux/amd64/v3", "a@linux/amd64"],
    [
      "linux/arm/v5",
      "Cannot find platform linux/arm/v5 in layout: there is none, the nearest: linux/amd64, linux/arm/v6, linux/arm64",
    ],
    [
      "linux/amd64 linux/s390x",
      "Cannot find platform linux/s390x in layout: there is none, the nearest: linux/amd64, linux/arm/v6, linux/arm64",
    ],
  ])("gives for %s: %s", async (platforms, expected) => {
    expect(await open("oci:layout", { cwd: many(), platforms })).toBe(expected);
  });

  it("of which only one was saved has that one", async () => {
    const { layout, cwd } = layoutOf((make, made) => [
      made.index(["a@linux/amd64", "b@linux/arm64"].map(make)),
    ]);
    const [absent = ""] = [...layout.files].flatMap(([name, bytes]) =>
      textOf(bytes).includes(configDigestOf(layout, "b")) ? [name] : [],
    );
    rmSync(join(cwd, "layout", absent));
    expect(await open("oci:layout", { cwd })).toBe("a@linux/amd64");
    expect(await open("oci:layout", { cwd, platforms: "linux/arm64" })).toBe(
      "Cannot find platform linux/arm64 in layout: there is none, the nearest: linux/amd64",
    );
  });
});

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

/** Of the config of that user. */
function configDigestOf(layout: MadeLayout, user: string): Digest {
  for (const bytes of layout.files.values()) {
    if (textOf(bytes).includes(`"User":"${user}"`)) return sha256(bytes);
  }
  throw new Error(`no config of ${user}`);
}

describe("images without an index", () => {
  it("of two platforms are told apart by their configs", async () => {
    const { cwd } = layoutOf((make) =>
      ["a@linux/amd64", "b@linux/s390x"].map((text) => ({ ...make(text), platform: undefined })),
    );
    expect(await open("oci:layout", { cwd, platforms: "linux/s390x" })).toBe("b@linux/s390x");
  });

  it("of one platform, two of them and no names, are refused", async () => {
    const { cwd } = layoutOf((make) => ["a@?", "b@?"].map(make));
    expect(await open("oci:layout", { cwd, platforms: "linux/amd64" })).toBe(
      "Cannot use layout: it holds several images for linux/amd64 and no names to tell them apart",
    );
  });

  it("are chosen by name", async () => {
    const { cwd } = layoutOf((make) => [
      { ...make("a@?"), ...refName("example.org/one:1") },
      { ...make("b@?"), ...refName("example.org/two:1") },
      { ...make("b@?"), ...refName("example.org/two:latest") },
    ]);
    expect(await open("oci:layout:two:1", { cwd })).toBe("b@linux/amd64");
    expect(await open("oci:layout:example.org/one:1", { cwd })).toBe("a@linux/amd64");
    expect(await open("oci:layout:latest", { cwd })).toBe("b@linux/amd64");
    expect(await open("oci:layout:1", { cwd })).toMatch(/one image alone; name it with :TAG/);
  });
});

describe("an archive of docker save", () => {
  it("of two images without names is refused", async () => {
    const cwd = newFolder();
    const configs = ["a", "b"].map((User) => makeConfig({ tars: [], config: { User } }));
    const files = configs.map((config) => [`${sha256(config).slice(7)}.json`, config] as const);
    const manifest = files.map(([Config]) => ({ Config, RepoTags: null, Layers: [] }));
    const tar = await packFiles([...files, ["manifest.json", JSON.stringify(manifest)]]);
    writeFileSync(join(cwd, "it.tar"), tar);
    expect(await open("archive:it.tar", { cwd })).toBe(
      "Cannot use it.tar: it holds several images for linux/amd64 and no names to tell them apart",
    );
  });

  it("with an OCI layout in it has the manifest's digest and the names of both", async () => {
    const cwd = newFolder();
    const bytes = await makeNewDockerSave(image, "docker.io/library/contract:one");
    writeFileSync(join(cwd, "it.tar"), bytes);
    for (const reference of ["it.tar", "archive:it.tar:contract:one", "archive:it.tar:one"]) {
      const options = { cwd, platforms: [], temporaryFolder: join(cwd, "temporary") };
      const opened = await openImages(reference, options);
      if (!opened.ok) expect.fail(describeFailure(opened.failure));
      expect(opened.value).toHaveLength(1);
      expect(opened.value[0]).toMatchObject({
        source: "archive",
        manifestDigest: expect.stringMatching(/^sha256:\w{64}$/),
      });
    }
  });

  it("of several platforms has them all", async () => {
    const { layout, cwd } = layoutOf((make, made) => [
      made.index(["a@linux/amd64", "b@linux/arm64"].map(make)),
    ]);
    const config = blobName(configDigestOf(layout, "a"));
    const manifest = [{ Config: config, RepoTags: ["x:1"], Layers: [] }];
    layout.files.set("manifest.json", Buffer.from(JSON.stringify(manifest)));
    writeFileSync(join(cwd, "it.tar"), await layout.toTar());
    expect(await open("archive:it.tar", { cwd, platforms: "linux/arm64 linux/amd64" })).toBe(
      "b@linux/arm64 a@linux/amd64",
    );
  });
});

describe("what says no platform", () => {
  it("is taken for each that is asked for", async () => {
    const cwd = newFolder();
    mkdirSync(join(cwd, "root"));
    writeFileSync(join(cwd, "root.tar"), await packFiles([["etc/os-release", "ID=x\n"]]));
    for (const reference of ["scratch", "rootfs:root", "root", "root.tar", "rootfs:root.tar"]) {
      expect(await open(reference, { cwd, platforms: "linux/amd64 linux/arm64" })).toBe(
        "@linux/amd64 @linux/arm64",
      );
    }
  });
});
