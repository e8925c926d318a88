import {
  RelocationKind,
  type ElfFacts,
  type ExportGroup,
  type ImportGroup,
} from "../formats/elf/facts.ts";
import { isBefore } from "./glibc-search.ts";
import type { Loaded } from "./load-glibc.ts";
import type { GrowingObject } from "./loaded-objects.ts";
import { blocksLoad, type LinkProblem, type LoadedObject } from "./process.ts";
import { definitionsOf, namesOf } from "./symbol-table.ts";

/** Symbols that are named in one finding; the rest is counted. */
export const maxNamedSymbols = 20;

/**
 * Every symbol that a relocation asks for and that nothing in the process defines. Those that are bound lazily stop
 * the program when they are called, not at start. Source: elf/dl-lookup.c, check_match, do_lookup_x; elf/dl-reloc.c.
 */
export function checkGlibcSymbols(
  loaded: Loaded,
  { bindNow, interpreter, version }: SymbolInput,
): readonly LinkProblem[] {
  const problems: LinkProblem[] = [];
  const lookup = new GlibcLookup(loaded, isBefore(version, 41) && !isBefore(version, 30));
  for (const object of loaded.objects) {
    // The loader has relocated itself before it looks at anything else.
    if (object.node === interpreter) continue;
    const atLoad: string[] = [];
    const atUse: string[] = [];
    for (const group of object.facts.imports) {
      if (group.weak || lookup.isExplained(object, group)) continue;
      const isLazy = group.relocations === RelocationKind.lazy && !object.facts.bindNow && !bindNow;
      for (const name of namesOf(group)) {
        if (!lookup.has(name, group)) (isLazy ? atUse : atLoad).push(name);
      }
    }
    const subject = (symbols: readonly string[]) =>
      ({
        code: "symbol-missing",
        symbols: symbols.slice(0, maxNamedSymbols),
        count: symbols.length,
        neededBy: object.path,
        libc: "glibc",
      }) as const;
    if (atLoad.length > 0) problems.push(blocksLoad(subject(atLoad)));
    if (atUse.length > 0) {
      problems.push({ severity: "blocks", phase: "use", subject: subject(atUse) });
    }
  }
  return problems;
}

interface SymbolInput {
  /** LD_BIND_NOW. */
  readonly bindNow: boolean;
  readonly interpreter: LoadedObject["node"];
  /** `2.36` as [2, 36]. */
  readonly version: readonly [number, number] | null;
}

class GlibcLookup {
  readonly #objects: readonly GrowingObject[];
  readonly #missing: ReadonlySet<string>;
  readonly #byName: ReadonlyMap<string, GrowingObject>;
  readonly #asserts: boolean;

  /** `asserts`: see `has`. */
  constructor({ objects, missing, byName }: Loaded, asserts: boolean) {
    this.#objects = objects;
    this.#missing = missing;
    this.#byName = byName;
    this.#asserts = asserts;
  }

  /** A missing library or version is the cause: its symbols are not counted again. */
  isExplained(object: LoadedObject, { version, versionFile }: ImportGroup): boolean {
    if (version === null || versionFile === null) return this.#missing.size > 0;
    if (this.#missing.has(versionFile)) return true;
    const provider = this.#byName.get(versionFile);
    if (provider === undefined) return true;
    const { versionDefinitions } = provider.facts;
    if (versionDefinitions.length === 0) return false;
    if (versionDefinitions.some(({ name }) => name === version)) return false;
    const need = object.facts.versionNeeds.find(({ file }) => file === versionFile);
    return need?.versions.some(({ name, weak }) => name === version && !weak) ?? false;
  }

  has(name: string, group: ImportGroup): boolean {
    const provider = group.versionFile === null ? undefined : this.#byName.get(group.versionFile);
    const isUnversionedProvider = provider !== undefined && !hasVersions(provider.facts);
    // Usually it is where the version says; the order counts only where glibc would stop at an unversioned provider.
    if (provider !== undefined && !isUnversionedProvider && defines(provider, name, group)) {
      return true;
    }
    for (const candidate of this.#objects) {
      const isCopy = (group.relocations & RelocationKind.copy) !== 0;
      if (isCopy && candidate.because === "program") continue;
      if (!defines(candidate, name, group)) continue;
      // From 2.30 to 2.40 glibc asserts that the file which is named in a version need has versions. Source:
      // elf/dl-lookup.c, check_match; commits f0b2132b35 and bdaf500353.
      return !(this.#asserts && isUnversionedProvider && candidate === provider);
    }
    return false;
  }
}

function hasVersions(facts: ElfFacts): boolean {
  const isNamed = facts.versionNeeds.length > 0 || facts.versionDefinitions.length > 0;
  return facts.hasVersionSymbols && isNamed;
}

function defines({ facts }: LoadedObject, name: string, group: ImportGroup): boolean {
  const definitions = definitionsOf(facts).get(name);
  if (definitions === undefined) return false;
  const usable = definitions.filter(({ kind }) => isUsable(kind, group));
  if (!hasVersions(facts)) return usable.length > 0;
  if (group.version !== null) {
    return usable.some((definition) => isMatch(definition, group));
  }
  if (usable.some(({ versionIndex }) => versionIndex < 3)) return true;
  return usable.filter(({ hidden }) => !hidden).length === 1;
}

function isUsable(kind: ExportGroup["kind"], { relocations }: ImportGroup): boolean {
  // The address of a PLT entry serves for data, not for another PLT entry.
  if (kind === "plt") return (relocations & RelocationKind.lazy) === 0;
  return kind !== "zero";
}

function isMatch(definition: ExportGroup, { version, hidden }: ImportGroup): boolean {
  if (definition.version === version) return true;
  return !hidden && definition.version === null && !definition.hidden;
}
