import type { ElfFacts } from "../formats/elf/facts.ts";
import type { Budgets } from "../model/budgets.ts";
import type { Failure } from "../model/failure.ts";
import { ElfLines } from "./elf-lines.ts";
import type {
  ElfBrief,
  ElfStore,
  FileEntry,
  LayerFacts,
  LoaderCacheEntry,
  PackageFact,
  ShebangFact,
} from "./layer-facts.ts";
import type { Readers } from "./readers/list.ts";
import type { FileView, Reader } from "./readers/reader.ts";
import type { SectionName } from "./readers/section-names.ts";
import { elfBriefReader, FactAllowance, FactPass, type SectionPass } from "./section-pass.ts";

/** What the readers of a layer found. */
export type SectionFacts = Pick<LayerFacts, SectionName>;

export interface SectionsOptions {
  readonly readers: Readers;
  /** The layer by its name, for failures. */
  readonly where: string;
  /** Sections to make; the others stay empty. Absent: all. */
  readonly only?: ReadonlySet<SectionName>;
  /** Facts of ELF files that need not be made again. */
  readonly known: ElfStore;
  readonly budgets: Budgets;
}

/** All readers at work on one layer. */
export class Sections {
  /** Facts of the ELF files that were not known before. */
  readonly elfLines = new ElfLines();
  readonly #elf: FactPass<unknown, ElfBrief>;
  readonly #shebangs: FactPass<unknown, ShebangFact>;
  readonly #texts: FactPass<unknown, string>;
  readonly #loaderCaches: FactPass<unknown, readonly LoaderCacheEntry[]>;
  readonly #packages: FactPass<unknown, PackageFact>;
  readonly #passes: readonly SectionPass[];

  constructor({ readers, where, only, known, budgets }: SectionsOptions) {
    const shared = { where, allowance: new FactAllowance(budgets) };
    const plain = <Fact>(reader: Reader<Fact>): FactPass<Fact, Fact> =>
      new FactPass(reader, shared, (file) => reader.read(file, budgets));
    const readElf = (file: FileView): ElfFacts | null => readers.elf.read(file, budgets);
    const readBrief = elfBriefReader(readElf, this.elfLines, known);
    this.#elf = new FactPass(readers.elf, shared, readBrief);
    this.#shebangs = plain(readers.shebangs);
    this.#texts = plain(readers.texts);
    this.#loaderCaches = plain(readers.loaderCaches);
    this.#packages = plain(readers.packages);
    const bySection = {
      elf: this.#elf,
      shebangs: this.#shebangs,
      texts: this.#texts,
      loaderCaches: this.#loaderCaches,
      packages: this.#packages,
    } satisfies Record<SectionName, SectionPass>;
    const isAsked = ([name]: readonly [string, SectionPass]): boolean =>
      only === undefined || [...only].some((asked) => asked === name);
    this.#passes = Object.entries(bySection)
      .filter(isAsked)
      .map(([, pass]) => pass);
  }

  /** The readers that want the file, from its first bytes. */
  wanting(entry: FileEntry, head: Uint8Array): readonly SectionPass[] {
    return this.#passes.filter((pass) => pass.wants(entry, head));
  }

  forget(path: string): void {
    for (const pass of this.#passes) pass.forget(path);
  }

  /** What was left out of the failures of a section. */
  get leftOut(): readonly Failure[] {
    return this.#passes.flatMap(({ leftOut }) => leftOut ?? []);
  }

  toFacts(): SectionFacts {
    return {
      elf: this.#elf.toSection(),
      shebangs: this.#shebangs.toSection(),
      texts: this.#texts.toSection(),
      loaderCaches: this.#loaderCaches.toSection(),
      packages: this.#packages.toSection(),
    };
  }
}
