import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { makeElf, makeTar, sha256 } from "../../../test/made-images.ts";
import { makeDeb, scratchFolder } from "../../../test/made-packages.ts";
import { packAr } from "../../../test/pack-ar.ts";
import type { Digest } from "../../model/digest.ts";
import { debReader } from "./deb.ts";
import type { PackageReader } from "./package-contents.ts";
import { readPackageFile, type ReadPackage } from "./read-package-file.ts";

const folder = scratchFolder();
const elf = makeElf(1);
const file = join(folder, "a.deb");
let digest: Digest = "sha256:";

beforeAll(async () => {
  const bytes = await makeDeb({
    name: "a",
    files: [
      ["./", null],
      ["./usr/lib/liba.so.1", elf],
      ["./usr/lib/liba.so", "-> liba.so.1"],
      ["./usr/bin/a", "#!/bin/sh\n", 0o755],
    ],
    control: {
      symbols: "liba.so.1 a #MINVER#\n a@Base 1\n",
      shlibs: "liba 1 a\nbroken\n",
      triggers: "activate-noawait ldconfig\n",
      preinst: "#!/bin/sh\nset -e\n",
      postinst: "#!/bin/sh\ntouch /x\n",
    },
    fields: "Depends: b\nInstalled-Size: 3\n",
  });
  digest = sha256(bytes);
  writeFileSync(file, bytes);
});

async function read(
  cacheFolder: string | null,
  reader: PackageReader = debReader,
): Promise<ReadPackage> {
  const found = await readPackageFile({ file, name: "a 1", digest: null }, reader, { cacheFolder });
  if (!found.ok) throw new Error(JSON.stringify(found.failure));
  return found.value;
}

/** It must not be asked: the cache has all. */
const unasked: PackageReader = {
  ...debReader,
  read: () => Promise.reject(new Error("The package was read again")),
};

describe("readPackageFile()", () => {
  it("says what the package says, and what its files are", async () => {
    const { contents, cacheProblem } = await read(null);
    expect(cacheProblem).toBeNull();
    expect(contents.package).toEqual({
      name: "a",
      version: "1",
      architecture: "amd64",
      source: null,
      relations: { depends: "b" },
      installedBytes: 3072,
      files: ["/", "/usr/lib/liba.so.1", "/usr/lib/liba.so", "/usr/bin/a"],
    });
    expect(contents.scripts.map(({ name, effects }) => [name, effects.unknown])).toEqual([
      ["preinst", []],
      ["postinst", ["touch /x"]],
      ["triggers", []],
    ]);
    expect(contents.symbols).toMatchObject([{ soname: "liba.so.1" }]);
    expect(contents.shlibs).toMatchObject([{ name: "liba" }]);
    expect(contents.problems).toMatchObject([{ kind: "malformed", what: "shlibs", where: "a 1" }]);
    const brief = contents.layer.elf.byPath["/usr/lib/liba.so.1"];
    expect(contents.elf.get(brief?.sha256 ?? "")).toMatchObject({ class: brief?.class });
    expect(contents.layer.shebangs.byPath["/usr/bin/a"]).toMatchObject({ line: "/bin/sh" });
  });

  it("gives the same from the cache, without the package being read", async () => {
    const cacheFolder = join(folder, "cache");
    const first = (await read(cacheFolder)).contents;
    const second = (await read(cacheFolder, unasked)).contents;
    expect({ ...second, layer: { ...second.layer }, elf: null }).toEqual({
      ...first,
      layer: { ...first.layer, entries: second.layer.entries },
      elf: null,
    });
    expect(new Set(second.layer.entries)).toEqual(new Set(first.layer.entries));
    const brief = second.layer.elf.byPath["/usr/lib/liba.so.1"];
    expect(second.elf.get(brief?.sha256 ?? "")).toMatchObject({ class: brief?.class });
  });

  it("takes a digest that was verified for what it says", async () => {
    const cacheFolder = join(folder, "cache");
    await read(cacheFolder);
    const known = { file: join(folder, "gone.deb"), name: "a 1", digest };
    expect(await readPackageFile(known, unasked, { cacheFolder })).toMatchObject({ ok: true });
  });

  it("reads again what is damaged in the cache", async () => {
    const cacheFolder = join(folder, "damaged");
    await read(cacheFolder);
    const headers = join(cacheFolder, "packages-1");
    for (const name of readdirSync(headers)) writeFileSync(join(headers, name), "x");
    expect((await read(cacheFolder)).contents.package.name).toBe("a");
    await expect(read(cacheFolder, unasked)).resolves.toMatchObject({ cacheProblem: null });
  });

  it("says why nothing could be kept", async () => {
    const notFolder = join(folder, "not-folder");
    writeFileSync(notFolder, "");
    const { contents, cacheProblem } = await read(notFolder);
    expect(contents.package.name).toBe("a");
    expect(cacheProblem).not.toBeNull();
  });
});

describe("readPackageFile() refuses", () => {
  const control = (text: string): Promise<Buffer> => makeTar([["control", text]]);
  const rows: readonly [string, () => Promise<Buffer | null>, object][] = [
    ["a file that is not there", () => Promise.resolve(null), { kind: "not-found" }],
    ["another file", () => Promise.resolve(Buffer.from("x")), { kind: "malformed", format: "ar" }],
    [
      "a control file without a package",
      async () =>
        packAr([
          ["debian-binary", Buffer.from("2.0\n")],
          ["control.tar", await control("Version: 1\n")],
          ["data.tar", await makeTar([])],
        ]),
      { kind: "malformed", format: "deb" },
    ],
    [
      "a control part that is no archive",
      async () =>
        packAr([
          ["debian-binary", Buffer.from("2.0\n")],
          ["control.tar.gz", Buffer.from("x")],
          ["data.tar", await makeTar([])],
        ]),
      { kind: "malformed", format: "gzip" },
    ],
  ];
  it.each(rows)("%s", async (name, make, failure) => {
    const path = join(folder, `${name}.deb`);
    const bytes = await make();
    if (bytes !== null) writeFileSync(path, bytes);
    const read = await readPackageFile({ file: path, name, digest: null }, debReader, {
      cacheFolder: null,
    });
    expect(read).toMatchObject({ ok: false, failure });
  });

  it("a data part that is cut is read as far as it goes, said, and not kept", async () => {
    const whole = readFileSync(file);
    const parts = packAr([
      ["debian-binary", Buffer.from("2.0\n")],
      ["control.tar", await control("Package: c\nVersion: 1\n")],
      ["data.tar.gz", Buffer.from(whole.subarray(0, 10))],
    ]);
    const path = join(folder, "cut.deb");
    writeFileSync(path, parts);
    const cacheFolder = join(folder, "cut-cache");
    const read = await readPackageFile({ file: path, name: "c", digest: null }, debReader, {
      cacheFolder,
    });
    const layer = read.ok ? read.value.contents.layer : null;
    expect(layer).toMatchObject({ diffId: null, entries: [], failures: [{ kind: "malformed" }] });
    expect(() => readdirSync(join(cacheFolder, "packages-1"))).toThrow(/ENOENT/);
  });

  it("when the signal fires", async () => {
    const read = await readPackageFile({ file, name: "a", digest: null }, debReader, {
      cacheFolder: null,
      signal: AbortSignal.abort(),
    });
    expect(read).toMatchObject({ ok: false, failure: { kind: "cancelled" } });
  });
});
