import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc, { type Arbitrary } from "fast-check";
import { detectCompression } from "../../../src/formats/compression.ts";
import { openElfLines, joinElfStores } from "../../../src/image/elf-lines.ts";
import type { BlobLayer } from "../../../src/image/image.ts";
import type { LayerFacts } from "../../../src/image/layer-facts.ts";
import type { LayerReading } from "../../../src/image/layer-context.ts";
import { parseLayerFacts, serialiseLayerFacts } from "../../../src/image/layer-record.ts";
import { mergeLayers, type MergedRootfs } from "../../../src/image/merge.ts";
import { placeOver } from "../../../src/image/place-over.ts";
import { readLayer } from "../../../src/image/read-layer.ts";
import { takePaths } from "../../../src/image/take-paths.ts";
import type { Failure } from "../../../src/model/failure.ts";
import { makeElf } from "../../made-images.ts";
import type { Family } from "../family.ts";
import { MemoryUnpacking } from "../memory-unpacking.ts";
import { makeHeader, padded, repairChecksums } from "../tar-bytes.ts";
import { tarBytes } from "./tar.ts";
import { pathName } from "./words.ts";

/** Names that lie over each other, and those that readers look for. */
const name = fc.oneof(
  fc.constantFrom("a", "a/b", "a/b/c", "lib", "lib/x", "usr/lib/x", "a/.wh.b", ".wh.a", "a/.wh.c"),
  fc.constantFrom("a/.wh..wh..opq", "lib/.wh..wh..opq", ".wh..wh..opq", ".wh..wh.aufs"),
  fc.constantFrom("etc/passwd", "etc/os-release", "etc/ld.so.cache", "lib/apk/db/installed"),
  fc.constantFrom("var/lib/dpkg/status", "var/lib/dpkg/info/a.list", "var/lib/rpm/rpmdb.sqlite"),
  pathName,
);
const content = fc.oneof(
  fc.nat({ max: 3 }).map(makeElf),
  fc
    .constantFrom("P:a\nV:1\n\n", "Package: a\nVersion: 1\n", "ID=x\n", "#!/bin/sh\n", "")
    .map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 300 }),
);
const member = fc
  .tuple(name, fc.constantFrom(...Array.from("00000555221")), content, name)
  .map(([path, typeFlag, bytes, target]) => {
    const stored = typeFlag === "0" ? bytes : new Uint8Array(0);
    const linkName = typeFlag === "2" && target.length % 2 === 0 ? `/${target}` : target;
    const header = { name: path, typeFlag, sizeBytes: stored.byteLength, linkName };
    return Buffer.concat([makeHeader(header), padded(stored)]);
  });
const madeLayer = fc
  .oneof(
    { weight: 40, arbitrary: fc.array(member, { maxLength: 4 }) },
    { weight: 1, arbitrary: fc.array(member, { maxLength: 24 }) },
  )
  .map((members) => Buffer.concat([...members, Buffer.alloc(1024)]));

/** Lengths before each, so that a changed stack still has layers. */
export function packLayers(layers: readonly Uint8Array[]): Buffer {
  const parts = layers.map((layer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(layer.byteLength);
    return Buffer.concat([length, layer]);
  });
  return Buffer.concat(parts);
}

