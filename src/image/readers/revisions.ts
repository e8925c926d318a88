import type { SectionName } from "./section-names.ts";

/** What says under which revision a section is made. */
export type Revised = Readonly<Record<SectionName, { readonly revision: number }>>;

/**
 * Revision of each reader. Goes up when the same bytes may yield other facts; part of every cache key. They stand here so
 * that what is cached can be looked up without loading a parser.
 */
export const revisions = {
  elf: { revision: 3 },
  shebangs: { revision: 1 },
  texts: { revision: 3 },
  loaderCaches: { revision: 1 },
  packages: { revision: 2 },
} as const satisfies Revised;
