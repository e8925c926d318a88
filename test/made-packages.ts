import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { openElfLines } from "../src/image/elf-lines.ts";
import { mergeLayers, type MergedRootfs } from "../src/image/merge.ts";
import { readLayer } from "../src/image/read-layer.ts";
import { debReader } from "../src/repositories/contents/deb.ts";
import type { PackageContents } from "../src/repositories/contents/package-contents.ts";
import { readPackageFile } from "../src/repositories/contents/read-package-file.ts";
import { makeTar, type MadeEntry } from "./made-images.ts";
import { packAr } from "./pack-ar.ts";

/** A package that is made for a test. */
export interface MadePackage {
  readonly name: string;
  /** Without a slash at the front, see MadeEntry. */
  readonly files: readonly MadeEntry[];
  /** Further files of the control part by name: `postinst`, `triggers` … */
  readonly control?: Readonly<Record<string, string>>;
  /** Further lines of the control file. */
  readonly fields?: string;
}

/** The bytes of a .deb. */
export async function makeDeb({
  name,
  files,
  control = {},
  fields = "",
}: MadePackage): Promise<Buffer> {
  const text = `Package: ${name}\nVersion: 1\nArchitecture: amd64\n${fields}`;
  const controlTar = await makeTar(Object.entries({ control: text, ...control }));
  return packAr([
    ["debian-binary", Buffer.from("2.0\n")],
    ["control.tar", controlTar],
    ["data.tar", await makeTar(files)],
  ]);
}

/** A temporary folder that goes after the tests of the file that asks for it. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "fromage-packages-"));
  // A whole system may be in it, on a disk that others use too.
  afterAll(() => rmSync(folder, { recursive: true, force: true }), 120_000);
  return folder;
}

/** Made, written to the folder and read. */
export async function madeContents(folder: string, made: MadePackage): Promise<PackageContents> {
  const file = join(folder, `${made.name}.deb`);
  writeFileSync(file, await makeDeb(made));
  const read = await readPackageFile({ file, name: made.name, digest: null }, debReader, {
    cacheFolder: null,
  });
  if (!read.ok) throw new Error(JSON.stringify(read.failure));
  return read.value.contents;
}

/** A root of one layer with these entries, read as layers are. */
export async function madeRoot(
  folder: string,
  entries: readonly MadeEntry[],
): Promise<MergedRootfs> {
  const file = join(folder, "root.tar");
  const bytes = await makeTar(entries);
  writeFileSync(file, bytes);
  const unsaid = { digest: null, diffId: null, mediaType: null, compression: "none" } as const;
  const range = { file, offsetBytes: 0, lengthBytes: bytes.byteLength };
  const read = await readLayer({ kind: "blob", ...range, ...unsaid });
  if (!read.ok) throw new Error(JSON.stringify(read.failure));
  return mergeLayers([read.value.facts], openElfLines(read.value.elfLines));
}
