import type { FinalBase } from "../../formats/dockerfile/final-base.ts";
import type { Image } from "../../image/image.ts";
import type { Rootfs } from "../../image/rootfs.ts";
import { plainName } from "./base-names.ts";
import type { Claim } from "./claim.ts";
import { documentClaims } from "./document-claims.ts";
import { provenanceClaims, type ProvenanceClaims } from "./provenance-claims.ts";
import { traceClaims } from "./trace-claims.ts";

export interface ClaimSources {
  readonly image: Image;
  readonly rootfs: Rootfs;
  /** What the Dockerfile says that the user named; null where none was. */
  readonly finalStage: FinalBase | null;
}

/** All that names a base, those first that were written for this very image. */
export async function gatherClaims({
  image,
  rootfs,
  finalStage,
}: ClaimSources): Promise<ProvenanceClaims> {
  const fromProvenance = await provenanceClaims(image);
  const claims = [
    ...documentClaims(image),
    ...dockerfileClaims(finalStage),
    ...fromProvenance.claims,
    ...traceClaims(image, rootfs),
  ];
  return { claims, failures: fromProvenance.failures };
}

function dockerfileClaims(stage: FinalBase | null): readonly Claim[] {
  if (stage === null || stage.kind === "unknown") return [];
  const reference = stage.kind === "scratch" ? "scratch" : stage.reference;
  const name = plainName(reference);
  if (name === null) return [];
  const evidence = { kind: "dockerfile", name } as const;
  return [{ name, digest: null, confidence: "likely", layers: null, evidence }];
}
