import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serve } from "../../../test/engine/open-scripted.ts";
import { cutOff, oneImage } from "../../../test/engine/scripted-engine.ts";
import { run, type Ran } from "../../../test/cli/run.ts";
import {
  blobName,
  makeNewDockerSave,
  makeOldDockerSave,
  makeTar,
  MadeLayout,
  sha256,
  type MadeDescriptor,
  type MadeImage,
} from "../../../test/made-images.ts";

const folder = mkdtempSync(join(tmpdir(), "config-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let image: MadeImage;
let manifest: MadeDescriptor;

beforeAll(async () => {
  image = { tars: [await makeTar([["hello", "world"]])], architecture: "amd64" };
  const layout = new MadeLayout();
  manifest = layout.image(image);
  layout.finish([manifest]).writeTo(join(folder, "layout"));
  writeFileSync(join(folder, "old.tar"), await makeOldDockerSave(image, "app:1"));
  writeFileSync(join(folder, "new.tar"), await makeNewDockerSave(image, "app:1"));
});

const config = (...args: readonly string[]): Promise<Ran> => run(["config", ...args], folder);
const digestOf = ({ out }: Ran): string => sha256(out);

describe("config prints the bytes that have the digest", () => {
  it("of a manifest and its config", async () => {
    const written = await config("--manifest", "oci:layout");
    expect(digestOf(written)).toBe(manifest.digest);
    const named: { config: MadeDescriptor } = JSON.parse(written.out);
    expect(digestOf(await config("--raw", "oci:layout"))).toBe(named.config.digest);
  });

  it.each(["archive:old.tar", "archive:new.tar"])("of the config of %s", async (reference) => {
    const layout = new MadeLayout();
    layout.image(image);
    const written = await config("--raw", reference);
    expect(written).toMatchObject({ code: 0, err: "" });
    const [ours] = [...layout.files].filter(([, bytes]) => bytes.toString() === written.out);
    expect(ours?.[0]).toBe(blobName(sha256(written.out)));
  });
});

describe("config lays its JSON out anew", () => {
  it("for a terminal, what that would obey escaped", async () => {
    const layout = new MadeLayout();
    const labels = { evil: "\u009b2J\u202e" };
    layout
      .finish([layout.image({ ...image, config: { Labels: labels } })])
      .writeTo(`${folder}/evil`);
    const piped = await config("--raw", "oci:evil");
    expect(piped.out).toContain(labels.evil);
    const shown = await run(["config", "--raw", "oci:evil"], folder, { isTerminal: true });
    expect(shown.out).toContain(String.raw`"evil": "\u009b2J\u202e"`);
    expect(JSON.parse(shown.out)).toEqual(JSON.parse(piped.out));
  });

  it("of an engine, which tells it in words of its own", async () => {
    const engine = await serve(oneImage(image, cutOff(Buffer.alloc(0), 0)));
    const env = { DOCKER_HOST: engine.found.text, HOME: folder };
    const raw = await run(["config", "--raw", "docker:app:1"], folder, { env });
    expect(raw.code).toBe(0);
    expect(raw.err).toMatch(/does not give the config byte for byte: [^\n]*\n$/);
    expect(JSON.parse(raw.out)).toMatchObject({ architecture: "amd64" });
    const none = await run(["config", "--manifest", "docker:app:1"], folder, { env });
    expect(none).toMatchObject({ code: 3, out: "" });
    expect(none.err).toMatch(/it has no manifest/);
  });
});

it.each([
  ["--raw --json", "exclude each other"],
  ["--raw --manifest", "exclude each other"],
  ["--raw --platform linux/amd64 --platform linux/amd64", "one platform"],
])("config refuses %s", async (args, words) => {
  const refused = await config(...args.split(" "), "oci:layout");
  expect(refused.code).toBe(2);
  expect(refused.err).toContain(words);
});
