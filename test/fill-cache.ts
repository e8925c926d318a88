import { readFileSync } from "node:fs";
import { sha256 } from "./made-images.ts";
import type { Layer } from "../src/image/image.ts";
import { readLayers } from "../src/image/read-layers.ts";
import { readers } from "../src/image/readers/list.ts";
import { FactsCache } from "../src/image/cache/facts-cache.ts";

/** Reads layers, given as tar files, through the cache in a folder; a process of its own for tests of several at once. */
const [folder = "", ...files] = process.argv.slice(2);
const layers = files.map((file): Layer => {
  const bytes = readFileSync(file);
  const [digest, lengthBytes] = [sha256(bytes), bytes.byteLength];
  const range = { kind: "blob", file, offsetBytes: 0, lengthBytes } as const;
  return { ...range, compression: "none", digest, diffId: digest, mediaType: null };
});
const cache = new FactsCache(folder, readers);
const results = await readLayers(layers, { cache, parallel: 1 });
const isWell = results.every((result) => result.ok) && cache.problem === null;
process.exitCode = isWell ? 0 : 1;
