import type { Distro } from "../../distros/distro.ts";
import type { BaseEvidence } from "../../model/base-detection.ts";
import type { BaseInfo } from "../../model/base.ts";
import { distroOfName, doVersionsAgree, relateNames } from "./base-names.ts";
import type { Claim } from "./claim.ts";

/** Whether the claim names this base: by the digest of its manifest, or by its name. */
export function isNamed({ name, digest }: Claim, { measurement, reference }: BaseInfo): boolean {
  if (digest !== null && digest === measurement.digest) return true;
  return name !== null && reference !== null && relateNames(name, reference) === "same";
}

/**
 * Whether a claim says which image it is that lies at the bottom. One of several images of a build may be any stage's; a
 * runtime stands on a base of its own.
 */
export function isExclusive({ evidence }: Claim): boolean {
  switch (evidence.kind) {
    case "provenance":
      return evidence.isFinalStage || evidence.materials === 1;
    case "runtime":
      return false;
    default:
      return true;
  }
}

/** What os-release says against a name: another distribution, another release of it; null where nothing. */
export function distroAgainst(name: string | null, distro: Distro | null): BaseEvidence | null {
  const said = name === null ? null : distroOfName(name);
  if (said === null) return null;
  if (distro === null) return { kind: "distro", id: null, version: null };
  const { id, version } = distro;
  if (said.id === id && doVersionsAgree(said.version, version)) return null;
  return { kind: "distro", id, version };
}

/** What os-release says for a name; null where the name does not tell a distribution. */
export function distroFor(name: string | null, distro: Distro | null): BaseEvidence | null {
  if (name === null || distro === null || distroOfName(name) === null) return null;
  if (distroAgainst(name, distro) !== null) return null;
  return { kind: "distro", id: distro.id, version: distro.version };
}

/** The claim with what is known of labels: one that the base has as well was inherited from it. */
export function withInheritance(claim: Claim, labels: Readonly<Record<string, string>>): Claim {
  const { evidence } = claim;
  if (evidence.kind !== "label" || labels[evidence.label] === undefined) return claim;
  const said = labels[evidence.label];
  const isInherited = said === evidence.digest || (said !== undefined && sameName(said, evidence));
  return isInherited ? { ...claim, evidence: { ...evidence, isInherited } } : claim;
}

function sameName(said: string, { name }: { readonly name: string | null }): boolean {
  return name !== null && relateNames(said, name) === "same";
}

export function isInherited({ evidence }: Claim): boolean {
  return evidence.kind === "label" && evidence.isInherited;
}
