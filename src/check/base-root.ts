import type { BaseInfo } from "../model/base.ts";
import type { MergedRootfs } from "../image/merge.ts";

/** A base that is ready to be checked against. One is made per base and used for every app. */
export interface BaseRoot {
  readonly info: BaseInfo;
  readonly rootfs: MergedRootfs;
  /** `NAME=value` of its image config. */
  readonly env: readonly string[];
  /** Of its image config; empty means `/`. */
  readonly workingDirectory: string;
  /** Names of packages that a recipe added to it; absent where none did. */
  readonly addedPackages?: readonly string[];
  /** Bytes of their files. */
  readonly addedBytes?: number;
  /** Scripts of packages that were copied into it and that are not run, as far as it is not known what they do. */
  readonly unknownScripts?: readonly UnknownScript[];
  /** Its image config has an ENTRYPOINT, which would run before a CMD alone. */
  readonly hasEntrypoint: boolean;
}

/** A script, and what it does that is not known: at least one statement. */
export interface UnknownScript {
  readonly package: string;
  readonly script: string;
  readonly statements: readonly string[];
}
