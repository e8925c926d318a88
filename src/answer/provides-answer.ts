import type { DataSource, PackageProblem, PackageStep } from "../model/answer.ts";
import type { BaseInfo } from "../model/base.ts";
import type { Coverage } from "../model/coverage.ts";
import type { Failure } from "../model/failure.ts";
import type { Provider, RepositoryPackage } from "../repositories/package-source.ts";

/** What a name stands for: a soname, a program that PATH finds, an absolute path, a package. */
export type NameKind = "library" | "command" | "file" | "package";

/** What is asked of each base. */
export interface ProvidesRequest {
  /** Not empty. */
  readonly names: readonly string[];
  /** Null: as each name is written, see `guessKind`. */
  readonly kind: NameKind | null;
  /** Symbol versions that a library must have: `GLIBCXX_3.4.32`. */
  readonly versions: readonly string[];
}

/** A package that brings it. */
export interface FoundProvider {
  readonly package: RepositoryPackage;
  /** The file that it is, or that a link made at its installation leads to; null where the index does not name it. */
  readonly path: string | null;
  /** Whether the asked symbol versions are in it; `unknown` where none were asked, or nobody looked. */
  readonly versions: Provider["versions"];
  /** The version of it that the base has; null where it has none. */
  readonly installedVersion: string | null;
}

/** What having the best provider there comes to. */
export type InstallPlan =
  /** The base has it. */
  | { readonly state: "present"; readonly package: string; readonly version: string }
  | { readonly state: "possible"; readonly step: PackageStep }
  | {
      readonly state: "refused";
      readonly package: string;
      readonly problems: readonly PackageProblem[];
    };

/** One name on one base. */
export interface NameAnswer {
  readonly name: string;
  /** As what it was found, else as what it was looked for first. */
  readonly kind: NameKind;
  /** Best first; empty when nothing brings it. */
  readonly providers: readonly FoundProvider[];
  /** For the first that has what is asked of it; null when none has. */
  readonly install: InstallPlan | null;
  /** Packages that could not be looked into. */
  readonly failures: readonly Failure[];
}

/** What the repositories of one base say. */
export type BaseAnswer = { readonly base: BaseInfo } & (
  | {
      readonly state: "answered";
      /** Of the repositories, for people: `Debian 12 (bookworm), amd64`. */
      readonly release: string;
      readonly family: PackageStep["family"];
      readonly how: PackageStep["how"];
      readonly builder: PackageStep["builder"];
      /** The indexes, each with its date. */
      readonly data: readonly DataSource[];
      /** In the order in which they were asked. */
      readonly names: readonly NameAnswer[];
      /** What of the indexes could not be had or was passed over. */
      readonly problems: readonly Failure[];
    }
  /** The indexes could not be had. */
  | { readonly state: "unavailable"; readonly failure: Failure }
  /** It is of no distribution, or names no repositories, and no builder of its release is known. */
  | { readonly state: "no-repository" }
);

/** `fromage provides`: bases in the order in which they were asked, per platform. */
export interface ProvidesAnswer {
  readonly schema: "fromage/provides@1";
  readonly tool: string;
  readonly request: ProvidesRequest;
  readonly platforms: readonly string[];
  readonly bases: readonly BaseAnswer[];
  readonly coverage: Coverage;
  /** Each once. */
  readonly failures: readonly Failure[];
}

/**
 * `no`: a base whose repositories were all read has none of a name; it wins over `partial`: something was not read, or a base
 * was not answered; `yes`: every name was found on every base.
 */
export function outcomeOf({ bases, coverage }: ProvidesAnswer): "yes" | "no" | "partial" {
  if (bases.some(isRefusal)) return "no";
  const isOpen = bases.some((one) => one.state !== "answered" || one.names.some(isMissing));
  return isOpen || coverage.state !== "complete" ? "partial" : "yes";
}

/** What a base without a distribution has not, nobody brings. */
function isRefusal(answer: BaseAnswer): boolean {
  switch (answer.state) {
    case "answered":
      return (
        answer.problems.length === 0 &&
        answer.names.some((one) => isMissing(one) && one.failures.length === 0)
      );
    case "no-repository":
      return answer.base.distro === null;
    case "unavailable":
      return false;
  }
}

/** A package that lacks a version that is asked of it is not it. */
const isMissing = ({ providers }: NameAnswer): boolean =>
  providers.every(({ versions }) => versions === "not-all");
