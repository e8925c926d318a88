import type { Catalogue } from "../../catalogue/catalogue.ts";
import { readDistro, type Distro } from "../../distros/distro.ts";
import type { MergedRootfs } from "../../image/merge.ts";
import type { BaseCandidate, BaseDetection } from "../../model/base-detection.ts";
import type { Digest } from "../../model/digest.ts";
import type { Failure } from "../../model/failure.ts";
import { formatPlatform } from "../../model/platform.ts";
import { chainCandidates } from "./chain-candidates.ts";
import { claimedCandidates } from "./claimed-candidates.ts";
import type { Claim } from "./claim.ts";
import { contentsCandidates } from "./contents-candidates.ts";
import { gatherClaims, type ClaimSources } from "./gather-claims.ts";
import { BaseOpener, type OpenedBase } from "./known-base.ts";
import { rankCandidates } from "./rank-candidates.ts";

export interface DetectBaseInput extends Omit<ClaimSources, "rootfs"> {
  readonly rootfs: MergedRootfs;
  readonly catalogue: Catalogue;
  /** Of the layers as they were read, bottom first: an image that says none has them all the same. */
  readonly diffIds: readonly Digest[];
}

/** What all that looks for candidates needs. */
export interface Detecting {
  readonly rootfs: MergedRootfs;
  readonly diffIds: readonly Digest[];
  readonly catalogue: Catalogue;
  readonly opener: BaseOpener;
  readonly distro: Distro | null;
  /** Null for what does not say for what it is. */
  readonly platform: string | null;
  readonly claims: readonly Claim[];
}

export interface DetectedBase {
  readonly detection: BaseDetection;
  /**
   * What the image is split by: the chosen base, or one of several whose layers are the same. Null where none is known,
   * or what is chosen is not in the catalogue.
   */
  readonly known: (OpenedBase & { readonly layers: number | null }) | null;
  /** What could not be read of the evidence. */
  readonly failures: readonly Failure[];
}

/**
 * Finds what an image stands on, from all that is known of it: its layers first, then its contents, then what is written
 * in and beside it. Contradictions lower the confidence, what cannot be told apart is not chosen.
 */
export async function detectBase(input: DetectBaseInput): Promise<DetectedBase> {
  const { image, rootfs, catalogue, diffIds } = input;
  const opener = new BaseOpener(catalogue);
  const { claims, failures } = await gatherClaims(input);
  const detecting: Detecting = {
    rootfs,
    diffIds,
    catalogue,
    opener,
    distro: readDistro(rootfs),
    platform: image.documents === undefined ? null : formatPlatform(image.platform),
    claims,
  };
  const chains = await chainCandidates(detecting);
  const found = chains.length > 0 ? chains : await contentsCandidates(detecting);
  const claimed = await claimedCandidates(detecting, found);
  const detection = rankCandidates([...found, ...claimed].map(({ candidate }) => candidate));
  const known = knownOf(detection, [...found, ...claimed]);
  // What lies at the bottom is known then, whatever an attestation would have said.
  const isShown = detection.chosen?.evidence[0]?.kind === "layers";
  return { detection, known, failures: [...(isShown ? [] : failures), ...opener.failures] };
}

/** A candidate and what of the catalogue it is. */
export interface FoundCandidate {
  readonly candidate: BaseCandidate;
  readonly opened: OpenedBase | null;
}

function knownOf(
  { candidates, chosen }: BaseDetection,
  found: readonly FoundCandidate[],
): DetectedBase["known"] {
  const [best] = candidates;
  // Which of them it is may be open; what lies at the bottom is not.
  const isByLayers = best?.evidence.some(({ kind }) => kind === "layers") === true;
  const taken = chosen ?? (isByLayers ? best : undefined);
  const opened = found.find(({ candidate }) => candidate === taken)?.opened ?? null;
  if (opened === null || taken === undefined) return null;
  return { base: opened.base, rootfs: opened.rootfs, layers: taken.layers };
}
