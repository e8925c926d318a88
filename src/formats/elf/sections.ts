import { type ElfReader, Words } from "./reader.ts";
import type { ElfHeader } from "./segments.ts";

/** One section header. Source: gABI chapter 4, sections. */
export interface Section {
  readonly name: string;
  /** SHT_*: 2 is the symbol table. */
  readonly type: number;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  /** Index of the section that this one refers to: of a symbol table, its string table. */
  readonly link: number;
}

/** A program has about 40; one that is compiled with a section for each function is linked into as few. */
const maxSections = 4096;
const maxNamesBytes = 1024 * 1024;

/**
 * The sections of a program or library, empty when there are none or the table does not fit the file: no loader reads
 * it, `strip` and packers may take or break it, and nothing that a loader does may depend on it.
 */
export function readSections(elf: ElfReader, header: ElfHeader): readonly Section[] {
  const { offsetBytes, entryBytes, count, namesIndex } = header.sections;
  const minimum = elf.is64 ? 64 : 40;
  if (count === 0 || count > maxSections || entryBytes < minimum) return [];
  const table = elf.optionalBytes(offsetBytes, count * entryBytes);
  if (table === null) return [];
  const words = new Words(table, elf);
  const places = Array.from({ length: count }, (_, index) =>
    readSection(words, index * entryBytes, elf.is64),
  );
  const namesAt = places[namesIndex];
  if (namesAt === undefined || namesAt.sizeBytes > maxNamesBytes) return [];
  const names = elf.optionalBytes(namesAt.offsetBytes, namesAt.sizeBytes);
  if (names === null) return [];
  return places.map((place) => new NamedSection(place, names));
}

/** Few names are ever asked for: each is decoded when it is. */
class NamedSection implements Section {
  readonly type: number;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  readonly link: number;
  readonly #nameOffset: number;
  readonly #names: Buffer;

  constructor(place: Place, names: Buffer) {
    this.type = place.type;
    this.offsetBytes = place.offsetBytes;
    this.sizeBytes = place.sizeBytes;
    this.link = place.link;
    this.#nameOffset = place.nameOffset;
    this.#names = names;
  }

  get name(): string {
    return nameAt(this.#names, this.#nameOffset);
  }
}

type Place = Omit<Section, "name"> & { readonly nameOffset: number };

function readSection(words: Words, at: number, is64: boolean): Place {
  const [nameOffset, type] = [words.u32(at), words.u32(at + 4)];
  return is64
    ? {
        nameOffset,
        type,
        offsetBytes: words.u64(at + 24),
        sizeBytes: words.u64(at + 32),
        link: words.u32(at + 40),
      }
    : {
        nameOffset,
        type,
        offsetBytes: words.u32(at + 16),
        sizeBytes: words.u32(at + 20),
        link: words.u32(at + 24),
      };
}

/** Long names are cut: only short ones are asked for. */
function nameAt(names: Buffer, offset: number): string {
  if (offset >= names.byteLength) return "";
  const limit = Math.min(offset + 64, names.byteLength);
  const name = names.subarray(offset, limit);
  const end = name.indexOf(0);
  return name.toString("latin1", 0, end < 0 ? name.byteLength : end);
}
