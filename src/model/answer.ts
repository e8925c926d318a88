import type { BaseInfo } from "./base.ts";
import type { Coverage } from "./coverage.ts";
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

/** What is added to a base so that the app runs on it. All of it was checked again, on base and recipe together. */
export interface Recipe {
  /** Sorted by `to`. */
  readonly copies: readonly Copy[];
  /** Names of packages of the base's distribution; none are chosen yet. */
  readonly packages: readonly string[];
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

export interface TargetSummary {
  readonly reference: string;
  /** Where the name was found, in words: `Docker at unix:///run/docker.sock`, `ghcr.io`. Absent for files. */
  readonly origin?: string;
  readonly kind: "image" | "folder" | "file";
  readonly platform: string;
  /** The known image at the bottom; `how` says who said so. */
  readonly base: { readonly id: string; readonly how: "diffIds" | "base-is" } | null;
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
