import type { ApkDependency, ApkProvide } from "../../../formats/apk/dependency.ts";

/** A package that may be chosen: of an index, installed, or both. One build of it is one object. */
export interface PoolPackage {
  readonly name: string;
  readonly version: string;
  readonly depends: readonly ApkDependency[];
  readonly provides: readonly ApkProvide[];
  readonly installIf: readonly ApkDependency[];
  readonly providerPriority: number;
  /** That a relation of it is none: it cannot be chosen then. */
  readonly isBroken: boolean;
}

/** A package that brings a name: by being called so, or because it provides it. */
export interface PoolOffer {
  readonly package: PoolPackage;
  /** Of the name; null where it provides it without one. */
  readonly version: string | null;
}

/** What the solver chooses from. */
export interface Pool {
  /** Every offer of a name; order is that in which the package manager would have read them. */
  offersOf(name: string): readonly PoolOffer[];
  /** Names of packages, and what those provide, that come by themselves once `name` is there (`install_if`). */
  triggeredBy(name: string): readonly string[];
  isInstalled(found: PoolPackage): boolean;
  /** The repositories that have it, one bit each, the lowest for the first; 0 when it is only installed. */
  repositoriesOf(found: PoolPackage): number;
  /** The repositories that may be taken from under a tag, one bit each; null stands for no tag. */
  repositoriesTagged(tag: string | null): number;
}

/** Which apk chooses: they differ in the order in which they decide, and in what wins between two providers. */
export type ApkGeneration = 2 | 3;
