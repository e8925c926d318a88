import type { ElfFacts, ExportGroup, ImportGroup } from "../formats/elf/facts.ts";

/** The definitions of one name in one file, in symbol table order of their groups. */
export type Definitions = readonly ExportGroup[];

/** Kept as long as the facts are: many processes and bases share a libc. */
const tables = new WeakMap<ElfFacts, ReadonlyMap<string, Definitions>>();
const namesOfGroup = new WeakMap<ImportGroup, readonly string[]>();

/** What a file exports, by name. Made once per facts. */
export function definitionsOf(facts: ElfFacts): ReadonlyMap<string, Definitions> {
  const known = tables.get(facts);
  if (known !== undefined) return known;
  const table = new Map<string, ExportGroup[]>();
  for (const group of facts.exports) {
    // Names of one group share one array until a second group has the name too: libc has 3,000 of them.
    const alone = [group];
    for (const name of group.names.split("\n")) {
      const there = table.get(name);
      table.set(name, there === undefined ? alone : [...there, group]);
    }
  }
  tables.set(facts, table);
  return table;
}

/** The names of a group, split once. */
export function namesOf(group: ImportGroup): readonly string[] {
  const known = namesOfGroup.get(group);
  if (known !== undefined) return known;
  const names = group.names.split("\n");
  namesOfGroup.set(group, names);
  return names;
}
