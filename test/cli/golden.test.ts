import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findTestImages, withoutImages } from "../images.ts";
import { MadeLayout, makeOldDockerSave, makeTar } from "../made-images.ts";
import { makeProgram, type MadeProgram } from "./made-program.ts";
import { run, transcript } from "./run.ts";

const cwd = mkdtempSync(join(tmpdir(), "fromage-test-"));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const glibc = { machine: "amd64", loader: "/lib64/ld-linux-x86-64.so.2" } as const;
const programs: readonly (readonly [name: string, program: MadeProgram])[] = [
  ["static", { machine: "amd64", loader: null }],
  ["glibc", { ...glibc, needed: ["libc.so.6"] }],
  [
    "musl",
    { machine: "amd64", loader: "/lib/ld-musl-x86_64.so.1", needed: ["libc.musl-x86_64.so.1"] },
  ],
  ["arm64", { machine: "arm64", loader: "/lib/ld-linux-aarch64.so.1", needed: ["libc.so.6"] }],
  ["own-lib/server", { ...glibc, needed: ["libours.so.1", "libc.so.6"] }],
  [
    "own-lib/lib/libours.so.1",
    { ...glibc, loader: null, needed: ["libc.so.6"], soname: "libours.so.1" },
  ],
  ["both/amd64", { machine: "amd64", loader: null }],
  ["only-library/libours.so.1", { ...glibc, loader: null, soname: "libours.so.1" }],
  ["addon.node", { ...glibc, loader: null, needed: ["libc.so.6"], soname: "addon.node" }],
  ["we\nird\u001b[31m", { machine: "amd64", loader: null }],
];

function put(name: string, content: Buffer | string, mode = 0o755): void {
  mkdirSync(join(cwd, dirname(name)), { recursive: true });
  writeFileSync(join(cwd, name), content, { mode });
}

async function putImage(folder: string, config: object): Promise<void> {
  const tar = await makeTar([
    ["app", null],
    ["app/server", makeProgram({ machine: "amd64", loader: null }), 0o755],
  ]);
  const layout = new MadeLayout();
  layout.finish([layout.image({ tars: [tar], config })]).writeTo(join(cwd, folder));
}

beforeAll(async () => {
  for (const [name, program] of programs) put(name, makeProgram(program));
  put("script", "#!/bin/bash\necho hello\n");
  put("truncated", makeProgram({ ...glibc, needed: ["libc.so.6"] }).subarray(0, 100));
  put("not-executable", makeProgram({ machine: "amd64", loader: null }), 0o644);
  put("text/notes.txt", "Notes\n", 0o644);
  mkdirSync(join(cwd, "empty"));
  await putImage("image", { Entrypoint: ["/app/server"], User: "1000:1000" });
  await putImage("image-of-nothing", {});
  await putImage("image-of-missing", { Entrypoint: ["/app/other"] });
  const tar = await makeTar([["server", makeProgram({ machine: "amd64", loader: null }), 0o755]]);
  const saved = { tars: [tar], config: { Cmd: ["/server"] } };
  put("ours.tar", await makeOldDockerSave(saved, "example.org/ours:1"));
  const images = findTestImages();
  if (images !== null) symlinkSync(images, join(cwd, "images"));
});

