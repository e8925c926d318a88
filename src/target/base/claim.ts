import type { BaseConfidence, BaseEvidence } from "../../model/base-detection.ts";
import type { Digest } from "../../model/digest.ts";

/** Something in or beside an image that names its base. */
export interface Claim {
  /** As `FROM` would name it; null where only a digest is said. */
  readonly name: string | null;
  readonly digest: Digest | null;
  /** What it comes to alone, where nothing contradicts it: a name is never certain. */
  readonly confidence: Exclude<BaseConfidence, "certain">;
  /** Layers at the bottom that are the base's, as the claim says; null where it does not. */
  readonly layers: number | null;
  readonly evidence: BaseEvidence;
}
