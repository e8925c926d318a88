import type { InstalledPackage } from "../image/layer-facts.ts";
import type { DataSource, PackageProblem } from "../model/answer.ts";
import type { Digest } from "../model/digest.ts";
import type { Failure } from "../model/failure.ts";

/** One thing that a package may bring. */
export type Wanted =
  /** A library by the name that a program asks for; `versions` are the symbol versions asked of it (`GLIBCXX_3.4.32`). */
  | {
      readonly kind: "soname";
      readonly soname: string;
      readonly elfClass: 32 | 64;
      readonly versions: readonly string[];
    }
  /** A program by the name under which PATH finds it. */
  | { readonly kind: "command"; readonly name: string }
  /** A file by its absolute path. */
  | { readonly kind: "file"; readonly path: string }
  /** A package by its name, or by a virtual one that it provides. */
  | { readonly kind: "package"; readonly name: string };

/** A package of a repository, as its index lists it. */
export interface RepositoryPackage {
  readonly name: string;
  /** As the database of the family writes it; rpm: `[epoch:]version-release`. */
  readonly version: string;
  readonly architecture: string;
  /** Name of the package that it was built from; null when it is its own. */
  readonly source: string | null;
  /** Null where the index does not say it. */
  readonly downloadBytes: number | null;
  readonly installedBytes: number | null;
  /** Where its file is: absolute, `http:`, `https:` or `file:`. */
  readonly url: string;
  readonly checksum: PackageChecksum | null;
  /** The part of the repositories that has it, for people: `bookworm-security/main`, `v3.20/community`. */
  readonly repository: string;
}

/** What the index promises of the file of a package. */
export type PackageChecksum =
  | { readonly kind: "file"; readonly digest: Digest }
  /** SHA-1 in hex of the compressed control part of an .apk. Source: apk-tools, APKINDEX `C:`. */
  | { readonly kind: "apk-control"; readonly sha1: string };

/** A package that brings what is wanted. */
export interface Provider {
  readonly package: RepositoryPackage;
  /** Where it has the file; null where the index says only that it has it. */
  readonly path: string | null;
  /** Whether all asked symbol versions are in it; `unknown` where the index does not say, and for what has none. */
  readonly versions: "all" | "not-all" | "unknown";
}

/** A package that is added, and why. */
export interface AddedPackage extends RepositoryPackage {
  /** `relation` as the package `by` writes it. */
  readonly because:
    | { readonly kind: "asked" }
    | { readonly kind: "needed"; readonly by: string; readonly relation: string };
}

/** What a package manager would do for a request. Without recommended packages. */
export interface Resolution {
  /** Not there before; sorted by name. */
  readonly added: readonly AddedPackage[];
  /** There before in another version; sorted by name. */
  readonly changed: readonly { readonly from: string; readonly to: AddedPackage }[];
  /** Names of packages that have to go; sorted. */
  readonly removed: readonly string[];
  /** Empty when it can be done. */
  readonly problems: readonly PackageProblem[];
}

/** The repositories of one release for one architecture, opened. Answers come from its index, nothing is fetched for them. */
export interface PackageSource {
  readonly family: "apk" | "dpkg" | "rpm";
  /** For people: `Debian 12 (bookworm), amd64`. */
  readonly name: string;
  /** Every index that it rests on, with its date. */
  readonly data: readonly DataSource[];
  /** What could not be had or was passed over: a mirror that did not answer, a record that is broken, an index that is stale. */
  readonly problems: readonly Failure[];
  /** Best first: what the distribution would take itself, newest version; empty when nothing brings it. */
  findProviders(wanted: Wanted): readonly Provider[];
  /** What the package manager would do to have `names` on a system with `installed`. */
  resolve(names: readonly string[], installed: readonly InstalledPackage[]): Resolution;
  /** Gives its files back. */
  close(): void;
}
