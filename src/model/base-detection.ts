import type { MeasurementKind } from "./base.ts";
import type { Digest } from "./digest.ts";

/**
 * How sure it is that an image stands on a base. `certain`: all layers of a measured base are at its bottom, and nothing
 * says otherwise. `likely`: the layers of a stand-in, the same packages and files, or a builder's own word for this very
 * image. `possible`: a hint; never chosen.
 */
export type BaseConfidence = "certain" | "likely" | "possible";

/** What was seen of a base in an image. `name`: as `FROM` would name it. */
export type BaseEvidence =
  /** So many layers at the bottom are all those of the base, by their diffIds. */
  | { readonly kind: "layers"; readonly layers: number; readonly measurement: MeasurementKind }
  /** `org.opencontainers.image.base.*` of the manifest or of the index around it: a builder wrote it for this image. */
  | {
      readonly kind: "annotation";
      readonly place: "manifest" | "index";
      readonly name: string | null;
      readonly digest: Digest | null;
    }
  /** The same as a label of the config: images built on this one inherit it. `isInherited`: the base has it as well. */
  | {
      readonly kind: "label";
      readonly label: string;
      readonly name: string | null;
      readonly digest: Digest | null;
      readonly isInherited: boolean;
    }
  /** The run image of Cloud Native Buildpacks; `layers` up to its top one, null where that is not in the image. */
  | {
      readonly kind: "buildpacks";
      readonly name: string;
      readonly digest: Digest | null;
      readonly layers: number | null;
    }
  /**
   * A provenance attestation. `materials`: how many images the build used; `isFinalStage`: the Dockerfile in it says that
   * the last stage starts with this one.
   */
  | {
      readonly kind: "provenance";
      readonly predicateType: string;
      readonly name: string;
      readonly digest: Digest | null;
      readonly materials: number;
      readonly isFinalStage: boolean;
    }
  /** `FROM` of the stage that was built, by the Dockerfile that the user named. */
  | { readonly kind: "dockerfile"; readonly name: string }
  /** A step at the start of the build that only this publisher's images have. */
  | { readonly kind: "history"; readonly name: string; readonly step: string }
  /** The version of a runtime, set as the publisher's image sets it, and its program at the publisher's place. */
  | {
      readonly kind: "runtime";
      readonly name: string;
      readonly variable: string;
      readonly value: string;
    }
  /** How much of the base is in the image as it is. */
  | {
      readonly kind: "contents";
      readonly packages: ComparedParts;
      readonly elfFiles: ComparedParts;
      readonly files: ComparedParts;
    }
  /** os-release of the image; `id` null where it has none. */
  | { readonly kind: "distro"; readonly id: string | null; readonly version: string | null }
  /** The platforms of base and image are not the same. */
  | { readonly kind: "platform"; readonly platform: string };

/** Of what the base has: how many are the same in the image, how many are others, how many are not there. */
export interface ComparedParts {
  readonly same: number;
  readonly changed: number;
  readonly missing: number;
}

/** A base that an image may stand on. */
export interface BaseCandidate {
  /** In the catalogue; null for one that is not there. */
  readonly id: string | null;
  /** As `FROM` would name it; null for a base of the catalogue without a name. */
  readonly reference: string | null;
  readonly confidence: BaseConfidence;
  /** What speaks for it, the strongest first; never empty. */
  readonly evidence: readonly BaseEvidence[];
  /** What contradicts it. */
  readonly against: readonly BaseEvidence[];
  /** How many layers of the image are its; null where that is not known. */
  readonly layers: number | null;
}

/** What an image stands on, as far as it can be told. Plain JSON. */
export interface BaseDetection {
  /** Best first. Bases below the known one that has most layers are not among them: it stands on them. */
  readonly candidates: readonly BaseCandidate[];
  /**
   * `candidates[0]`; null where several are equally good, or where it is neither likely nor shown by layers.
   */
  readonly chosen: BaseCandidate | null;
  /** Several are equally good and nothing tells them apart. */
  readonly ambiguous: boolean;
}
