/** What a package asks of others and gives them, as it writes them. Absent where it has none. Source: deb-control(5). */
export interface DpkgRelations {
  readonly depends?: string;
  readonly preDepends?: string;
  readonly provides?: string;
  readonly conflicts?: string;
  readonly breaks?: string;
  readonly replaces?: string;
  readonly multiArch?: "same" | "foreign" | "allowed";
  readonly isEssential?: true;
}

const texts = [
  ["depends", "depends"],
  ["pre-depends", "preDepends"],
  ["provides", "provides"],
  ["conflicts", "conflicts"],
  ["breaks", "breaks"],
  ["replaces", "replaces"],
] as const;

/** The fields that `readRelations` looks at, in lower case. */
export const relationFields: readonly string[] = [
  ...texts.map(([field]) => field),
  "multi-arch",
  "essential",
];

/** Of one paragraph, by names of fields in lower case; null where it has none of them. Folded lines are put into one. */
export function readRelations(fields: ReadonlyMap<string, string>): DpkgRelations | null {
  const written = texts.flatMap(([field, name]) => {
    const value = fields.get(field)?.replaceAll("\n", " ") ?? "";
    return value === "" ? [] : [[name, value] as const];
  });
  const multiArch = readMultiArch(fields.get("multi-arch"));
  const isEssential = fields.get("essential")?.toLowerCase() === "yes";
  if (written.length === 0 && multiArch === null && !isEssential) return null;
  return {
    ...Object.fromEntries(written),
    ...(multiArch === null ? {} : { multiArch }),
    ...(isEssential ? { isEssential } : {}),
  };
}

/** `no` is the same as nothing. */
function readMultiArch(written: string | undefined): "same" | "foreign" | "allowed" | null {
  return written === "same" || written === "foreign" || written === "allowed" ? written : null;
}
