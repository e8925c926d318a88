import type { Failure, Result } from "../model/failure.ts";
import type { PackageProblem, PackageStep } from "../model/answer.ts";
import type { PackageContents } from "../repositories/contents/package-contents.ts";
import type { AddedPackage, PackageSource } from "../repositories/package-source.ts";
import type { BaseRoot } from "../check/base-root.ts";

/** Where the packages of one base come from, and how they get into it. */
export interface Supply {
  readonly source: PackageSource;
  readonly how: PackageStep["how"];
  readonly builder: PackageStep["builder"];
  /** Facts of the files of a package; fetched when they are not there yet. */
  contentsOf(added: AddedPackage): Promise<Result<PackageContents>>;
  /** Why a step cannot be written down for this base; empty when it can. */
  problemsOf(step: PackageStep): readonly PackageProblem[];
}

/** Finds what supplies a base. Asked once for each base; what is behind it may be shared. */
export type FindSupply = (base: BaseRoot) => Promise<FoundSupply>;

export type FoundSupply =
  | { readonly kind: "supply"; readonly supply: Supply }
  /** It is of no distribution, or names no repositories, and no builder of its release is known. */
  | { readonly kind: "none" }
  | { readonly kind: "unavailable"; readonly failure: Failure };