/** Each with the file in golden/ that has what came of it. What comes of one base only does not change with the others. */
const rows: readonly (readonly [file: string, typed: string])[] = [
  ["help", "--help"],
  ["help-choose", "help choose"],
  ["help-check", "check --help"],
  ["help-ldd", "ldd -h"],
  ["help-bases", "help bases"],
  ["nothing", ""],
  ["verb-near", "chekc ./static"],
  ["verb-unknown", "frobnicate"],
  ["help-unknown", "help frobnicate"],
  ["option-unknown", "check ./static --bse scratch"],
  ["option-without-value", "check ./static --base"],
  ["target-missing", "check"],
  ["target-not-there", "./nowhere"],
  ["base-missing", "check ./static"],
  ["check-by-reference", "check ./musl --base alpine:3.20.3 --base base:alpine-3.18"],
  ["choose-named-image", "choose archive:ours.tar --base scratch"],
  ["base-twice", "check ./static --base scratch --base base:scratch"],
  ["help-help", "help help"],
  ["base-near", "check ./static --base alpin-3.20"],
  ["base-not-there", "check ./static --base nowhere"],
  ["base-is-folder", "check ./static --base ./own-lib"],
  ["date-wrong", "choose ./static --as-of 2026-02-30"],
  ["platform-wrong", "choose ./static --platform foo"],
  ["platform-without-base", "choose ./static --platform linux/s390x"],
  ["cache-twice", "choose ./static --no-cache --cache-dir x"],
  ["argument-extra", "choose ./static ./glibc"],
  ["folder-empty", "./empty"],
  ["folder-of-text", "text"],
  ["file-of-text", "./text/notes.txt"],
  ["folder-of-library", "./only-library"],
  ["node-addon", "./addon.node"],
  ["truncated", "check ./truncated --base scratch"],
  ["not-executable", "check ./not-executable --base scratch"],
  ["choose-static", "./static --base scratch --base alpine-3.20"],
  [
    "choose-glibc",
    "choose ./glibc --base scratch --base alpine-3.20 --base debian-13-slim --base busybox-1.38-glibc",
  ],
  ["choose-none", "choose ./glibc --base scratch --base alpine-3.20"],
  ["choose-ended", "choose ./musl --base alpine-3.18 --base alpine-3.20 --as-of 2025-12-01"],
  ["choose-script", "choose ./script --base scratch --base debian-13-slim"],
  ["choose-image", "choose oci:image --base scratch --base alpine-3.20"],
  [
    "choose-image-base-is",
    "choose oci:image --base scratch --base alpine-3.20 --base-is alpine-3.20",
  ],
  ["image-of-nothing", "choose oci:image-of-nothing --base scratch"],
  ["image-of-missing", "choose oci:image-of-missing --base scratch"],
  ["choose-explain", "choose ./musl --base alpine-3.20 --base debian-12-slim --explain"],
  [
    "choose-recipe",
    "choose ./own-lib --base distroless-base-debian13 --base debian-13-slim --packages never",
  ],
  [
    "choose-packages-offline",
    "choose ./own-lib --base distroless-base-debian13 --base debian-13-slim --offline",
  ],
  [
    "check-packages-offline",
    "check ./own-lib/server --base distroless-base-debian13 --base scratch --offline",
  ],
  ["packages-wrong", "choose ./static --packages some"],
  [
    "choose-two-platforms",
    "choose ./static --platform linux/amd64 --platform linux/arm64 --base scratch",
  ],
  ["choose-arm64", "choose ./arm64 --base ubi9-micro --base alpine-3.20 --base scratch"],
  ["choose-offline", "choose ./static --base scratch --offline --no-cache"],
  ["choose-json", "choose ./static --base scratch --json"],
  ["check-ended", "check ./musl --base alpine-3.20 --as-of 2025-01-01"],
  ["check-reference", "check ./musl --base alpine:3.20 --base base:alpine-3.18 --offline"],
  [
    "check-missing-library",
    "check ./own-lib/server --base distroless-base-debian13 --packages never --explain",
  ],
  ["check-json", "check ./glibc --base alpine-3.20 --json"],
  ["name-of-escapes", "check ./we\nird\u001b[31m --base scratch"],
  ["ldd-over-base", "ldd ./glibc --base debian-13-slim"],
  ["ldd-missing", "ldd ./own-lib/server --base distroless-base-debian13"],
  ["ldd-base", "ldd base:alpine-3.20 /bin/sh"],
  ["ldd-base-unknown", "ldd base:alpine-3.2 /bin/sh"],
  ["ldd-image-of-nothing", "ldd oci:image-of-nothing"],
  ["ldd-json-several", "ldd ./glibc --base scratch --base alpine-3.20 --json"],
];

/** Over the real images. */
const imageRows: readonly (readonly [file: string, typed: string])[] = [
  ["images-base-file", "check ./musl --base rootfs:images/alpine-minirootfs-3.20.3-x86_64.tar.gz"],
  ["images-base-is-present", "choose images/debian-13-slim-amd64.oci.tar --base debian-13-slim"],
  ["images-ldd", "ldd images/oci-busybox-1.38.0-glibc-amd64.tar"],
  ["images-ldd-path", "ldd images/distroless-python3-debian13-amd64.oci.tar /usr/bin/python3.13"],
  ["images-ldd-arm64", "ldd images/alpine-minirootfs-3.20.3-aarch64.tar.gz /bin/sh"],
  ["images-no-entrypoint", "ldd images/distroless-base-debian13-amd64.oci.tar"],
];

/** What is typed is split at spaces; a line end in it is part of a name. */
const wordsOf = (typed: string): readonly string[] =>
  typed.split(" ").filter((word) => word !== "");

describe("the command line", () => {
  it.each(rows)("%s", async (file, typed) => {
    const text = transcript(typed, await run(wordsOf(typed), cwd), cwd);
    await expect(text).toMatchFileSnapshot(`golden/${file}.txt`);
  });

  it.each([
    [["check", "./static", "--base", ""], "--base is empty"],
    [["check", "", "--base", "scratch"], "an argument is empty"],
  ])("%j is bad usage", async (args, why) => {
    const { code, err } = await run(args, cwd);
    expect({ code, err }).toEqual({
      code: 2,
      err: `Cannot run check: ${why}; see fromage check --help\n`,
    });
  });

  it.each([60, 120, 200])("fits %i columns", async (columns) => {
    const typed =
      "choose ./own-lib --base distroless-base-debian13 --base debian-13-slim --packages never";
    const text = transcript(typed, await run(wordsOf(typed), cwd, { columns }), cwd);
    await expect(text).toMatchFileSnapshot(`golden/columns-${columns}.txt`);
  });

  const isAbsent = findTestImages() === null;
  describe.skipIf(isAbsent)(`over real images${isAbsent ? ` (${withoutImages})` : ""}`, () => {
    it.each(imageRows)("%s", async (file, typed) => {
      const text = transcript(typed, await run(wordsOf(typed), cwd), cwd);
      await expect(text).toMatchFileSnapshot(`golden/${file}.txt`);
    });
  });
});
