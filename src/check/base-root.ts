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
  /** Its image config has an ENTRYPOINT, which would run before a CMD alone. */
  readonly hasEntrypoint: boolean;
}
