import type {
  BaseCandidate,
  BaseConfidence,
  BaseDetection,
  BaseEvidence,
} from "../../model/base-detection.ts";

/** The strongest first: what lies in the image before what is said of it, what was said of this very image before hints. */
const strength: readonly BaseEvidence["kind"][] = [
  "layers",
  "contents",
  "annotation",
  "dockerfile",
  "buildpacks",
  "provenance",
  "label",
  "runtime",
  "history",
  "distro",
  "platform",
];

const confidences: readonly BaseConfidence[] = ["certain", "likely", "possible"];

/** The strongest first. */
export function sortEvidence(evidence: readonly BaseEvidence[]): readonly BaseEvidence[] {
  return evidence.toSorted((a, b) => strength.indexOf(a.kind) - strength.indexOf(b.kind));
}

export function lowered(confidence: BaseConfidence): BaseConfidence {
  return confidences[confidences.indexOf(confidence) + 1] ?? "possible";
}

export const atMost = (confidence: BaseConfidence, limit: BaseConfidence): BaseConfidence =>
  confidences.indexOf(confidence) < confidences.indexOf(limit) ? limit : confidence;

/**
 * Candidates in order, and the first of them if it stands alone. Layers come before everything: whatever is said, they
 * are there. Names that were said for certain and differ leave it open, whoever said them.
 */
export function rankCandidates(candidates: readonly BaseCandidate[]): BaseDetection {
  const ranked = candidates.toSorted((a, b) => {
    const [first, second] = [classOf(a), classOf(b)];
    return first - second || compare(nameOf(a), nameOf(b));
  });
  const [best] = ranked;
  if (best === undefined) return { candidates: [], chosen: null, ambiguous: false };
  const ambiguous = ranked.filter((one) => classOf(one) === classOf(best)).length > 1;
  const isGood = best.confidence !== "possible" || hasKind(best, "layers");
  return { candidates: ranked, chosen: isGood && !ambiguous ? best : null, ambiguous };
}

/** Two of one class cannot be told apart. */
function classOf(candidate: BaseCandidate): number {
  const [first] = candidate.evidence;
  const kind = first === undefined ? strength.length : strength.indexOf(first.kind);
  const confidence = confidences.indexOf(candidate.confidence);
  if (hasKind(candidate, "layers")) return confidence;
  if (hasKind(candidate, "contents") && candidate.confidence !== "possible") return 10;
  return candidate.confidence === "possible" ? 30 + kind : 20;
}

function hasKind({ evidence }: BaseCandidate, kind: BaseEvidence["kind"]): boolean {
  return evidence.some((one) => one.kind === kind);
}

const nameOf = ({ id, reference }: BaseCandidate): string => id ?? reference ?? "";
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
