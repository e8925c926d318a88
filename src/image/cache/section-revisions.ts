import type { Revised } from "../readers/revisions.ts";
import type { SectionName } from "../readers/section-names.ts";

/** Present revision of each section. */
export type SectionRevisions = Readonly<Record<SectionName, number>>;

/** The revisions of the readers that make the sections. */
export function revisionsOf(readers: Revised): SectionRevisions {
  return {
    elf: readers.elf.revision,
    shebangs: readers.shebangs.revision,
    texts: readers.texts.revision,
    loaderCaches: readers.loaderCaches.revision,
    packages: readers.packages.revision,
  };
}
