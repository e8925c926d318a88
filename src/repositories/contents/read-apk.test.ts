import { lstatSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeApk, makeApkIndex, makeApkKey, type MadeApk } from "../../../test/made-apk.ts";
import { makeElf } from "../../../test/made-images.ts";
import { scratchFolder } from "../../../test/made-packages.ts";
import { RealApk, whyNoApk } from "../../../test/resolver/apk-program.ts";
import { parseApkInstalled } from "../../formats/apk/installed.ts";
import { toInstalledApkPackage } from "../../image/readers/apk-package.ts";
import { apkReader, checkApkControl } from "./read-apk.ts";
import { readPackageFile } from "./read-package-file.ts";

const folder = scratchFolder();
const key = makeApkKey("made@test.rsa.pub");
const library: MadeApk = {
  name: "made-libs",
  version: "1.2.3-r4",
  files: [
    ["usr", null],
    ["usr/bin", null],
    ["usr/bin/made", "#!/bin/sh\necho made\n", 0o755],
    ["usr/lib", null],
    ["usr/lib/libmade.so.1", makeElf(1), 0o755],
    ["usr/lib/libmade.so", "-> libmade.so.1"],
    ["etc", null],
    ["etc/made.conf", "x=1\n", 0o600],
    ["var", null],
    ["var/made", null, 0o750],
  ],
  info:
    "origin = made\ndepend = so:libc.musl-x86_64.so.1\ndepend = !made-old\nprovides = so:libmade.so.1=1.2.3\n" +
    "provides = cmd:made=1.2.3-r4\nprovider_priority = 7\nreplaces = made-old\n",
  scripts: { ".post-install": "#!/bin/sh\nexit 0\n" },
};

async function write(made: MadeApk, change = (bytes: Buffer): Buffer => bytes): Promise<string> {
  const file = join(folder, `${made.name}-${made.version}.apk`);
  writeFileSync(file, change((await makeApk(made, key)).bytes));
  return file;
}

const read = (file: string): ReturnType<typeof readPackageFile> =>
  readPackageFile({ file, name: "made", digest: null }, apkReader, { cacheFolder: null });

describe("apkReader", () => {
  it("says what the package says of itself, and what its files are", async () => {
    const found = await read(await write(library));
    if (!found.ok) throw new Error(JSON.stringify(found.failure));
    const { contents } = found.value;
    expect(contents.package).toMatchObject({
      name: "made-libs",
      version: "1.2.3-r4",
      architecture: "x86_64",
      source: "made",
      installedBytes: 4096,
      relations: {
        depends: "so:libc.musl-x86_64.so.1 !made-old",
        provides: "so:libmade.so.1=1.2.3 cmd:made=1.2.3-r4",
        providerPriority: 7,
        replaces: "made-old",
      },
    });
    expect(contents.scripts.map(({ name }) => name)).toEqual([".post-install"]);
    expect(contents.layer.failures).toEqual([]);
    expect(contents.problems).toEqual([]);
    expect(contents.layer.elf.byPath["/usr/lib/libmade.so.1"]?.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it("knows whether the index promised this file", async () => {
    const { bytes, controlSha1 } = await makeApk(library, key);
    const file = join(folder, "promised.apk");
    writeFileSync(file, bytes);
    const named = { file, name: "made", digest: null };
    expect(await checkApkControl(named, controlSha1)).toMatchObject({ ok: true });
    const other = await checkApkControl(named, "0".repeat(40));
    expect(other).toMatchObject({ ok: false, failure: { kind: "malformed" } });
  });

  const rows: readonly [string, (bytes: Buffer) => Buffer, object][] = [
    ["a file of apk 3", () => Buffer.from("ADB.rest"), { kind: "unsupported" }],
    ["no gzip", () => Buffer.from("hello"), { kind: "malformed", format: "gzip" }],
    ["an empty file", () => Buffer.alloc(0), { kind: "malformed" }],
    ["cut in its control part", (bytes) => bytes.subarray(0, 500), { kind: "malformed" }],
    ["other files than it promises", changeData, { kind: "malformed" }],
    ["no .PKGINFO", () => gzipSync(Buffer.alloc(1024)), { kind: "malformed", format: "apk" }],
  ];
  it.each(rows)("refuses %s", async (_, change, failure) => {
    expect(await read(await write(library, change))).toMatchObject({ ok: false, failure });
  });
});

/** Another day in the header of its last member. */
function changeData(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  const last = changed.lastIndexOf(Buffer.from([0x1f, 0x8b, 0x08]));
  changed[last + 4] = 1;
  return changed;
}

const without = whyNoApk() || (process.getuid?.() === 0 ? "" : " (skipped: not root)");
describe.skipIf(without !== "")(`apkReader agrees with the real apk${without}`, () => {
  let apk: RealApk;
  beforeAll(() => (apk = new RealApk()));
  afterAll(() => {
    apk.close();
  });

  it("on the record and on every file of a package that is installed", async () => {
    const { bytes, record } = await makeApk(library, key);
    const [root, repository] = [apk.rootOf("alpine-3.20-x86_64"), join(folder, "repository")];
    mkdirSync(join(repository, "x86_64"), { recursive: true });
    const file = join(repository, "x86_64", "made-libs-1.2.3-r4.apk");
    writeFileSync(file, bytes);
    writeFileSync(join(repository, "x86_64", "APKINDEX.tar.gz"), await makeApkIndex([record], key));
    writeFileSync(join(root, "etc/apk/keys", key.name), key.pem);
    const list = join(folder, "repositories");
    writeFileSync(list, `${repository}\n`);
    // No `--allow-untrusted`: our signatures are sound to apk too.
    const added = apk.run([
      ...["add", "--root", root, "--repositories-file", list, "--no-network", "--no-scripts"],
      "made-libs",
    ]);
    expect(added).toMatchObject({ status: 0 });
    const found = await read(file);
    if (!found.ok) throw new Error(JSON.stringify(found.failure));
    const { package: said, layer } = found.value.contents;
    const database = parseApkInstalled(readFileSync(join(root, "lib/apk/db/installed")));
    const installed = database.records.find(({ name }) => name === "made-libs");
    if (installed === undefined) throw new Error("apk has not installed it");
    const isFile = new Set(
      layer.entries.filter(({ type }) => type !== "directory").map((one) => one.path),
    );
    const files = said.files.filter((path) => isFile.has(path));
    expect({ ...toInstalledApkPackage(installed), files: installed.files.toSorted() }).toEqual({
      ...said,
      files: files.toSorted(),
    });
    for (const { path, type, mode, sizeBytes, linkTarget } of layer.entries) {
      const real = lstatSync(join(root, path));
      if (type === "symlink") expect(readlinkSync(join(root, path))).toBe(linkTarget);
      else expect([path, (real.mode & 0o7777).toString(8)]).toEqual([path, mode.toString(8)]);
      if (type === "file") expect([path, real.size]).toEqual([path, sizeBytes]);
    }
  });
});
