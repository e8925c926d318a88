import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  mkdtempSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { packTar } from "modern-tar";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findTestImages, testImage, withoutImages } from "../../test/images.ts";
import { openElfLines } from "./elf-lines.ts";
import type { BlobLayer } from "./image.ts";
import { readLayer } from "./read-layer.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fromage-layer-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function blob(file: string, fields: Partial<BlobLayer> = {}): BlobLayer {
  return {
    kind: "blob",
    file,
    offsetBytes: 0,
    lengthBytes: statSync(file).size,
    compression: "gzip",
    digest: null,
    diffId: null,
    mediaType: null,
    ...fields,
  };
}

async function smallLayer(name: string): Promise<{ file: string; tar: Buffer }> {
  const header = { size: 20, mode: 0o755 };
  const tar = Buffer.from(
    await packTar([
      { header: { ...header, name: "bin/run" }, body: "#!/bin/sh\necho hello\n".slice(0, 20) },
      { header: { ...header, size: 0, name: "etc/.wh.gone" }, body: "" },
      { header: { name: "lib", size: 0, type: "symlink", linkname: "usr/lib" } },
    ]),
  );
  const file = join(folder, name);
  writeFileSync(file, gzipSync(tar));
  return { file, tar };
}

const sha256 = (bytes: Uint8Array): `sha256:${string}` =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

describe("readLayer() on a blob", () => {
  it("gives entries in the order of the archive, the diffId and what readers found", async () => {
    const { file, tar } = await smallLayer("sound.tar.gz");
    const result = await readLayer(blob(file));
    if (!result.ok) expect.fail(JSON.stringify(result.failure));
    const { facts } = result.value;
    expect(facts.failures).toEqual([]);
    expect(facts.diffId).toBe(sha256(tar));
    expect(facts.entries.map(({ path, type }) => [path, type])).toEqual([
      ["/bin/run", "file"],
      ["/etc/gone", "whiteout"],
      ["/lib", "symlink"],
    ]);
    expect(facts.shebangs.byPath).toEqual({
      "/bin/run": { line: "/bin/sh", hasCarriageReturn: false },
    });
  });

  it.each(["digest", "diffId"] as const)(
    "fails as malformed when the %s is another",
    async (which) => {
      const { file } = await smallLayer(`wrong-${which}.tar.gz`);
      const result = await readLayer(blob(file, { [which]: `sha256:${"0".repeat(64)}` }));
      expect(result).toMatchObject({ ok: false, failure: { kind: "malformed" } });
    },
  );

  it("names the failure when the stream is cut", async () => {
    const { file } = await smallLayer("cut.tar.gz");
    writeFileSync(file, readFileSync(file).subarray(0, -20));
    const result = await readLayer(blob(file));
    const failures = result.ok ? result.value.facts.failures : [result.failure];
    expect(failures.length).toBeGreaterThan(0);
    expect(failures.every(({ kind }) => kind === "malformed")).toBe(true);
  });

  it("ends as cancelled when the signal is set", async () => {
    const { file } = await smallLayer("cancelled.tar.gz");
    const result = await readLayer(blob(file), { signal: AbortSignal.abort() });
    expect(result).toMatchObject({ ok: false, failure: { kind: "cancelled" } });
  });
});

describe("readLayer() on a folder", () => {
  it("stays in the folder, sorts, and keeps links as they are", async () => {
    const app = join(folder, "app");
    mkdirSync(join(app, "bin"), { recursive: true });
    writeFileSync(join(app, "bin/run"), "#!/usr/bin/env node\n", { mode: 0o755 });
    symlinkSync("/etc", join(app, "away"));
    const result = await readLayer({ kind: "directory", directory: app, mountPath: "/app" });
    if (!result.ok) expect.fail(JSON.stringify(result.failure));
    const { entries, diffId } = result.value.facts;
    expect(diffId).toBeNull();
    expect(entries.map(({ path }) => path)).toEqual([
      "/app",
      "/app/away",
      "/app/bin",
      "/app/bin/run",
    ]);
    expect(entries[1]).toMatchObject({ type: "symlink", linkTarget: "/etc" });
  });
});

const images = findTestImages();
const hasTar = spawnSync("tar", ["--version"]).status === 0;
describe.skipIf(images === null || !hasTar)(
  `readLayer() on a real layer${images === null ? ` (${withoutImages})` : ""}`,
  () => {
    it.each(["alpine-minirootfs-3.20.3-x86_64.tar.gz", "alpine-minirootfs-3.18.9-x86_64.tar.gz"])(
      "%s has the paths that tar lists and the digest of its stream",
      async (name) => {
        const file = testImage(name);
        const result = await readLayer(blob(file));
        if (!result.ok) expect.fail(JSON.stringify(result.failure));
        const { facts } = result.value;
        const listed = spawnSync("tar", ["-tzf", file], { encoding: "utf8" })
          .stdout.trim()
          .split("\n")
          .map((line) => `/${line.replace(/^\.?\//, "").replace(/\/$/, "")}`);
        expect(facts.entries.map(({ path }) => path)).toEqual(listed);
        expect(facts.diffId).toBe(sha256(gunzipSync(readFileSync(file))));
        expect([...facts.failures, ...facts.elf.failures, ...facts.packages.failures]).toEqual([]);
        const loader = Object.entries(facts.elf.byPath).find(
          ([path]) => path === "/lib/ld-musl-x86_64.so.1",
        );
        expect(
          openElfLines(result.value.elfLines).get(loader?.[1].sha256 ?? "")?.loader?.kind,
        ).toBe("musl");
      },
    );
  },
);
