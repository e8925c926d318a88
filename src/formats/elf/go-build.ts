import { type GoBuild, goBuildAlignBytes, goBuildMagic, readGoBuild } from "../go/build-info.ts";
import type { ElfReader } from "./reader.ts";
import type { Section } from "./sections.ts";
import { type ElfHeader, findOffset, SegmentType } from "./segments.ts";

/** Where there are no sections, the blob is looked for in so much of the first writable segment. The linker puts it at the front. */
const searchedBytes = 1024 * 1024;

/** The Go build information of an ELF file. Source of the places: Go src/debug/buildinfo/buildinfo.go, elfExe.DataStart. */
export function findGoBuild(
  elf: ElfReader,
  header: ElfHeader,
  sections: readonly Section[],
): GoBuild | null {
  const offset = sections.length > 0 ? bySection(sections) : bySearch(elf, header);
  if (offset === null) return null;
  const program = {
    at: (at: number, lengthBytes: number) => elf.optionalBytes(at, lengthBytes),
    atAddress: (address: number, lengthBytes: number) => {
      const at = findOffset(header.segments, address);
      return at === null ? null : elf.optionalBytes(at, lengthBytes);
    },
  };
  return readGoBuild(program, offset);
}

function bySection(sections: readonly Section[]): number | null {
  return sections.find(({ name }) => name === ".go.buildinfo")?.offsetBytes ?? null;
}

function bySearch(elf: ElfReader, { segments }: ElfHeader): number | null {
  const segment = segments.find(
    ({ type, flags }) => type === SegmentType.load && (flags & 3) === 2,
  );
  if (segment === undefined) return null;
  const bytes = elf.optionalBytes(
    segment.offsetBytes,
    Math.min(segment.fileBytes, searchedBytes, elf.sizeBytes - segment.offsetBytes),
  );
  if (bytes === null) return null;
  for (let at = bytes.indexOf(goBuildMagic); at >= 0; at = bytes.indexOf(goBuildMagic, at + 1)) {
    if ((segment.address + at) % goBuildAlignBytes === 0) return segment.offsetBytes + at;
  }
  return null;
}
