import { readdirSync } from "node:fs";
import { join } from "node:path";
import { openElfLines, type ElfLineStore } from "../elf-lines.ts";
import type { ElfStore } from "../layer-facts.ts";
import { readCacheFile, removeAbandoned, writeCacheFile } from "./cache-file.ts";

/**
 * Whole ELF facts in packs, one per layer that brought new ones: `NAME.lines` holds ElfLines, `NAME.index` the
 * sha256 of each, one a line, so that what is known already can be found without reading every pack.
 */
export class ElfPacks implements ElfStore {
  readonly #folder: string;
  readonly #packs = new Map<string, ElfLineStore | null>();
  #packBySha256: Map<string, string> | null = null;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** One pack; null when it is absent or damaged. */
  open(name: string): ElfLineStore | null {
    const known = this.#packs.get(name);
    if (known !== undefined) return known;
    const bytes = readCacheFile(join(this.#folder, `${name}.lines`));
    const pack = bytes === null ? null : openElfLines(bytes);
    this.#packs.set(name, pack);
    return pack;
  }

  /** Asks all packs of the cache. */
  get(sha256: string): ReturnType<ElfStore["get"]> {
    const name = this.#index().get(sha256);
    return name === undefined ? null : (this.open(name)?.get(sha256) ?? null);
  }

  /** The pack that holds the facts of a file; null when none does. */
  find(sha256: string): string | null {
    const name = this.#index().get(sha256);
    return name !== undefined && this.open(name) !== null ? name : null;
  }

  /** Throws the system's errors. */
  write(name: string, lines: Uint8Array): void {
    const store = openElfLines(lines);
    removeAbandoned(this.#folder, Date.now());
    writeCacheFile(join(this.#folder, `${name}.lines`), lines);
    writeCacheFile(join(this.#folder, `${name}.index`), Buffer.from(store.sha256s.join("\n")));
    this.#packs.set(name, store);
    for (const sha256 of store.sha256s) this.#packBySha256?.set(sha256, name);
  }

  #index(): Map<string, string> {
    if (this.#packBySha256 !== null) return this.#packBySha256;
    const index = new Map<string, string>();
    for (const name of listNames(this.#folder)) {
      const bytes = readCacheFile(join(this.#folder, `${name}.index`));
      if (bytes === null) continue;
      for (const sha256 of Buffer.from(bytes).toString("latin1").split("\n")) {
        index.set(sha256, name);
      }
    }
    this.#packBySha256 = index;
    return index;
  }
}

/** Sorted, so that of two packs with the same file always the same is taken. */
function listNames(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".index") && !name.startsWith("."))
      .map((name) => name.slice(0, -".index".length))
      .sort();
  } catch {
    return [];
  }
}