function unpackLayers(input: Uint8Array): readonly Uint8Array[] {
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
  const layers: Uint8Array[] = [];
  for (let at = 0; at + 4 <= bytes.byteLength && layers.length < 8;) {
    const end = at + 4 + bytes.readUInt32BE(at);
    layers.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return layers;
}

/** Headers stand behind a length here: they are set right layer by layer. */
function repairLayers(input: Buffer): Buffer {
  return packLayers(unpackLayers(input).map((layer) => repairChecksums(Buffer.from(layer))));
}

const made: Arbitrary<Uint8Array> = fc
  .array(fc.oneof({ weight: 9, arbitrary: madeLayer }, { weight: 1, arbitrary: tarBytes }), {
    minLength: 1,
    maxLength: 4,
  })
  .map(packLayers);

let folder: string | null = null;

function placeFor(index: number): string {
  if (folder === null) {
    const made = mkdtempSync(join(tmpdir(), "fromage-fuzz-layers-"));
    folder = made;
    process.on("exit", () => rmSync(made, { recursive: true, force: true }));
  }
  return join(folder, String(index));
}

async function read(input: Uint8Array): Promise<unknown> {
  const readings: LayerReading[] = [];
  const failures: Failure[] = [];
  // Files cost more than all that is made of them.
  const isByFile = input.byteLength % 200 === 7;
  for (const [index, bytes] of unpackLayers(input).entries()) {
    const where = `layer ${index}`;
    const result = isByFile
      ? await readLayer(storeLayer(bytes, index), { where })
      : await readLayer(blobOf(where, bytes), { where, unpacking: inMemory(bytes) });
    if (result.ok) readings.push(result.value);
    else failures.push({ ...result.failure, what: "" });
  }
  const facts = readings.map((reading) => reading.facts);
  for (const one of facts) checkStored(one);
  const elf = joinElfStores(readings.map(({ elfLines }) => openElfLines(elfLines)));
  const rootfs = mergeLayers(facts, elf);
  const paths = [...rootfs.paths()];
  for (const path of paths) lookAt(rootfs, path);
  const [first] = facts;
  const over = first === undefined ? rootfs : placeOver(rootfs, first, elf);
  const places = paths.map((from) => ({ from, to: `/x${from}` }));
  const again = mergeLayers([takePaths(rootfs, places)], elf);
  return {
    paths,
    links: paths.map((path) => rootfs.resolve(path).kind),
    failures: [...failures, ...facts.flatMap((one) => one.failures), ...rootfs.failures],
    over: [...over.paths()].length,
    again: [...again.paths()].length,
  };
}

function storeLayer(bytes: Uint8Array, index: number): BlobLayer {
  const file = placeFor(index);
  writeFileSync(file, bytes);
  return blobOf(file, bytes);
}

function blobOf(file: string, bytes: Uint8Array): BlobLayer {
  const [lengthBytes, compression] = [bytes.byteLength, detectCompression(bytes)];
  const unsaid = { digest: null, diffId: null, mediaType: null };
  return { kind: "blob", file, offsetBytes: 0, lengthBytes, compression, ...unsaid };
}

function inMemory(bytes: Uint8Array): MemoryUnpacking {
  return new MemoryUnpacking(bytes, detectCompression(bytes));
}

function checkStored(facts: LayerFacts): void {
  const text = serialiseLayerFacts(facts);
  if (serialiseLayerFacts(parseLayerFacts(text)) !== text) {
    throw new TypeError("a layer is not the same after it was stored");
  }
}

/** A path of the merged root is real, leads to itself or along links inside the root. */
function lookAt(rootfs: MergedRootfs, path: string): void {
  const node = rootfs.lookup(path);
  if (node === null) throw new TypeError(`${path} is listed and not there`);
  if (path.split("/").includes("..")) throw new TypeError(`${path} leads out of the root`);
  const resolved = rootfs.resolve(path);
  if (resolved.kind === "found" && resolved.path.split("/").includes("..")) {
    throw new TypeError(`${path} resolves to ${resolved.path}`);
  }
  rootfs.elf(path);
  rootfs.elfFailure(path);
  rootfs.shebang(path);
  rootfs.text(path);
  rootfs.loaderCache(path);
  rootfs.packageFact(path);
  rootfs.packageProblem(path);
  rootfs.names(path);
}

/** Whole stacks of layers: read, stored, merged, looked at, laid over each other. */
export const layers: Family = {
  name: "layers",
  made,
  usualBytes: 8192,
  repair: repairLayers,
  read,
  maxOutput: (inputBytes) => 256 * 1024 + 400 * inputBytes,
};
