/** The sections of LayerFacts, in the order in which they are listed everywhere. */
export const sectionNames = ["elf", "shebangs", "texts", "loaderCaches", "packages"] as const;

export type SectionName = (typeof sectionNames)[number];
