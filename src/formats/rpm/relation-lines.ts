import { quoteStart } from "../path-budget.ts";
import type { ProblemLog } from "../record-problem.ts";
import type { RpmHeader } from "./header.ts";

/**
 * What a package asks of others and gives them, one relation a line as `rpm -q --requires` prints it
 * (`libc.so.6(GLIBC_2.34)(64bit)`, `x >= 1:2-3`, `(a if b)`), in the order of the header. Absent where it has none.
 */
export interface RpmRelationLines {
  /** Without those of rpm itself, `rpmlib(…)`. */
  readonly depends?: string;
  readonly provides?: string;
  readonly conflicts?: string;
  /** What rpm calls obsoletes. */
  readonly replaces?: string;
}

/** Three lists of one length. Source: rpm include/rpm/rpmtag.h. */
interface RelationTags {
  readonly names: number;
  readonly flags: number;
  readonly versions: number;
}

const relationTags = {
  provides: { names: 1047, flags: 1112, versions: 1113 },
  depends: { names: 1049, flags: 1048, versions: 1050 },
  conflicts: { names: 1054, flags: 1053, versions: 1055 },
  replaces: { names: 1090, flags: 1114, versions: 1115 },
} as const satisfies Record<keyof RpmRelationLines, RelationTags>;

/** Bits of a relation's flags. Source: rpm include/rpm/rpmds.h, rpmsenseFlags. */
const [less, greater, equal, ofRpm] = [1 << 1, 1 << 2, 1 << 3, 1 << 24];
const senses = less | greater | equal;
/** A feature of rpm itself; older packages have no flag for that. */
const ofRpmPrefix = "rpmlib(";

/**
 * Reads the four kinds of relations. Lists of unlike length are logged and read as none, as rpm does without a word; so
 * is a relation with a line break. Throws FormatError when a list is broken.
 */
export function readRelationLines(header: RpmHeader, problems: ProblemLog): RpmRelationLines {
  const provides = readLines(header, relationTags.provides, problems);
  const depends = readLines(header, relationTags.depends, problems);
  const conflicts = readLines(header, relationTags.conflicts, problems);
  const replaces = readLines(header, relationTags.replaces, problems);
  return {
    ...(depends !== "" && { depends }),
    ...(provides !== "" && { provides }),
    ...(conflicts !== "" && { conflicts }),
    ...(replaces !== "" && { replaces }),
  };
}

function readLines(header: RpmHeader, tags: RelationTags, problems: ProblemLog): string {
  const names = header.texts(tags.names, header.count(tags.names));
  if (names.length === 0) return "";
  const versions = header.texts(tags.versions, header.count(tags.versions));
  const flags = header.integers(tags.flags);
  if (versions.length !== names.length || flags.length !== names.length) {
    const counts = `${names.length} names, ${flags.length} flags and ${versions.length} versions`;
    problems.malformed(`The relations of tag ${tags.names} have ${counts}`, null);
    return "";
  }
  const lines: string[] = [];
  for (const [index, name] of names.entries()) {
    const bits = flags[index] ?? 0;
    if ((bits & ofRpm) !== 0 || name.startsWith(ofRpmPrefix)) continue;
    const line = formatLine(name, bits, versions[index] ?? "");
    if (line.includes("\n")) {
      problems.malformed(`A relation holds a line break: ${quoteStart(line)}`, null);
    } else if (line !== "") lines.push(line);
  }
  return lines.join("\n");
}

/** Source: rpm lib/rpmds.cc, rpmdsNewDNEVR. */
function formatLine(name: string, bits: number, version: string): string {
  const signs = [
    (bits & less) === 0 ? "" : "<",
    (bits & greater) === 0 ? "" : ">",
    (bits & equal) === 0 ? "" : "=",
  ];
  const parts = [name, (bits & senses) === 0 ? "" : signs.join(""), version];
  return parts.filter((part) => part !== "").join(" ");
}
