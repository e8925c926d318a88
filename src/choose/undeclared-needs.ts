import type { Evidence } from "../model/evidence.ts";
import type { Need } from "../model/need.ts";
import type { Wanted } from "../repositories/package-source.ts";
import type { PackageEcosystem, UndeclaredEntry, UndeclaredTable } from "./undeclared-table.ts";

/** A package that will be there: of the app, or added by a recipe. */
export interface NamedPackage {
  readonly ecosystem: PackageEcosystem;
  /** As its ecosystem writes it; pypi in any spelling. */
  readonly name: string;
}

/** Something that a package that is there needs and does not declare. */
export interface UndeclaredNeed {
  /** One of them suffices, the most usual first; at least one. */
  readonly anyOf: readonly Wanted[];
  /** The package that needs it. */
  readonly package: NamedPackage;
  readonly certainty: "likely" | "possible";
  /** For people: `a repository is reached by ssh`. */
  readonly when: string;
  readonly evidence: Evidence;
}

/** What these packages need and do not declare, in the order of the table. Pure. */
export function undeclaredNeeds(
  table: UndeclaredTable,
  packages: readonly NamedPackage[],
): readonly UndeclaredNeed[] {
  const there = new Map(packages.map((one) => [keyOf(one), one]));
  return table.entries.flatMap((entry) => {
    const found = there.get(keyOf(entry.package));
    return found === undefined ? [] : [needOf(entry, found)];
  });
}

function needOf(entry: UndeclaredEntry, found: NamedPackage): UndeclaredNeed {
  const { needs, certainty, when, source } = entry;
  const evidence = { file: source.url, seen: `${found.name}: ${source.says}` };
  return { anyOf: needs, package: found, certainty, when, evidence };
}

/** Names of Python packages are one name in every spelling. Source: PEP 503. */
function keyOf({ ecosystem, name }: NamedPackage): string {
  const plain = ecosystem === "pypi" ? name.toLowerCase().replace(/[-_.]+/g, "-") : name;
  return `${ecosystem}\n${plain}`;
}

/**
 * The same as needs of an app, one for each thing with the evidence of all who need it, sorted as model/need.ts says.
 * A package that is needed by its name is no need of an app: it is left to who resolves packages.
 */
export function asNeeds(undeclared: readonly UndeclaredNeed[]): readonly Need[] {
  const needs = new Map<string, Need>();
  const each = undeclared.flatMap((need) => need.anyOf.map((wanted) => ({ ...need, wanted })));
  for (const { wanted, anyOf, evidence, ...need } of each) {
    const subject = subjectOf(wanted);
    if (subject === null) continue;
    // Where others would do as well it may never be asked for.
    const certainty = anyOf.length > 1 ? "possible" : need.certainty;
    const key = `${subject.kind}\n${"path" in subject ? subject.path : subject.name}`;
    const known = needs.get(key);
    needs.set(key, {
      ...subject,
      certainty: known?.certainty === "likely" ? "likely" : certainty,
      evidence: [...(known?.evidence ?? []), evidence],
    });
  }
  const sorted = [...needs].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([, need]) => need);
}

type Subject =
  | { readonly kind: "command" | "dlopen"; readonly name: string }
  | { readonly kind: "file"; readonly path: string };

/** A library that no ELF file names is opened by name. */
function subjectOf(wanted: Wanted): Subject | null {
  switch (wanted.kind) {
    case "soname":
      return { kind: "dlopen", name: wanted.soname };
    case "command":
      return { kind: "command", name: wanted.name };
    case "file":
      return { kind: "file", path: wanted.path };
    case "package":
      return null;
  }
}
