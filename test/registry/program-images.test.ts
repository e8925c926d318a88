import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contractImage } from "../../src/image/sources/contract.ts";
import { sha256, type MadeImage } from "../made-images.ts";
import { runProgram, type Ended } from "./program.ts";
import { Repository } from "./push-image.ts";
import {
  artifactOf,
  dockerImage,
  dockerList,
  emptyLayerImage,
  foreignImage,
  ociImage,
  ociIndex,
  type MadeRoot,
} from "./registry-images.ts";
import { startRegistry, type Registry } from "./registry.ts";
import { withoutBed } from "./run-command.ts";
import { makeSchemaOne } from "./schema-one.ts";

const missing = withoutBed();

describe.skipIf(missing !== null)(`the program and images of a registry${missing ?? ""}`, () => {
  let registry: Registry;
  let repository: Repository;
  let scratch = "";
  let image: MadeImage;
  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), "fromage-program-"));
    image = await contractImage();
    registry = await startRegistry({ auth: "none", tls: false });
    repository = await Repository.open(registry, "team/app");
  });
  afterAll(async () => {
    await registry.stop();
    rmSync(scratch, { recursive: true, force: true });
  });

  const list = (reference: string): Promise<Ended> =>
    runProgram(scratch, "ls", "-lRA", "--no-cache", "--platform", "linux/amd64", reference, "/");
  /** The same image from a folder of this machine. */
  function fromFolder(name: string, { layout, root }: MadeRoot): Promise<Ended> {
    mkdirSync(join(scratch, name));
    layout.finish([root]).writeTo(join(scratch, name));
    return list(`oci:${name}`);
  }

  const media: readonly (readonly [name: string, make: () => MadeRoot])[] = [
    ["oci", () => ociImage(image)],
    ["zstd", () => ociImage({ ...image, compression: "zstd" })],
    ["index", () => ociIndex(image)],
    ["docker", () => dockerImage(image)],
    ["list", () => dockerList(image)],
    ["empty", () => emptyLayerImage(image)],
  ];
  it.each(media)("shows what it shows of the same image in a folder: %s", async (tag, make) => {
    const made = make();
    await repository.put(made.layout, made.root, [tag]);
    const found = await list(`registry:${registry.host}/team/app:${tag}`);
    expect(found).toEqual(await fromFolder(tag, made));
    expect(found.status).toBe(0);
    expect(found.stdout).toContain("ünïcode");
  });

  it("says why of what is no image that it reads", async () => {
    const subject = ociImage(image).root;
    const artifact = artifactOf(subject, "{}");
    await repository.put(artifact.layout, artifact.root, ["artifact"]);
    const foreign = await foreignImage(image, "http://127.0.0.1:1/foreign");
    await repository.put(foreign.layout, foreign.root, ["foreign"]);
    const one = makeSchemaOne("team/app", "schema-one", image.tars);
    for (const layer of one.layers) await repository.putBlob(layer, sha256(layer));
    await repository.putManifest("schema-one", one.mediaType, one.manifest);
    const rows = [
      ["artifact", /artifact|no image|not an image/],
      ["foreign", /not distributed/],
      ["schema-one", /schema 1/],
      ["artefact", /nearest: \S+:artifact/],
    ] as const;
    for (const [tag, words] of rows) {
      const { status, stdout, stderr } = await list(`registry:${registry.host}/team/app:${tag}`);
      expect(stderr, tag).toMatch(words);
      expect([status, stdout], tag).toEqual([3, ""]);
    }
  });
});
