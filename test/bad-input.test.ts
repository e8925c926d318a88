import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contractImage } from "../src/image/sources/contract.ts";
import {
  makeElf,
  MadeLayout,
  makeOldDockerSave,
  makeTar,
  sha256,
  type MadeEntry,
} from "./made-images.ts";

const launcher = resolve(import.meta.dirname, "../bin/fromage.js");
const root: readonly MadeEntry[] = [
  ...["bin", "dev", "etc", "tmp", "usr", "var"].map((name): MadeEntry => [name, null]),
  ["bin/run", makeElf(1), 0o755],
];

let folder = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fromage-bad-input-"));
  const put = (name: string, bytes: Uint8Array | string) =>
    writeFileSync(join(folder, name), bytes);
  const image = await contractImage();
  const saved = await makeOldDockerSave(image, "a:b");
  const lies = makeElf(2);
  lies.writeBigUInt64LE(0xffff_ffffn, 0x20);
  const layout = new MadeLayout();
  layout.finish([layout.image(image)]);
  for (const [name, bytes] of layout.files) {
    // The size stays, the digest does not.
    if (bytes[0] === 0x1f) layout.files.set(name, Buffer.alloc(bytes.byteLength, 7));
  }
  layout.writeTo(join(folder, "altered"));
  const other = new MadeLayout();
  const diffIds = image.tars.map(() => sha256("another"));
  other.finish([other.image({ ...image, diffIds })]).writeTo(join(folder, "diffids"));
  put("cut.tar", saved.subarray(0, 9000));
  put("cut.tar.gz", gzipSync(saved).subarray(0, -100));
  put("corrupt.tar.zst", zstdCompressSync(saved).fill(0xff, 30, 90));
  put("other.tar", await makeTar([["a", "b"]]));
  put("text", "text\n");
  put("bomb.tar.gz", gzipSync(Buffer.alloc(1.5 * 1024 ** 3)));
  put("lies.tar", await makeTar([...root, ["bin/lies", lies, 0o755]]));
  put("out.tar", await makeTar([...root, ["../../out", "x"]]));
  put(
    "loop.tar",
    await makeTar([...root, ["etc/a", "-> b"], ["etc/b", "-> a"], ["lib", "-> lib"]]),
  );
  symlinkSync("itself", join(folder, "itself"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Exit code, and what the only line of stderr says; where there is an answer, what that says. */
const rows: readonly (readonly [args: string, code: number, words: RegExp])[] = [
  ["oci:altered", 3, /its digest is sha256:\w{64}, expected sha256:\w{64}$/],
  [
    "oci:diffids",
    3,
    /its uncompressed bytes have the digest sha256:\w{64}, expected sha256:\w{64}$/,
  ],
  ["oci:diffids --platform linux/s390x", 3, /platform linux\/s390x in .*: linux\/amd64$/],
  ["cut.tar", 3, /cut\.tar as tar: the archive ends after 9000 bytes, its last member needs \d+/],
  ["cut.tar.gz", 3, /cut\.tar\.gz as gzip: the compressed data ends too early at byte \d+$/],
  ["corrupt.tar.zst", 3, /corrupt\.tar\.zst as zstd: the compressed data is corrupt/],
  ["rootfs:bomb.tar.gz", 3, /more than 250 times the compressed size/],
  ["other.tar", 3, /neither image manifests nor a root filesystem/],
  ["text", 3, /text: it has neither an ELF program nor a script/],
  [
    "none",
    3,
    /Cannot use none: no file and no image .* has that name; none:latest asks its registry too$/,
  ],
  ["rootfs:itself", 3, /too many symbolic links/i],
  ["rootfs:lies.tar", 4, /\/bin\/lies .*as elf: the program header table ends/],
  ["rootfs:out.tar", 4, /out\.tar as tar: .*\.\./],
  ["rootfs:loop.tar", 0, /runs +scratch/],
];

describe("bad input on the command line: exit code and one sentence", () => {
  it.each(rows)("%s ends with %d", (args, code, words) => {
    const line = ["check", ...args.split(" "), "--base", "scratch", "--no-cache"];
    const env = { ...process.env, TMPDIR: folder };
    const ended = spawnSync(process.execPath, [launcher, ...line], {
      cwd: folder,
      env,
      encoding: "utf8",
    });
    const said = code === 3 ? ended.stderr : ended.stdout.replaceAll(/\n +/g, " ");
    expect([ended.status, said.trimEnd()]).toEqual([code, expect.stringMatching(words)]);
    if (code !== 3) return expect(ended.stderr).toBe("");
    expect(ended.stdout).toBe("");
    expect(ended.stderr).toMatch(/^Cannot [^\n]+\n$/);
  });
});
