import type { OpenBase } from "../../catalogue/catalogue.ts";
import type { BaseEvidence } from "../../model/base-detection.ts";
import { distroOfName, doVersionsAgree } from "./base-names.ts";
import type { Claim } from "./claim.ts";
import type { Detecting } from "./detect-base.ts";
import { isExclusive, isInherited, isNamed, withInheritance } from "./weigh-claims.ts";

/** Claims that name this base. */
export function evidenceFor(base: OpenBase, { claims }: Detecting): readonly Claim[] {
  return claims
    .map((claim) => withInheritance(claim, base.config.labels))
    .filter((claim) => !isInherited(claim) && isNamed(claim, base.info));
}

/**
 * Claims that this base contradicts. One that names a base that lies below it, or that stands on it, does not: an image
 * has many ancestors, and any may be named.
 */
export async function evidenceAgainst(
  base: OpenBase,
  detecting: Detecting,
): Promise<readonly BaseEvidence[]> {
  const against: BaseEvidence[] = [];
  for (const claim of detecting.claims) {
    const own = withInheritance(claim, base.config.labels);
    if (isInherited(own) || !isExclusive(own) || isNamed(own, base.info)) continue;
    if (await isContradicted(own, base, detecting)) against.push(own.evidence);
  }
  return against;
}

async function isContradicted(
  claim: Claim,
  base: OpenBase,
  { catalogue, opener, diffIds }: Detecting,
): Promise<boolean> {
  const named = catalogue.bases.filter((info) => isNamed(claim, info));
  const below = new Set(catalogue.findAllByDiffIds(diffIds).map(({ id }) => id));
  if (named.some(({ id }) => below.has(id) || id === base.info.id)) return false;
  const fitting = named.find(({ platform }) => platform === base.info.platform) ?? named[0];
  const other = fitting === undefined ? null : await opener.open(fitting.id, fitting.platform);
  if (other !== null) {
    const chain = catalogue.findAllByDiffIds(other.base.config.diffIds);
    return !chain.some(({ id }) => id === base.info.id);
  }
  const said = claim.name === null ? null : distroOfName(claim.name);
  if (claim.name === "scratch") return true;
  const { distro } = base.info;
  if (said === null || distro === null) return false;
  return said.id !== distro.id || !doVersionsAgree(said.version, distro.version);
}
