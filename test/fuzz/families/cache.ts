import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import fc, { type Arbitrary } from "fast-check";
import { takePayload } from "../../../src/image/cache/cache-file.ts";
import { DocumentCache } from "../../../src/image/cache/document-cache.ts";
import { FactsCache } from "../../../src/image/cache/facts-cache.ts";
import type { LayerFacts } from "../../../src/image/layer-facts.ts";
import { withSections } from "../../../src/image/layer-record.ts";
import { mergeLayers } from "../../../src/image/merge.ts";
import { readLayer } from "../../../src/image/read-layer.ts";
import { readers } from "../../../src/image/readers/list.ts";
import { sectionNames } from "../../../src/image/readers/section-names.ts";
import type { Digest } from "../../../src/model/digest.ts";
import type { Family } from "../family.ts";
import { packLayers, unpackLayers } from "../layer-stack.ts";
import { blobOf, inMemory } from "../memory-unpacking.ts";
import { lookAt } from "./layers.ts";
import { madeLayer } from "./made-layer.ts";

/** Every made layer is kept under this, so that all inputs are of the same files. */
const diffId: Digest = `sha256:${"a".repeat(64)}`;
const name = "docker.io/library/a:1";
const document = Buffer.from('{"schemaVersion":2}');
const documentDigest: Digest = `sha256:${createHash("sha256").update(document).digest("hex")}`;

// Where files are in memory, if there is such a folder.
const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "fromage-fuzz-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

/** Files of the cache by their paths, each with its sum. */
type Files = ReadonlyMap<string, Buffer>;

function withSum(payload: Uint8Array): Buffer {
  const sum = crc32(payload).toString(16).padStart(8, "0");
  return Buffer.concat([Buffer.from(`fromage-cache 1 ${sum} ${payload.byteLength}\n`), payload]);
}

/** What a cache wrote of a layer, as if it were another one; null where it keeps nothing of it. */
async function keep(layer: Buffer, index: number): Promise<Files | null> {
  const place = join(folder, "made", String(index));
  const reading = await readLayer(blobOf("layer", layer), { unpacking: inMemory(layer) });
  if (!reading.ok || reading.value.facts.diffId === null) return null;
  const hex = reading.value.facts.diffId.slice("sha256:".length);
  const cache = new FactsCache(place, readers, () => new Date(0));
  cache.store(reading.value);
  if (cache.load(reading.value.facts.diffId, "layer")?.stale.length !== 0) {
    throw new TypeError("what was stored is not there");
  }
  const documents = new DocumentCache(place, () => new Date(0));
  documents.storeName(name, { digest: diffId, mediaType: null });
  const found = readdirSync(place, { recursive: true, encoding: "utf8" });
  const paths = found.filter((path) => /\.(?:json|lines)$|\/[0-9a-f]{64}$/.test(path));
  const files = paths.toSorted().map((path) => {
    const payload = takePayload(readFileSync(join(place, path))) ?? Buffer.alloc(0);
    const text = Buffer.from(payload).toString().replaceAll(hex, "a".repeat(64));
    // Two layers may have ELF files with one sum each: all have it under one name.
    const [from, to] = [/a{64}-[0-9a-f]{8}/g, `${"a".repeat(64)}-00000000`];
    const own = path.replaceAll(hex, "a".repeat(64)).replace(from, to);
    return [own, withSum(Buffer.from(text.replaceAll(from, to)))] as const;
  });
  return new Map(files);
}

const layers = fc.sample(madeLayer, { numRuns: 60, seed: 4 });
const kept = (await Promise.all(layers.map(keep))).filter((files) => files !== null);
/** Sorted; a layer without ELF files has no pack. */
const paths = [...new Set(kept.flatMap((files) => [...files.keys()]))].toSorted();

const made: Arbitrary<Uint8Array> = fc
  .constantFrom(...kept)
  .map((files) => packLayers(paths.map((path) => files.get(path) ?? Buffer.alloc(0))));

/** Sums are right again, so that what stands behind them is read. */
function repairSums(input: Buffer): Buffer {
  const parts = unpackLayers(input, paths.length).map((part) => {
    const end = part.indexOf(0x0a);
    return end < 0 ? part : withSum(part.subarray(end + 1));
  });
  return packLayers(parts);
}

const none = { revision: 1, byPath: {}, failures: [] };
const noSections = {
  elf: none,
  shebangs: none,
  texts: none,
  loaderCaches: none,
  packages: none,
} satisfies Partial<LayerFacts>;

function read(input: Uint8Array): unknown {
  const place = join(folder, "read");
  const parts = unpackLayers(input, paths.length);
  const damaged = new Set<string>();
  for (const [index, path] of paths.entries()) {
    const bytes = Buffer.from(parts[index] ?? Buffer.alloc(0));
    if (takePayload(bytes) === null) damaged.add(path.split("/").at(-1)?.split("-")[0] ?? "");
    write(join(place, path), bytes);
  }
  const documents = new DocumentCache(place);
  write(join(place, "documents-1", documentDigest.replace(":", "-")), parts[0] ?? document);
  const said = documents.load(documentDigest);
  if (said !== null && !document.equals(said)) throw new TypeError("another document was loaded");
  const resolved = documents.loadName(name);
  const cached = new FactsCache(place, readers).load(diffId, "layer");
  if (cached === null) return { resolved };
  if (damaged.has("core.json")) throw new TypeError("a damaged layer was loaded");
  const isWrong = sectionNames.some((one) => damaged.has(one) && !cached.stale.includes(one));
  if (isWrong) throw new TypeError("a damaged section was loaded");
  const facts = withSections(cached.core, { ...noSections, ...cached.sections });
  const rootfs = mergeLayers([facts], cached.elf);
  const found = [...rootfs.paths()];
  for (const path of found) lookAt(rootfs, path);
  return { resolved, facts, found: found.length, stale: cached.stale };
}

const folders = new Set<string>();
/** What stands in each file: most parts of an input are those of the one before. */
const written = new Map<string, Buffer>();

function write(path: string, bytes: Uint8Array): void {
  if (written.get(path)?.equals(bytes) === true) return;
  written.set(path, Buffer.from(bytes));
  if (!folders.has(dirname(path))) mkdirSync(dirname(path), { recursive: true });
  folders.add(dirname(path));
  writeFileSync(path, bytes);
}

/** Files of the cache, damaged or made up: nothing throws, and what has no right sum is absent. */
export const cache: Family = {
  name: "cache",
  made,
  repair: repairSums,
  read,
  maxOutput: (inputBytes) => 64 * 1024 + 60 * inputBytes,
};
