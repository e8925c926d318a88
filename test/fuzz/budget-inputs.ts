import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { Tag } from "../../src/formats/elf/dynamic.ts";
import { parseElf } from "../../src/formats/elf/parse-elf.ts";
import { bodyAt, tinyElf, words } from "../../src/formats/elf/testdata/tiny-elf.ts";
import { FormatError } from "../../src/formats/format-error.ts";
import { toFailure } from "../../src/formats/over-limit-error.ts";
import { fromBytes } from "../../src/formats/random-access.ts";
import { detectCompression } from "../../src/formats/compression.ts";
import type { BlobLayer } from "../../src/image/image.ts";
import type { LayerFacts } from "../../src/image/layer-facts.ts";
import { readLayer } from "../../src/image/read-layer.ts";
import { sectionNames } from "../../src/image/readers/section-names.ts";
import { openImages } from "../../src/image/sources/open-images.ts";
import { withBudgets, type Budgets } from "../../src/model/budgets.ts";
import type { Failure } from "../../src/model/failure.ts";
import { MadeLayout, makeTar, type MadeEntry } from "../made-images.ts";
import { makeHeader, padded, paxRecord } from "./tar-bytes.ts";

/** Where inputs are put; removed after the tests of the file that imports this. */
const folder = mkdtempSync(join(tmpdir(), "fromage-budgets-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

/** A file of these bytes; its path. */
export function store(bytes: Uint8Array): string {
  const file = join(folder, `file-${files++}`);
  writeFileSync(file, bytes);
  return file;
}

/** A layer of these bytes, compressed or not. */
export function layerOf(bytes: Uint8Array): BlobLayer {
  const [file, lengthBytes] = [store(bytes), bytes.byteLength];
  const compression = detectCompression(bytes);
  const unsaid = { digest: null, diffId: null, mediaType: null };
  return { kind: "blob", file, offsetBytes: 0, lengthBytes, compression, ...unsaid };
}

/** All that a layer says went wrong, its sections and package databases with it. */
function failuresOf(facts: LayerFacts): readonly object[] {
  const problems = Object.values(facts.packages.byPath).flatMap((fact) => fact.problems);
  return [...facts.failures, ...sectionNames.flatMap((name) => facts[name].failures), ...problems];
}

/** Failures and problems, of whatever kind. */
export type Found = Promise<readonly object[]>;

/** What is wrong with a layer. */
export async function ofLayer(bytes: Uint8Array, budgets: Partial<Budgets>): Found {
  const result = await readLayer(layerOf(bytes), { budgets });
  return result.ok ? failuresOf(result.value.facts) : [result.failure];
}

/** The same of a layer with these files. */
export const ofFiles = async (entries: readonly MadeEntry[], budgets: Partial<Budgets>): Found =>
  ofLayer(await makeTar(entries), budgets);

/** Why a reference is not opened; none when it is. */
export async function ofImage(reference: string, budgets: Partial<Budgets>): Found {
  const temporaryFolder = join(folder, "temporary");
  const opened = await openImages(reference, {
    cwd: folder,
    platforms: [],
    temporaryFolder,
    budgets,
  });
  return opened.ok ? [] : [opened.failure];
}

/** The same of an OCI folder. */
export async function ofLayout(
  make: (layout: MadeLayout) => readonly unknown[],
  budgets: Partial<Budgets>,
): Found {
  const layout = new MadeLayout();
  const at = join(folder, `layout-${files++}`);
  mkdirSync(at);
  layout.finish(make(layout)).writeTo(at);
  return ofImage(`oci:${at}`, budgets);
}

/** A manifest with one layer. */
export const oneImage = (layout: MadeLayout): readonly unknown[] => [
  layout.image({ tars: [Buffer.alloc(1024)] }),
];

/** Why an ELF file is not taken; none when it is. */
export function ofElf(bytes: Uint8Array, budgets: Partial<Budgets>): readonly Failure[] {
  try {
    parseElf(fromBytes(bytes), withBudgets(budgets));
    return [];
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return [toFailure(error, "file", null)];
  }
}

const shape = { is64: true, isLittle: true };

/** A library with these dynamic entries and a table behind them. */
export function library(entries: readonly number[], table: Buffer): Buffer {
  const dynamic = words(shape, [...entries, 0, 0]);
  const body = Buffer.concat([dynamic, Buffer.alloc(0x200 - dynamic.byteLength), table]);
  const segments = [{ type: 2, offsetBytes: bodyAt, sizeBytes: dynamic.byteLength }];
  return tinyElf({ ...shape, type: 3, body, segments });
}

/** Where the table of `library` stands. */
export const tableAt = bodyAt + 0x200;
/** The entries for a string table there. */
export const strings = [Tag.strings, tableAt, Tag.stringBytes, 64];
/** One name of 40 characters at offset 1, and room for other tables. */
export const texts = Buffer.from(`\0${"n".repeat(40)}\0`.padEnd(512, "\0"), "latin1");

/** Two libraries of one name of 400 characters each. */
export function loaderCache(): Buffer {
  const text = Buffer.from(`${"a".repeat(400)}\0`);
  const bytes = Buffer.alloc(48 + 4 * 24);
  bytes.write("glibc-ld.so.cache1.1", 0, "latin1");
  bytes.writeUInt32LE(4, 20);
  for (let at = 48; at < bytes.byteLength; at += 24) {
    bytes.writeUInt32LE(bytes.byteLength, at + 4);
    bytes.writeUInt32LE(bytes.byteLength, at + 8);
  }
  return Buffer.concat([bytes, text]);
}

const member = (name: string, bytes: Uint8Array, typeFlag = "0"): Buffer =>
  Buffer.concat([makeHeader({ name, typeFlag, sizeBytes: bytes.byteLength }), padded(bytes)]);

/** One sparse file of so many pieces. */
export function sparseArchive(pieces: number): Buffer {
  const map = Array.from({ length: pieces }, (_, at) => `${at * 2},1`).join(",");
  const pax = Buffer.concat([
    paxRecord("GNU.sparse.map", map),
    paxRecord("GNU.sparse.size", String(pieces * 2)),
  ]);
  const content = Buffer.alloc(pieces);
  return Buffer.concat([member("pax", pax, "x"), member("a", content), Buffer.alloc(1024)]);
}

const installed = "P:a\nV:1\nF:usr\nR:one\nR:two\n\nP:b\nV:1\n\nP:c\nV:1\n";
/** Three packages, the first with two files. */
export const apk: readonly MadeEntry[] = [["lib/apk/db/installed", installed]];
/** One account. */
export const passwd: readonly MadeEntry[] = [["etc/passwd", "root:x:0:0::/:/bin/sh\n"]];

/** A program whose one PT_LOAD of constants is searched: 5 MiB, more than is free. */
export function readManyTimes(): Buffer {
  return tinyElf({ ...shape, type: 2, body: Buffer.alloc(5 * 1024 * 1024) });
}
