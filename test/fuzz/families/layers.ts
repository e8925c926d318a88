import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc, { type Arbitrary } from "fast-check";
import { isCoreFile, isElfFile, sectionShapes } from "../../../src/image/cache/layer-shapes.ts";
import { openElfLines, joinElfStores } from "../../../src/image/elf-lines.ts";
import type { BlobLayer } from "../../../src/image/image.ts";
import type { LayerFacts } from "../../../src/image/layer-facts.ts";
import type { LayerReading } from "../../../src/image/layer-context.ts";
import { parseLayerFacts, serialiseLayerFacts } from "../../../src/image/layer-record.ts";
import { mergeLayers, type MergedRootfs } from "../../../src/image/merge.ts";
import { placeOver } from "../../../src/image/place-over.ts";
import { readLayer } from "../../../src/image/read-layer.ts";
import { isJsonObject, type JsonObject } from "../../../src/image/sources/json.ts";
import { takePaths } from "../../../src/image/take-paths.ts";
import type { Failure } from "../../../src/model/failure.ts";
import type { Family } from "../family.ts";
import { packLayers, unpackLayers } from "../layer-stack.ts";
import { blobOf, inMemory } from "../memory-unpacking.ts";
import { repairChecksums } from "../tar-bytes.ts";
import { madeLayer } from "./made-layer.ts";
import { tarBytes } from "./tar.ts";

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

function checkStored(facts: LayerFacts): void {
  const text = serialiseLayerFacts(facts);
  const stored: unknown = JSON.parse(text);
  if (isJsonObject(stored)) checkShapes(stored);
  if (serialiseLayerFacts(parseLayerFacts(text)) !== text) {
    throw new TypeError("a layer is not the same after it was stored");
  }
}

/** The cache takes what it wrote itself. */
function checkShapes({ core, elf, ...sections }: JsonObject): void {
  const verifiedAt = new Date(0).toISOString();
  const wrong = [
    isCoreFile({ core, verifiedAt }) ? null : "core",
    isElfFile({ section: elf, packs: [] }) ? null : "elf",
    ...Object.entries(sectionShapes).map(([name, shape]) => (shape(sections[name]) ? null : name)),
  ];
  // Failures of other kinds are not kept.
  const said = JSON.stringify({ core, elf, sections });
  if (/"kind":"(?:not-found|denied|unreachable|cancelled)"/.test(said)) return;
  const first = wrong.find((name) => name !== null);
  if (first !== undefined) throw new TypeError(`the cache does not take its own ${first}`);
}

/** A path of the merged root is real, leads to itself or along links inside the root. */
export function lookAt(rootfs: MergedRootfs, path: string): void {
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
