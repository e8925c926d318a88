import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { openElfLines, type ElfLineStore } from "../elf-lines.ts";
import type { ElfStore } from "../layer-facts.ts";
import { readCacheFile, removeAbandoned, writeCacheFile } from "./cache-file.ts";
import { isElfFacts } from "./elf-shape.ts";
import { markEveryMs, markUsed } from "./use-mark.ts";

/**
 * Whole ELF facts in packs, one per layer that brought new ones: `NAME.lines` holds ElfLines, `NAME.index` the
 * sha256 of each, one a line, so that what is known already can be found without reading every pack.
 */
export class ElfPacks implements ElfStore {
  readonly #folder: string;
  readonly #packs = new Map<string, ElfLineStore | null>();
  readonly #packBySha256 = new Map<string, string>();
  readonly #listed = new Set<string>();
  /** By this process: they need not be read to know that they are sound. */
  readonly #written = new Set<string>();
  /** Of the folder when it was listed; 0 before and where there is no folder. */
  #listedAtMs = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** One pack; null when it is absent or damaged. */
  open(name: string): ElfLineStore | null {
    const known = this.#packs.get(name);
    if (known !== undefined) return known;
    const file = join(this.#folder, `${name}.lines`);
    const bytes = readCacheFile(file);
    // Exact, so that none is removed that another thread or process has counted on just now.
    if (bytes !== null) markUsed(file, Date.now(), markEveryMs.minute);
    const pack = bytes === null ? null : openElfLines(bytes, isElfFacts);
    this.#packs.set(name, pack);
    return pack;
  }

  /** Asks all packs of the cache, those too that another thread or process wrote meanwhile. */
  get(sha256: string): ReturnType<ElfStore["get"]> {
    if (!this.#packBySha256.has(sha256) && this.#isChanged()) this.#list();
    const name = this.#packBySha256.get(sha256);
    return name === undefined ? null : (this.open(name)?.get(sha256) ?? null);
  }

  /** The pack that holds the facts of a file; null when none does. */
  find(sha256: string): string | null {
    const known = this.#soundPack(sha256);
    if (known !== null) return known;
    this.#list();
    return this.#soundPack(sha256);
  }

  #soundPack(sha256: string): string | null {
    const name = this.#packBySha256.get(sha256);
    if (name === undefined) return null;
    return this.#written.has(name) || this.open(name) !== null ? name : null;
  }

  /** Throws the system's errors. */
  write(name: string, lines: Uint8Array): void {
    const { sha256s } = openElfLines(lines);
    removeAbandoned(this.#folder, Date.now());
    writeCacheFile(join(this.#folder, `${name}.lines`), lines);
    writeCacheFile(join(this.#folder, `${name}.index`), Buffer.from(sha256s.join("\n")));
    // It is not held: who has just read the layer has its lines.
    this.#packs.delete(name);
    this.#written.add(name);
    this.#listed.add(name);
    for (const sha256 of sha256s) this.#packBySha256.set(sha256, name);
  }

  #isChanged(): boolean {
    return timeOf(this.#folder) !== this.#listedAtMs;
  }

  /** Takes in the packs that are not known yet. */
  #list(): void {
    // Before the list: what comes in between is seen the next time.
    this.#listedAtMs = timeOf(this.#folder);
    for (const name of listNames(this.#folder)) {
      if (this.#listed.has(name)) continue;
      this.#listed.add(name);
      const bytes = readCacheFile(join(this.#folder, `${name}.index`));
      if (bytes === null) continue;
      for (const sha256 of Buffer.from(bytes).toString("latin1").split("\n")) {
        const before = this.#packBySha256.get(sha256);
        const isNew = before === undefined || this.#packs.get(before) === null;
        if (isNew) this.#packBySha256.set(sha256, name);
      }
    }
  }
}

/** Last change of a folder, 0 where there is none. */
function timeOf(folder: string): number {
  try {
    // Asked for every file that is not known: an error thrown for a folder that is not there yet is not cheap.
    return statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  } catch {
    return 0;
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
