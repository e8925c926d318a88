import type { FoundBase } from "../../catalogue/catalogue.ts";
import type { BaseCandidate, BaseEvidence } from "../../model/base-detection.ts";
import { isOfficial } from "./base-names.ts";
import type { Detecting, FoundCandidate } from "./detect-base.ts";
import type { OpenedBase } from "./known-base.ts";
import { evidenceAgainst, evidenceFor } from "./judge-base.ts";
import { atMost, lowered, sortEvidence } from "./rank-candidates.ts";

/**
 * Known bases with all their layers at the bottom, those with most layers. Where the same layers are several bases',
 * what the image says of itself decides, then the publisher's own name; else it stays open.
 */
export async function chainCandidates(detecting: Detecting): Promise<readonly FoundCandidate[]> {
  const chains = await longestChains(detecting);
  const found: (FoundCandidate & { readonly isSaid: boolean })[] = [];
  for (const { chain, opened } of chains) {
    const forIt = evidenceFor(opened.base, detecting);
    const against = await evidenceAgainst(opened.base, detecting);
    const isSaid = forIt.some((one) => one.confidence === "likely");
    const evidence = forIt.map((one) => one.evidence);
    found.push({
      candidate: toCandidate(chain, opened, { evidence, against, detecting }),
      opened,
      isSaid,
    });
  }
  if (found.length < 2) return found;
  const said = found.filter((one) => one.isSaid);
  const own = found.filter(({ opened }) => isOfficial(opened?.base.info.reference ?? null));
  const winner =
    said.length === 1 ? said[0] : said.length === 0 && own.length === 1 ? own[0] : null;
  return found.map((one) => {
    const isRefuted = winner !== null && one !== winner;
    // Which of them it is rests on a name, or on nothing.
    const limit = isRefuted ? "possible" : winner === null || one.isSaid ? "likely" : "certain";
    const confidence = atMost(one.candidate.confidence, limit);
    return { ...one, candidate: { ...one.candidate, confidence } };
  });
}

async function longestChains({
  catalogue,
  diffIds,
  platform,
  opener,
}: Detecting): Promise<readonly { readonly chain: FoundBase; readonly opened: OpenedBase }[]> {
  const all = catalogue.findAllByDiffIds(diffIds);
  const opened: { readonly chain: FoundBase; readonly opened: OpenedBase }[] = [];
  for (const chain of all) {
    if (chain.layers < (opened[0]?.chain.layers ?? 0)) break;
    const base = await opener.open(chain.id, chain.platform);
    // A layer with nothing in it is at the bottom of many images and is nobody's mark.
    const isEmpty = base === null || base.base.layers.every(({ entries }) => entries.length === 0);
    if (!isEmpty) opened.push({ chain, opened: base });
  }
  const own = opened.filter(({ chain }) => chain.platform === platform);
  return own.length > 0 ? own : opened;
}

function toCandidate(
  { layers }: FoundBase,
  { base: { info } }: OpenedBase,
  seen: {
    readonly evidence: readonly BaseEvidence[];
    readonly against: readonly BaseEvidence[];
    readonly detecting: Detecting;
  },
): BaseCandidate {
  const { platform } = seen.detecting;
  const { kind: measurement } = info.measurement;
  const isOther = platform !== null && platform !== info.platform;
  const against: readonly BaseEvidence[] = [
    ...seen.against,
    ...(isOther ? [{ kind: "platform", platform: info.platform } as const] : []),
  ];
  const known = measurement === "measured" ? "certain" : "likely";
  return {
    id: info.id,
    reference: info.reference,
    confidence: against.length === 0 ? known : lowered(known),
    evidence: sortEvidence([{ kind: "layers", layers, measurement }, ...seen.evidence]),
    against: sortEvidence(against),
    layers,
  };
}
