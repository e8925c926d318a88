import type { BaseInfo } from "./base.ts";
import type { BaseConfidence, BaseDetection, BaseEvidence } from "./base-detection.ts";
import type { Coverage } from "./coverage.ts";
import type { Digest } from "./digest.ts";
import type { Failure } from "./failure.ts";
import type { Finding } from "./finding.ts";
import type { Need } from "./need.ts";
import type { Verdict } from "./verdict.ts";

/** The app, as it is copied or as it is. `rebuild` and `static` come with their ecosystems. */
export type Strategy = "copy" | "rebuild" | "static";

/** One file or link that a recipe puts into the base. */
export interface Copy {
  /** Path in the target: absolute in an image, relative to the folder in a folder. */
  readonly from: string;
  /** Absolute path in the result. */
  readonly to: string;
  readonly sizeBytes: number;
  /** Why: the soname that is asked for. */
  readonly provides: string;
  /** The package of the target that owns it; null when none does. */
  readonly package: string | null;
}

/** A package that a recipe adds, and why. */
export interface RecipePackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** The part of the repositories that has it: `bookworm-security/main`. */
  readonly repository: string;
  /** Of its file. */
  readonly downloadBytes: number | null;
  /** As the index says it. */
  readonly installedBytes: number | null;
  /** The version that the base has of it and that gives way; null where the base has none. */
  readonly replaces: string | null;
  /** `for`: what it was asked for, `libpq.so.5` or `/usr/bin/perl`. `relation`: as the package `by` writes it. */
  readonly because:
    | { readonly kind: "asked"; readonly for: readonly string[] }
    | { readonly kind: "needed"; readonly by: string; readonly relation: string };
}

/**
 * How packages come into a base. `install`: by its own package manager. `copy`: unpacked in a stage of a builder of the
 * same release and copied with their entries in the package database; their scripts are not run. `installroot`: the
 * builder's package manager installs them into a copy of the base.
 */
export interface PackageStep {
  readonly family: "apk" | "dpkg" | "rpm";
  readonly how: "install" | "copy" | "installroot";
  /** Null where the base installs them itself. */
  readonly builder: { readonly reference: string; readonly digest: Digest | null } | null;
  /** The repositories, for people: `Debian 12 (bookworm), amd64`. */
  readonly source: string;
  /** What the command names; sorted. The others come with these. */
  readonly asked: readonly string[];
  /** Sorted by name. */
  readonly packages: readonly RecipePackage[];
  /** Names of packages of the base that have to go; sorted. */
  readonly removed: readonly string[];
  /** Sums; null where one part is not known. */
  readonly downloadBytes: number | null;
  readonly installedBytes: number | null;
  /** Links that the packages' scripts would make and that a copy makes itself; sorted by `path`. */
  readonly links: readonly { readonly path: string; readonly target: string }[];
}

/** Whether packages could help a candidate, and what came of it. */
export type PackageSearch =
  /** Nothing is missing that a package could bring. */
  | { readonly state: "not-needed" }
  /** `off`: not wanted. `cannot-win`: another candidate is better whatever would be found. */
  | { readonly state: "not-looked-up"; readonly reason: "off" | "cannot-win" }
  /** The base is of no distribution, or names no repositories, and no builder of its release is known. */
  | { readonly state: "no-repository" }
  /** The indexes could not be had. */
  | { readonly state: "unavailable"; readonly failure: Failure }
  /** Nothing there brings `wanted`, sorted. */
  | { readonly state: "nothing-found"; readonly wanted: readonly string[] }
  /** It cannot be installed or copied. */
  | { readonly state: "refused"; readonly problems: readonly PackageProblem[] }
  /** They are in the recipe, or were tried and did not help. `missing`: what no package brings. */
  | { readonly state: "found"; readonly missing: readonly string[] };

/** Why packages cannot be added. */
export type PackageProblem =
  | { readonly kind: "no-such-package"; readonly name: string }
  /** Nothing that there is satisfies the relation. */
  | { readonly kind: "unsatisfied"; readonly package: string; readonly relation: string }
  /** Two that would have to be there together exclude each other. */
  | {
      readonly kind: "conflict";
      readonly package: string;
      readonly with: string;
      readonly relation: string;
    }
  /** A part of the C library would be copied into a base: its parts belong together and to the base. */
  | { readonly kind: "libc"; readonly package: string }
  /** The file of the package could not be had or read. */
  | { readonly kind: "not-read"; readonly package: string; readonly failure: Failure };

