import type { RpmDependency, RpmRelation } from "../../../formats/rpm/relation.ts";

/** What the resolver knows of a package, installed or not. */
export interface RpmCandidate {
  readonly name: string;
  /** `[epoch:]version-release`. */
  readonly version: string;
  readonly architecture: string;
  /** Also of itself: `name = version`. */
  readonly provides: readonly RpmRelation[];
  readonly requires: readonly RpmDependency[];
  readonly conflicts: readonly RpmDependency[];
  readonly obsoletes: readonly RpmRelation[];
  readonly weak: WeakRelations;
  /** What it asks for cannot be read: it can only stay where it is. */
  readonly isBroken: boolean;
}

/** They bring nothing in, but say which of several packages is the better one. */
export interface WeakRelations {
  readonly recommends: readonly RpmDependency[];
  readonly suggests: readonly RpmDependency[];
  readonly supplements: readonly RpmDependency[];
  readonly enhances: readonly RpmDependency[];
}

/** A package of a repository. */
export interface RepositoryCandidate extends RpmCandidate {
  /** Its place in all repositories together, in their order, from 0; no two have the same. */
  readonly place: number;
  /** Of its repository, lower is better. */
  readonly priority: number;
}

/** All packages of the repositories, asked for by what they are or have. Lists come in the order of `place`. */
export interface RpmUniverse {
  named(name: string): readonly RepositoryCandidate[];
  /** Those with this name that must not be taken, by settings or modules: others are old beside them all the same. */
  hidden(name: string): readonly RepositoryCandidate[];
  /** Those that provide something of this name, in whatever version; a relation's name, not a path. */
  providing(name: string): readonly RepositoryCandidate[];
  /** Those that have a file at this absolute path. */
  owning(path: string): readonly RepositoryCandidate[];
  /** Those that obsolete something of this name, in whatever version. */
  obsoleting(name: string): readonly RepositoryCandidate[];
}

export const noWeakRelations: WeakRelations = {
  recommends: [],
  suggests: [],
  supplements: [],
  enhances: [],
};
