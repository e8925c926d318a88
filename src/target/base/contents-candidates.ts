import type { BaseInfo } from "../../model/base.ts";
import type { BaseCandidate } from "../../model/base-detection.ts";
import { isOfficial } from "./base-names.ts";
import { compareContents, isUpgradedBase, isWholeBase } from "./compare-contents.ts";
import type { Detecting, FoundCandidate } from "./detect-base.ts";
import { evidenceAgainst, evidenceFor } from "./judge-base.ts";
import type { OpenedBase } from "./known-base.ts";
import { lowered, sortEvidence } from "./rank-candidates.ts";

interface Compared {
  readonly opened: OpenedBase;
  readonly contents: ReturnType<typeof compareContents>;
  readonly isWhole: boolean;
}

/**
 * Bases that are in the image as they are though its layers are others: squashed, exported, rebuilt. Of those that are in
 * each other the largest counts.
 */
export async function contentsCandidates(detecting: Detecting): Promise<readonly FoundCandidate[]> {
  const compared: Compared[] = [];
  for (const info of comparable(detecting)) {
    const opened = await detecting.opener.open(info.id, info.platform);
    if (opened === null) continue;
    const contents = compareContents(opened.rootfs, detecting.rootfs);
    const isWhole = isWholeBase(contents);
    if (isWhole || isUpgradedBase(contents)) compared.push({ opened, contents, isWhole });
  }
  const whole = compared.filter(({ isWhole }) => isWhole);
  const largest = whole.filter((one) => !whole.some((other) => isPartOf(one, other)));
  const found: (FoundCandidate & { readonly isSaid: boolean })[] = [];
  for (const one of largest.length > 0 ? largest : leastMissing(compared)) {
    const forIt = evidenceFor(one.opened.base, detecting);
    const candidate = await toCandidate(one, detecting);
    const isSaid = forIt.some(({ confidence }) => confidence === "likely");
    found.push({ candidate, opened: one.opened, isSaid });
  }
  return tellApart(found);
}

/** An upgrade changes files and renames some; what a base has on top of another is missing altogether. */
function leastMissing(compared: readonly Compared[]): readonly Compared[] {
  const missing = ({ contents }: Compared): number =>
    contents.elfFiles.missing + contents.files.missing;
  const least = Math.min(...compared.map(missing));
  return compared.filter((one) => missing(one) === least);
}

/** With the same contents the one that is said, then the publisher's own, is the better. */
function tellApart(
  found: readonly (FoundCandidate & { readonly isSaid: boolean })[],
): readonly FoundCandidate[] {
  if (found.length < 2) return found;
  const said = found.filter(({ isSaid }) => isSaid);
  const own = found.filter(({ opened }) => isOfficial(opened?.base.info.reference ?? null));
  const winner =
    said.length === 1 ? said[0] : said.length === 0 && own.length === 1 ? own[0] : null;
  if (winner === null || winner === undefined) return found;
  return found.map((one) =>
    one === winner ? one : { ...one, candidate: { ...one.candidate, confidence: "possible" } },
  );
}

/** Of the same distribution and release, as far as both say it. */
function comparable({ catalogue, distro, platform }: Detecting): readonly BaseInfo[] {
  return catalogue.bases.filter((info) => {
    if (info.unpackedBytes === 0 || (platform !== null && info.platform !== platform)) return false;
    if ((info.distro?.id ?? null) !== (distro?.id ?? null)) return false;
    return releaseOf(info.distro?.version ?? null) === releaseOf(distro?.version ?? null);
  });
}

/** `3.20` of `3.20.3`, `12` of `12`. */
const releaseOf = (version: string | null): string | null =>
  version === null ? null : version.split(".").slice(0, 2).join(".");

function isPartOf(one: Compared, other: Compared): boolean {
  if (one === other) return false;
  const isIn = isWholeBase(compareContents(one.opened.rootfs, other.opened.rootfs));
  return isIn && !isWholeBase(compareContents(other.opened.rootfs, one.opened.rootfs));
}

async function toCandidate(
  { opened, contents, isWhole }: Compared,
  detecting: Detecting,
): Promise<BaseCandidate> {
  const { info } = opened.base;
  const { distro } = detecting;
  const against = await evidenceAgainst(opened.base, detecting);
  const known = isWhole ? "likely" : "possible";
  const said = evidenceFor(opened.base, detecting);
  // Most of it is there and a builder says so: what differs was upgraded.
  const raised = said.some(({ confidence }) => confidence === "likely") ? "likely" : known;
  return {
    id: info.id,
    reference: info.reference,
    confidence: against.length === 0 ? raised : lowered(raised),
    evidence: sortEvidence([
      contents,
      ...said.map(({ evidence }) => evidence),
      ...(distro === null
        ? []
        : [{ kind: "distro", id: distro.id, version: distro.version } as const]),
    ]),
    against: sortEvidence(against),
    layers: null,
  };
}