/** What is added to a base so that the app runs on it. All of it was checked again, on base and recipe together. */
export interface Recipe {
  /** Sorted by `to`. */
  readonly copies: readonly Copy[];
  /** Names of all packages of `packageStep`, sorted. */
  readonly packages: readonly string[];
  /** Null where no package is added. */
  readonly packageStep: PackageStep | null;
  /** Image environment to set, sorted by name. */
  readonly env: Readonly<Record<string, string>>;
  /** What still stands in the way with the recipe; empty when the verdict is `runs`. */
  readonly findings: readonly Finding[];
}

/** One base for one platform. Bytes are plain numbers, unknown is null. */
export interface Candidate {
  readonly base: BaseInfo;
  readonly platform: string;
  readonly strategy: Strategy;
  /** Without the recipe. */
  readonly asIs: Verdict;
  /** With it; the same as `asIs` where there is none. */
  readonly verdict: Verdict;
  readonly recipe: Recipe | null;
  readonly packageSearch: PackageSearch;
  /** Of the check without the recipe, first cause first. */
  readonly findings: readonly Finding[];
  readonly sizes: {
    readonly baseCompressedBytes: number | null;
    readonly baseUnpackedBytes: number;
    readonly resultCompressedBytes: number | null;
    readonly resultUnpackedBytes: number;
  };
  /** Support at the day of the answer. */
  readonly support: "supported" | "ended" | "unknown";
  /** It is the base that the target stands on now. */
  readonly isPresent: boolean;
}

/**
 * What a target stands on. `how`: its layers show it, the user said it, or other evidence does. `confidence` and
 * `evidence` as in its candidate; absent where the user said it.
 */
export interface TargetBase {
  readonly id: string;
  readonly how: "diffIds" | "base-is" | "evidence";
  readonly confidence?: BaseConfidence;
  readonly evidence?: readonly BaseEvidence[];
}

export interface TargetSummary {
  readonly reference: string;
  /** Where the name was found, in words: `Docker at unix:///run/docker.sock`, `ghcr.io`. Absent for files. */
  readonly origin?: string;
  readonly kind: "image" | "folder" | "file";
  readonly platform: string;
  /** The known image at the bottom; null where none is chosen. */
  readonly base: TargetBase | null;
  /** What else it may stand on, and why; absent where it is no image, or the user said it. */
  readonly baseDetection?: BaseDetection;
  readonly addedPackages: readonly { readonly name: string; readonly version: string }[];
  readonly app: {
    /** Paths in the result of what is started. */
    readonly programs: readonly string[];
    /** Further programs and scripts that may be executed and that nobody said are started: not checked. */
    readonly unchecked: readonly string[];
    readonly files: number;
    readonly unpackedBytes: number;
    readonly elfFiles: number;
  };
}

export interface Choice {
  readonly base: BaseInfo;
  readonly platform: string;
  readonly strategy: Strategy;
  readonly verdict: Verdict;
  readonly recipe: Recipe | null;
  /** Why it is this one, as data: `smallest` of those that run; `only-unproven`: nothing runs for certain. */
  readonly why: "smallest" | "only-unproven";
  /** Text of the Dockerfile; null when nothing has to change. */
  readonly dockerfile: string | null;
}

/** A source of data that the answer rests on. */
export interface DataSource {
  readonly name: string;
  /** ISO day in an answer; what gives the data may know the time too. */
  readonly date: string;
}

interface Common {
  readonly tool: string;
  /** ISO day. */
  readonly asOf: string;
  readonly platforms: readonly string[];
  /** One per platform. */
  readonly targets: readonly TargetSummary[];
  /** Of all platforms, sorted as model/need.ts says. */
  readonly needs: readonly Need[];
  readonly candidates: readonly Candidate[];
  readonly data: readonly DataSource[];
  readonly coverage: Coverage;
  readonly failures: readonly Failure[];
}

/** `--json` of `fromage check`; candidates in the order of `--base`. */
export interface CheckAnswer extends Common {
  readonly schema: "fromage/check@1";
}

/** `--json` of `fromage choose`; candidates in order of preference, per platform. */
export interface ChooseAnswer extends Common {
  readonly schema: "fromage/choose@1";
  /** The best for all platforms together; null when nothing fits. With one platform, one choice. */
  readonly choices: readonly (Choice | null)[];
  /** `choices[0]` where there is one platform, or the base that is chosen for all of them. */
  readonly choice: Choice | null;
}
