import { type ElfReader, Words } from "./reader.ts";
import type { Section } from "./sections.ts";

/** Bigger symbol tables are not looked into. */
const maxTableBytes = 64 * 1024 * 1024;
const symbolTableType = 2;
/** A name stands at one place, or a few when it ends longer ones. */
const maxPlaces = 4096;

/** Which of some names the symbol table (`.symtab`) defines; none when the file is stripped or the table does not fit it. */
export function findDefined(
  elf: ElfReader,
  sections: readonly Section[],
  names: readonly string[],
): ReadonlySet<string> {
  const table = sections.find(({ type }) => type === symbolTableType);
  const strings = table === undefined ? undefined : sections[table.link];
  if (table === undefined || strings === undefined) return new Set();
  if (table.sizeBytes > maxTableBytes || strings.sizeBytes > maxTableBytes) return new Set();
  const text = elf.optionalBytes(strings.offsetBytes, strings.sizeBytes);
  const symbols = elf.optionalBytes(table.offsetBytes, table.sizeBytes);
  if (text === null || symbols === null) return new Set();
  return definedIn(new Words(symbols, elf), elf.is64, placesOf(text, names));
}

/** Where each name stands; linkers let a name be the end of a longer one. */
function placesOf(text: Buffer, names: readonly string[]): ReadonlyMap<number, string> {
  const places = new Map<number, string>();
  for (const name of names) {
    const needle = Buffer.from(`${name}\0`, "latin1");
    for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + 1)) {
      if (places.size >= maxPlaces) return places;
      places.set(at, name);
    }
  }
  return places;
}

function definedIn(
  words: Words,
  is64: boolean,
  places: ReadonlyMap<number, string>,
): ReadonlySet<string> {
  const defined = new Set<string>();
  const [entryBytes, sectionAt] = is64 ? [24, 6] : [16, 14];
  for (let at = 0; at + entryBytes <= words.lengthBytes && places.size > 0; at += entryBytes) {
    const name = places.get(words.u32(at));
    if (name !== undefined && words.u16(at + sectionAt) !== 0) defined.add(name);
  }
  return defined;
}
