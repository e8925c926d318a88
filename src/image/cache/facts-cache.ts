import { dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import type { Digest } from "../../model/digest.ts";
import type { Failure } from "../../model/failure.ts";
import { joinElfStores } from "../elf-lines.ts";
import type { ElfStore, LayerFacts } from "../layer-facts.ts";
import { fromCoreRecord, toCoreRecord, type LayerCore } from "../layer-record.ts";
import type { Revised } from "../readers/revisions.ts";
import { sectionNames, type SectionName } from "../readers/section-names.ts";
import type { SectionFacts } from "../sections.ts";
import { systemFailure } from "../system-failure.ts";
import { parseJson, readCacheFile, removeAbandoned, writeCacheFile } from "./cache-file.ts";
import { folderName } from "./cache-folders.ts";
import { ElfPacks } from "./elf-packs.ts";
import {
  isCoreFile,
  isElfFile,
  sectionShapes,
  type CoreFile,
  type ElfFile,
} from "./layer-shapes.ts";
import { revisionsOf } from "./section-revisions.ts";
import type { Guard } from "./shapes.ts";
import { markEveryMs, markUsed } from "./use-mark.ts";

/** What the cache has of a layer. */
export interface CachedLayer {
  readonly core: LayerCore;
  /** Those that are wanted and there in the readers' present revision. */
  readonly sections: Partial<SectionFacts>;
  /** Those that are wanted and not there: only they have to be read again. In the order of `sectionNames`. */
  readonly stale: readonly SectionName[];
  readonly elf: ElfStore;
  /** When its digest and diffId were verified, ISO 8601. */
  readonly verifiedAt: string;
}

/**
 * Facts of layers in a folder that several processes may share:
 *
 *     facts-1/layers/<diffId>/core.json               entries, sizes, failures
 *     facts-1/layers/<diffId>/elf-<revision>.json     one file per section and revision
 *     facts-1/elf-<revision>/<diffId>-<sum>.lines     whole ELF facts, each content once
 *
 * When a layer was last used, to the day, is the modification time of its core.json. A file that is damaged counts as
 * absent and is written anew. Nothing here fails: a folder that cannot be read
 * is empty, and the first write that fails is kept in `problem`, after which nothing more is written.
 */
export class FactsCache {
  readonly #folder: string;
  readonly #revisions: Readonly<Record<SectionName, number>>;
  readonly #packs: ElfPacks;
  readonly #now: () => Date;
  #problem: Failure | null = null;

  /** `folder` need not exist. */
  constructor(folder: string, readers: Revised, now: () => Date = () => new Date()) {
    this.#folder = join(folder, folderName("facts"));
    this.#revisions = revisionsOf(readers);
    this.#packs = new ElfPacks(join(this.#folder, `elf-${readers.elf.revision}`));
    this.#now = now;
  }

  /** Under which it was opened; another thread opens it again. */
  get folder(): string {
    return dirname(this.#folder);
  }

  /** Why the cache could not be written, once; null while all is well. */
  get problem(): Failure | null {
    return this.#problem;
  }

  /** Every ELF file that some layer of the cache holds. */
  get elf(): ElfStore {
    return this.#packs;
  }

  /**
   * What is known of the layer, its failures under the name it has now; null when its entries are not known. Sections that
   * are not in `wanted` are neither loaded nor stale.
   */
  load(
    diffId: Digest,
    where: string,
    wanted: ReadonlySet<SectionName> = new Set(sectionNames),
  ): CachedLayer | null {
    const coreFile = join(this.#layerFolder(diffId), "core.json");
    const core = readJson<CoreFile>(coreFile, isCoreFile);
    // A file that was put into another folder is sound too.
    if (core === null || core.core.diffId !== diffId) return null;
    markUsed(coreFile, this.#now().getTime(), markEveryMs.day);
    const elf = wanted.has("elf") ? this.#loadElf(diffId) : null;
    const part = <Name extends Exclude<SectionName, "elf">>(
      name: Name,
    ): { [Key in Name]?: SectionFacts[Key] } =>
      wanted.has(name) ? this.#loadPart(diffId, name, where) : {};
    const sections: Partial<SectionFacts> = {
      ...(elf === null ? {} : { elf: renamed(elf.section, where) }),
      ...part("shebangs"),
      ...part("texts"),
      ...part("loaderCaches"),
      ...part("packages"),
    };
    return {
      core: fromCoreRecord(renamed(core.core, where)),
      sections,
      stale: sectionNames.filter((name) => wanted.has(name) && sections[name] === undefined),
      elf: elf?.store ?? { get: () => null },
      verifiedAt: core.verifiedAt,
    };
  }

  /**
   * Keeps the named sections (all when absent) of a layer whose diffId was verified, and the ELF facts that were
   * not known. Facts that may come out otherwise another time (a full disk, a file that was denied) are not kept.
   */
  store(
    { facts, elfLines }: { readonly facts: LayerFacts; readonly elfLines: Uint8Array },
    only: ReadonlySet<SectionName> = new Set(sectionNames),
  ): void {
    if (facts.diffId === null || this.#problem !== null || !isLasting(facts)) return;
    const { diffId } = facts;
    try {
      removeAbandoned(this.#layerFolder(diffId), Date.now());
      // The core comes last: a layer without it is unknown.
      if (only.has("elf")) this.#storeElf(diffId, facts, elfLines);
      for (const name of sectionNames) {
        if (name !== "elf" && only.has(name)) this.#write(diffId, name, facts[name]);
      }
      const core: CoreFile = { core: toCoreRecord(facts), verifiedAt: this.#now().toISOString() };
      writeJson(join(this.#layerFolder(diffId), "core.json"), core);
    } catch (error) {
      this.#problem = systemFailure(error, this.#folder, null);
    }
  }

  #loadPart<Name extends Exclude<SectionName, "elf">>(
    diffId: Digest,
    name: Name,
    where: string,
  ): { [Key in Name]?: SectionFacts[Key] } {
    const section = readJson<SectionFacts[Name]>(
      this.#sectionFile(diffId, name),
      sectionShapes[name],
    );
    const part: { [Key in Name]?: SectionFacts[Key] } = {};
    if (section !== null) part[name] = renamed(section, where);
    return part;
  }

  /** Null also when a pack that it needs is gone: the section is then made anew. */
  #loadElf(diffId: Digest): { section: SectionFacts["elf"]; store: ElfStore } | null {
    const file = readJson<ElfFile>(this.#sectionFile(diffId, "elf"), isElfFile);
    if (file === null) return null;
    const packs = file.packs.map((name) => this.#packs.open(name));
    const present = packs.filter((pack) => pack !== null);
    if (present.length < packs.length) return null;
    return { section: file.section, store: joinElfStores(present) };
  }

  #storeElf(diffId: Digest, facts: LayerFacts, elfLines: Uint8Array): void {
    if (elfLines.byteLength > 0) {
      // The sum in the name: a later pack of the same layer must not take the place of one that others point to.
      const sum = crc32(elfLines).toString(16).padStart(8, "0");
      this.#packs.write(`${diffId.replace(":", "-")}-${sum}`, elfLines);
    }
    const packs = new Set<string>();
    for (const { sha256 } of Object.values(facts.elf.byPath)) {
      const name = this.#packs.find(sha256);
      // Its pack was lost meanwhile: the section stays unknown and is made anew the next time.
      if (name === null) return;
      packs.add(name);
    }
    this.#write(diffId, "elf", { section: facts.elf, packs: [...packs].sort() } satisfies ElfFile);
  }

  #write(diffId: Digest, name: SectionName, value: unknown): void {
    writeJson(this.#sectionFile(diffId, name), value);
  }

  #layerFolder(diffId: Digest): string {
    return join(this.#folder, "layers", diffId.replace(":", "-"));
  }

  #sectionFile(diffId: Digest, name: SectionName): string {
    return join(this.#layerFolder(diffId), `${name}-${this.#revisions[name]}.json`);
  }
}

/** The same layer may have been read under another name. */
function renamed<Part extends { readonly failures: readonly Failure[] }>(
  part: Part,
  where: string,
): Part {
  if (part.failures.length === 0) return part;
  const failures = part.failures.map((failure) =>
    failure.where === null ? { ...failure, what: where } : { ...failure, where },
  );
  return { ...part, failures };
}

/**
 * Null when it is absent, damaged or, although its sum is right, of another shape: who can write here may have made it up. What
 * has the shape is believed.
 */
function readJson<Value>(path: string, isValue: Guard<Value>): Value | null {
  const bytes = readCacheFile(path);
  const value = bytes === null ? null : parseJson(bytes);
  return isValue(value) ? value : null;
}

function writeJson(path: string, value: unknown): void {
  writeCacheFile(path, Buffer.from(JSON.stringify(value)));
}

/** Whether the same bytes would give the same facts again. */
function isLasting(facts: LayerFacts): boolean {
  const failures = [facts, ...sectionNames.map((name) => facts[name])].flatMap(
    (part) => part.failures,
  );
  return failures.every(
    ({ kind }) => kind === "malformed" || kind === "unsupported" || kind === "over-limit",
  );
}
