import type { DebPackage } from "../../../formats/dpkg/packages-index.ts";
import type { PackageProblem } from "../../../model/answer.ts";

/** A package that is added or changed, and why. */
export interface ResolvedDeb {
  readonly deb: DebPackage;
  /** `relation` as the package `by` writes it. */
  readonly because:
    | { readonly kind: "asked" }
    | { readonly kind: "needed"; readonly by: string; readonly relation: string };
}

/** What apt would do for a request. */
export interface DebResolution {
  /** Not there before; sorted by name. */
  readonly added: readonly ResolvedDeb[];
  /** There before in another version; sorted by name. */
  readonly changed: readonly { readonly from: string; readonly to: ResolvedDeb }[];
  /** Names of packages that have to go; sorted. */
  readonly removed: readonly string[];
  /** Empty when it can be done; nothing is added, changed or removed then. */
  readonly problems: readonly DebProblem[];
  /** Relations of what is added or changed that are broken and were left out, which apt would not do. */
  readonly passedOver: readonly PassedOver[];
}

/** A part of a field of relations that was not read. */
export interface PassedOver {
  readonly package: string;
  /** Its start, as it is written. */
  readonly relation: string;
  readonly reason: string;
}

/** Why apt would refuse. */
export type DebProblem =
  | PackageProblem
  /** The name is only provided, by several packages: one of them has to be named. Sorted. */
  | { readonly kind: "ambiguous"; readonly name: string; readonly providers: readonly string[] }
  /** The request looks at more packages than `limit`. */
  | { readonly kind: "too-many-packages"; readonly limit: number };
