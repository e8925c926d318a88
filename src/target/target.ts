import type { App } from "../check/app.ts";
import type { ImageConfig, SourceKind } from "../image/image.ts";
import type { MergedRootfs } from "../image/merge.ts";
import type { LinkedProcess, Start } from "../linking/process.ts";
import type { TargetSummary } from "../model/answer.ts";
import type { Failure } from "../model/failure.ts";
import type { CompressedSizes } from "./measure-target.ts";

/** What the user points at, for one platform, split into base, added packages and app. */
export interface Target {
  readonly summary: TargetSummary;
  readonly source: SourceKind;
  /** As a builder knows it; null where nobody says it. */
  readonly imageName: string | null;
  /** Of its image; of a file or folder all is empty. */
  readonly config: ImageConfig;
  /** All of it, merged. A file or folder stands at /app. */
  readonly rootfs: MergedRootfs;
  readonly app: App;
  /** What is copied: real paths in `rootfs`, sorted. A folder of which everything is taken comes as one. */
  readonly appPaths: readonly string[];
  /** Its programs as they start in `rootfs` itself. */
  readonly starts: readonly Start[];
  /** All their processes: where libraries come from when a base lacks them. */
  readonly processes: readonly LinkedProcess[];
  readonly compressed: CompressedSizes;
  /** What was not read of it. */
  readonly failures: readonly Failure[];
}
