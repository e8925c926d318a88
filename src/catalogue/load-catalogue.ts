import { createHash } from "node:crypto";
import { zstdDecompressSync } from "node:zlib";
import { openElfLines, joinElfStores } from "../image/elf-lines.ts";
import type { ElfStore, LayerFacts } from "../image/layer-facts.ts";
import { parseLayerFacts } from "../image/layer-record.ts";
import type { Digest } from "../model/digest.ts";
import { failed, success, type Result } from "../model/failure.ts";
import {
  compareChains,
  noSuchBase,
  type Catalogue,
  type FoundBase,
  type OpenBase,
} from "./catalogue.ts";
import { indexName, maxIndexBytes, parseIndex, type IndexedBase } from "./catalogue-index.ts";
import type { CatalogueFiles } from "./catalogue-files.ts";

/** Compressed and inflated bytes of one file with facts: an image of 300,000 files has about 60 MB of them. */
const maxStoredBytes = 256 * 1024 * 1024;
const maxInflatedBytes = 512 * 1024 * 1024;

/**
 * Opens a catalogue that `packCatalogue` made. Reads the index only. Fails when it is not there (`not-found`), not
 * what was written (`malformed`) or of other revisions (`unsupported`).
 */
export function loadCatalogue(files: CatalogueFiles): Result<Catalogue> {
  const bytes = files.read(indexName, maxIndexBytes);
  if (!bytes.ok) return bytes;
  const index = parseIndex(Buffer.from(bytes.value).toString("utf8"), files.name);
  if (!index.ok) return index;
  const entries = index.value;
  const bases = entries.map(({ info }) => info);
  const stores = new Map<string, Result<ElfStore>>();
  const openElf = (name: string): Result<ElfStore> => {
    const known = stores.get(name);
    if (known !== undefined) return known;
    const opened = readFacts(files, name, openElfLines);
    stores.set(name, opened);
    return opened;
  };
  return success({
    bases,
    // A catalogue may lie elsewhere one day: nobody is to rely on an answer at once.
    open(id, platform) {
      const entry = entries.find(({ info }) => info.id === id && info.platform === platform);
      const opened =
        entry === undefined
          ? failed(noSuchBase(bases, id, platform))
          : openBase(entry, files, openElf);
      return Promise.resolve(opened);
    },
    findByDiffIds: (diffIds) => findChains(entries, diffIds)[0] ?? null,
    findAllByDiffIds: (diffIds) => findChains(entries, diffIds),
  });
}

function openBase(
  { info, config, layers, elf }: IndexedBase,
  files: CatalogueFiles,
  openElf: (name: string) => Result<ElfStore>,
): Result<OpenBase> {
  const facts: LayerFacts[] = [];
  for (const name of layers) {
    const layer = readFacts(files, name, (bytes) => parseLayerFacts(bytes.toString("utf8")));
    if (!layer.ok) return layer;
    facts.push(layer.value);
  }
  const stores: ElfStore[] = [];
  for (const name of elf) {
    const store = openElf(name);
    if (!store.ok) return store;
    stores.push(store.value);
  }
  return success({ info, config, layers: facts, elf: joinElfStores(stores) });
}

/** Reads, checks and inflates one file; its name is the sum of its bytes. */
function readFacts<Facts>(
  files: CatalogueFiles,
  name: string,
  parse: (bytes: Buffer) => Facts,
): Result<Facts> {
  const stored = files.read(name, maxStoredBytes);
  if (!stored.ok) return stored;
  const sha256 = createHash("sha256").update(stored.value).digest("hex");
  const damaged = (reason: string): Result<Facts> =>
    failed({
      kind: "malformed",
      what: name,
      where: files.name,
      format: "catalogue",
      reason,
      offsetBytes: null,
    });
  if (name !== `facts/${sha256}.zst`) return damaged(`its sum is ${sha256}`);
  try {
    return success(parse(zstdDecompressSync(stored.value, { maxOutputLength: maxInflatedBytes })));
  } catch (error) {
    // The sum was right, so these bytes were written so: by something else, or under another revision.
    if (error instanceof SyntaxError || isInflateError(error)) return damaged(error.message);
    throw error;
  }
}

function isInflateError(error: unknown): error is Error {
  if (!(error instanceof Error) || !("code" in error)) return false;
  return /^(?:ZSTD_|Z_|ERR_BUFFER_TOO_LARGE)/.test(String(error.code));
}

/** An image without layers is at the bottom of everything and tells nothing. */
function findChains(
  entries: readonly IndexedBase[],
  diffIds: readonly Digest[],
): readonly FoundBase[] {
  const chains = entries.filter(
    ({ config }) =>
      config.diffIds.length > 0 &&
      config.diffIds.every((diffId, index) => diffIds[index] === diffId),
  );
  return chains
    .map(({ info, config }) => ({
      id: info.id,
      platform: info.platform,
      layers: config.diffIds.length,
    }))
    .toSorted(compareChains);
}
