import {
  RelocationKind,
  type ElfFacts,
  type ExportGroup,
  type ImportGroup,
} from "../formats/elf/facts.ts";
import { isBefore } from "./glibc-search.ts";
import { absentFrom } from "./glibc-versions.ts";
import type { Loaded } from "./load-glibc.ts";
import type { GrowingObject } from "./loaded-objects.ts";
import { blocksLoad, type LinkProblem, type LoadedObject } from "./process.ts";
import { common, rememberPair } from "./memo.ts";
import { definitionsOf, namesOf, type Definitions } from "./symbol-table.ts";

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
      (isLazy ? atUse : atLoad).push(...lookup.missing(group));
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
    const need = object.facts.versionNeeds.find(({ file }) => file === versionFile);
    return need !== undefined && absentFrom(need, provider.facts).includes(version);
  }

  /** Names of the group that nothing in the process defines. */
  missing(group: ImportGroup): readonly string[] {
    const provider = group.versionFile === null ? undefined : this.#byName.get(group.versionFile);
    const isUnversioned = provider !== undefined && !hasVersions(provider.facts);
    const whole = namesOf(group);
    let names = whole;
    // Usually all is where the version says; the order counts only where glibc would stop at an unversioned provider.
    if (provider !== undefined && !isUnversioned) names = lackingIn(group, provider.facts);
    const isCopy = (group.relocations & RelocationKind.copy) !== 0;
    const lost: string[] = [];
    for (const candidate of this.#objects) {
      if (names.length === 0) break;
      if (isCopy && candidate.because === "program") continue;
      const lacking = lackingIn(group, candidate.facts);
      if (lacking === whole) continue;
      const left = common(names, lacking);
      // From 2.30 to 2.40 glibc asserts that the file which is named in a version need has versions. Source:
      // elf/dl-lookup.c, check_match; commits f0b2132b35 and bdaf500353.
      if (this.#asserts && isUnversioned && candidate === provider) {
        lost.push(...names.filter((name) => !left.includes(name)));
      }
      names = left;
    }
    return lost.length === 0 ? names : [...lost, ...names];
  }
}

/** Names of the group that this file does not define for it; the very array of its names when it defines none. */
const lackingIn = rememberPair((group: ImportGroup, facts: ElfFacts): readonly string[] => {
  const isVersioned = hasVersions(facts);
  const table = definitionsOf(facts);
  const whole = namesOf(group);
  const lacking = whole.filter((name) => !defines(table.get(name), group, isVersioned));
  return lacking.length === whole.length ? whole : lacking;
});

function hasVersions(facts: ElfFacts): boolean {
  const isNamed = facts.versionNeeds.length > 0 || facts.versionDefinitions.length > 0;
  return facts.hasVersionSymbols && isNamed;
}

function defines(
  definitions: Definitions | undefined,
  group: ImportGroup,
  isVersioned: boolean,
): boolean {
  if (definitions === undefined) return false;
  const usable = definitions.filter(({ kind }) => isUsable(kind, group));
  if (!isVersioned) return usable.length > 0;
  if (group.version !== null) return usable.some((definition) => isMatch(definition, group));
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
