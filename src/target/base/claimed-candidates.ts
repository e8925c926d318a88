import type { Distro } from "../../distros/distro.ts";
import type { BaseInfo } from "../../model/base.ts";
import type { BaseCandidate, BaseEvidence } from "../../model/base-detection.ts";
import { doVersionsAgree, relateNames } from "./base-names.ts";
import type { Claim } from "./claim.ts";
import { compareContents, isOtherContents } from "./compare-contents.ts";
import type { Detecting, FoundCandidate } from "./detect-base.ts";
import { atMost, sortEvidence } from "./rank-candidates.ts";
import { distroAgainst, distroFor, isNamed, withInheritance } from "./weigh-claims.ts";

/** Names that were said and that are none of `found`, each once. */
export async function claimedCandidates(
  detecting: Detecting,
  found: readonly FoundCandidate[],
): Promise<readonly FoundCandidate[]> {
  const labels = found[0]?.opened?.base.config.labels ?? {};
  const { catalogue, diffIds } = detecting;
  const below = new Set(catalogue.findAllByDiffIds(diffIds).map(({ id }) => id));
  const isTakenBase = (claim: Claim): boolean =>
    found.some(({ opened }) => opened !== null && isNamed(claim, opened.base.info)) ||
    catalogue.bases.some((info) => below.has(info.id) && isNamed(claim, info));
  const all = detecting.claims.map((claim) => withInheritance(claim, labels));
  // One that a digest shows to be a known base has that base's name wherever else it is said.
  const taken = all.filter(isTakenBase).flatMap(({ name }) => name ?? []);
  const open = all.filter(
    (claim) =>
      !isTakenBase(claim) &&
      !taken.some((name) => claim.name !== null && relateNames(name, claim.name) === "same"),
  );
  const candidates: FoundCandidate[] = [];
  for (const claims of groupByName(open)) {
    const info = findNamedBase(claims, detecting);
    candidates.push(
      info === null
        ? { candidate: unknownCandidate(claims, detecting), opened: null }
        : await knownCandidate(claims, info, detecting),
    );
  }
  return candidates;
}

/** What says the same name stands together; a digest alone names nothing that a person could look up. */
function groupByName(claims: readonly Claim[]): readonly (readonly [Claim, ...Claim[]])[] {
  const groups: [Claim, ...Claim[]][] = [];
  for (const claim of claims) {
    const { name } = claim;
    if (name === null) continue;
    const same = groups.find(([first]) => relateNames(first.name ?? "", name) === "same");
    if (same === undefined) groups.push([claim]);
    else same.push(claim);
  }
  return groups;
}

/**
 * For the platform of the image, where that is known. A name such as `alpine:3` is several bases': then the one of the
 * image's own release, or none.
 */
function findNamedBase(
  claims: readonly Claim[],
  { catalogue, platform, distro }: Detecting,
): BaseInfo | null {
  const named = catalogue.bases.filter(
    (info) =>
      (platform === null || info.platform === platform) &&
      claims.some((claim) => isNamed(claim, info)),
  );
  if (named.length < 2) return named[0] ?? null;
  const fitting = named.filter((info) => isOfRelease(info, distro));
  return fitting.length === 1 ? (fitting[0] ?? null) : null;
}

function isOfRelease(info: BaseInfo, distro: Distro | null): boolean {
  if ((info.distro?.id ?? null) !== (distro?.id ?? null)) return false;
  return isSameRelease(info.distro?.version ?? null, distro?.version ?? null);
}

function unknownCandidate(
  claims: readonly [Claim, ...Claim[]],
  { distro }: Detecting,
): BaseCandidate {
  const [first] = claims;
  const against = distroAgainst(first.name, distro);
  const agreeing = distroFor(first.name, distro);
  return {
    id: null,
    reference: first.name,
    confidence: confidenceOf(claims, against !== null, agreeing !== null),
    evidence: evidenceOf(claims, agreeing),
    against: against === null ? [] : [against],
    layers: against === null ? layersOf(claims) : null,
  };
}

/** One that is known and whose layers are not there: another build of it, or squashed, or not it at all. */
async function knownCandidate(
  claims: readonly [Claim, ...Claim[]],
  info: BaseInfo,
  detecting: Detecting,
): Promise<FoundCandidate> {
  const { distro, rootfs, opener } = detecting;
  const opened = await opener.open(info.id, info.platform);
  const against: BaseEvidence[] = [];
  const id = distro?.id ?? null;
  const version = distro?.version ?? null;
  if (!isOfRelease(info, distro)) against.push({ kind: "distro", id, version });
  if (opened !== null && info.unpackedBytes > 0) {
    const contents = compareContents(opened.rootfs, rootfs);
    if (isOtherContents(contents)) against.push(contents);
  }
  const agreeing: BaseEvidence | null =
    against.length === 0 && id !== null ? { kind: "distro", id, version } : null;
  const candidate: BaseCandidate = {
    id: info.id,
    reference: info.reference,
    confidence: confidenceOf(claims, against.length > 0, agreeing !== null),
    evidence: evidenceOf(claims, agreeing),
    against: sortEvidence(against),
    layers: info.unpackedBytes === 0 && against.length === 0 ? 0 : null,
  };
  return { candidate, opened };
}

/** `3.20.3` and `3.20.6` are one release. */
function isSameRelease(a: string | null, b: string | null): boolean {
  const release = (version: string | null): string | null =>
    version?.split(".").slice(0, 2).join(".") ?? null;
  return doVersionsAgree(release(a), release(b));
}

/** The only image of a build, and the same distribution: it is not one that only a stage was built in. */
function confidenceOf(
  claims: readonly Claim[],
  isContradicted: boolean,
  isSameDistro: boolean,
): BaseCandidate["confidence"] {
  if (isContradicted) return "possible";
  const isOnly = claims.some(
    ({ evidence }) => evidence.kind === "provenance" && evidence.materials === 1,
  );
  if (isOnly && isSameDistro) return "likely";
  const isLikely = claims.some(({ confidence }) => confidence === "likely");
  return atMost("certain", isLikely ? "likely" : "possible");
}

function evidenceOf(
  claims: readonly Claim[],
  agreeing: BaseEvidence | null,
): readonly BaseEvidence[] {
  const evidence = claims.map((claim) => claim.evidence);
  return sortEvidence(agreeing === null ? evidence : [...evidence, agreeing]);
}

const layersOf = (claims: readonly Claim[]): number | null =>
  claims.find(({ layers }) => layers !== null)?.layers ?? null;
