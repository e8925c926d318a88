import type { DebPackage, DebPriority } from "../../../formats/dpkg/packages-index.ts";
import {
  parseRelations,
  type RelationProblem,
  type RelationTarget,
} from "../../../formats/dpkg/parse-relations.ts";
import type { PackageRelations } from "../../../image/layer-facts.ts";
import type { PackageNode } from "./package-node.ts";

/** One package, or a condition on it, that a dependency names. */
export interface Dependency {
  /** The name that is looked for: `libc6`, `python3:any`. */
  readonly name: string;
  readonly condition: RelationTarget["condition"];
}

/** What a version asks for: one of the alternatives for `depends`; that none is there for the others. */
export interface Demand {
  readonly kind: "depends" | "conflicts" | "breaks";
  readonly owner: VersionNode;
  /** As the package writes it. */
  readonly text: string;
  /** At least one. */
  readonly alternatives: readonly Dependency[];
}

/** What a version says of itself, of its repository or of the database of installed packages. */
export interface VersionFacts {
  readonly version: string;
  readonly source: string | null;
  readonly sourceVersion: string | null;
  readonly priority: DebPriority;
  readonly relations: PackageRelations;
  /** Null for one that is installed and that no repository has any more. */
  readonly deb: DebPackage | null;
}

/** One version of a package; its relations are read when they are first asked for. */
export class VersionNode {
  readonly package: PackageNode;
  readonly facts: VersionFacts;
  readonly #native: string;
  #demands: readonly Demand[] | null = null;
  #provides: readonly RelationTarget[] | null = null;
  readonly #problems: RelationProblem[] = [];

  constructor(owner: PackageNode, facts: VersionFacts, nativeArchitecture: string) {
    this.package = owner;
    this.facts = facts;
    this.#native = nativeArchitecture;
  }

  /** In the order in which apt goes through them: Pre-Depends, Depends, Conflicts, Breaks. */
  get demands(): readonly Demand[] {
    const { preDepends, depends, conflicts, breaks } = this.facts.relations;
    return (this.#demands ??= [
      ...this.#read("depends", preDepends),
      ...this.#read("depends", depends),
      ...this.#read("conflicts", conflicts),
      ...this.#read("breaks", breaks),
    ]);
  }

  get provides(): readonly RelationTarget[] {
    if (this.#provides !== null) return this.#provides;
    const { relations, problems } = parseRelations(this.facts.relations.provides ?? "");
    this.#problems.push(...problems);
    return (this.#provides = relations.flatMap(({ alternatives }) => alternatives));
  }

  /** What was passed over of the fields that were read so far. */
  get problems(): readonly RelationProblem[] {
    return this.#problems;
  }

  #read(kind: Demand["kind"], text: string | undefined): readonly Demand[] {
    if (text === undefined) return [];
    const { relations, problems } = parseRelations(text);
    this.#problems.push(...problems);
    return relations.map(({ text: written, alternatives }) => ({
      kind,
      owner: this,
      text: written,
      alternatives: alternatives.map(({ name, architecture, condition }) => ({
        name: nameFor(name, architecture, this.#native),
        condition,
      })),
    }));
  }
}

/** A package of the machine's own architecture has its plain name; that of another one is a name that nothing has. */
function nameFor(name: string, architecture: string | null, native: string): string {
  const isNative = architecture === null || architecture === native || architecture === "native";
  return isNative ? name : `${name}:${architecture}`;
}
