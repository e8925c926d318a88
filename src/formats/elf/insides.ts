import type { ElfFacts } from "./facts.ts";
import { findGoBuild } from "./go-build.ts";
import { LibraryNames } from "./library-names.ts";
import { readOnlyData } from "./read-only-data.ts";
import type { ElfReader } from "./reader.ts";
import { readSections } from "./sections.ts";
import type { ElfHeader } from "./segments.ts";
import { noLibc, readStaticLibc } from "./static-libc.ts";

export type Insides = Pick<ElfFacts, "goBuild" | "staticLibc" | "libraryNames">;

type Outside = Pick<ElfFacts, "type" | "interpreter" | "imports" | "soname" | "needed">;

/**
 * What a file shows by its content, not by what it asks the loader for. Its constants are searched only when it is static
 * or can open libraries by name, and not at all when Go says that no C code is in it.
 */
export function readInsides(elf: ElfReader, header: ElfHeader, outside: Outside): Insides {
  if (outside.type === "other") return { goBuild: null, staticLibc: null, libraryNames: [] };
  const sections = readSections(elf, header);
  const goBuild = findGoBuild(elf, header, sections);
  if (isStatic(outside)) {
    if (goBuild?.settings["CGO_ENABLED"] === "0") {
      return { goBuild, staticLibc: noLibc("none"), libraryNames: [] };
    }
    return { goBuild, ...readStaticLibc({ elf, header, sections, isGo: goBuild !== null }) };
  }
  if (!importsDlopen(outside)) return { goBuild, staticLibc: null, libraryNames: [] };
  const names = new LibraryNames();
  for (const window of readOnlyData(elf, header)) names.add(window);
  const { soname, needed } = outside;
  const libraryNames = names.without((name) => name === soname || needed.includes(name));
  return { goBuild, staticLibc: null, libraryNames };
}

/** A program that the kernel starts without a loader. A loader itself is a shared object. */
function isStatic({ type, interpreter, needed }: Outside): boolean {
  return (type === "exec" || type === "static-pie") && interpreter === null && needed.length === 0;
}

function importsDlopen({ imports }: Outside): boolean {
  return imports.some(({ names }) => /(?:^|\n)dlm?open(?:\n|$)/.test(names));
}
