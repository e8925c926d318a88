import type { BaseCandidate, BaseEvidence, ComparedParts } from "../model/base-detection.ts";
import type { TargetSummary } from "../model/answer.ts";
import { count } from "./amounts.ts";
import { clean } from "./clean.ts";

/** Candidates that are named in one line. */
const maxNamed = 3;

/** What a target stands on, in one sentence; null where nothing is known of it. */
export function baseSentence(target: TargetSummary): string | null {
  const { base, baseDetection, addedPackages } = target;
  const added = `${count(addedPackages.length, "package")} added`;
  const chosen = baseDetection?.chosen ?? null;
  if (base !== null) {
    const why = chosen === null ? "" : ` (${whyWords(chosen)})`;
    return `stands on ${clean(base.id)}${why}, ${added}`;
  }
  if (chosen !== null) {
    const name = candidateName(chosen);
    return `stands on ${name} (${whyWords(chosen)}), which the catalogue does not have`;
  }
  const candidates = baseDetection?.candidates ?? [];
  if (candidates.length === 0) return null;
  const names = candidates.slice(0, maxNamed).map(candidateName);
  const more = candidates.length - names.length;
  const named = [...names, ...(more > 0 ? [`${more} more`] : [])].join(" or ");
  if (baseDetection?.ambiguous === true) {
    return `may stand on ${named}: nothing tells them apart (--base-is REF)`;
  }
  const [first] = candidates;
  const hint = first === undefined ? "" : ` (${whyWords(first)})`;
  return `stands on no base that can be told, possibly ${named}${hint}; --base-is REF says it`;
}

/** `likely: all its layers are at the bottom, measured on a stand-in; but the label says alpine:3.20`. */
function whyWords({ confidence, evidence, against }: BaseCandidate): string {
  const [first] = evidence;
  const why = first === undefined ? "" : `: ${describeBaseEvidence(first)}`;
  const [contrary] = against;
  const but = contrary === undefined ? "" : `; but ${describeBaseEvidence(contrary)}`;
  return `${confidence}${why}${but}`;
}

/** All candidates with all that was seen of them, for people. */
export function explainBase({ baseDetection }: TargetSummary): readonly string[] {
  if (baseDetection === undefined) return [];
  return baseDetection.candidates.flatMap((candidate) => [
    `base ${candidateName(candidate)}: ${candidate.confidence}`,
    ...candidate.evidence.map((one) => `  for it: ${describeBaseEvidence(one)}`),
    ...candidate.against.map((one) => `  against it: ${describeBaseEvidence(one)}`),
  ]);
}

function candidateName({ id, reference }: BaseCandidate): string {
  return clean(id ?? reference ?? "?");
}

/** What was seen, in words that stand behind a colon. */
export function describeBaseEvidence(evidence: BaseEvidence): string {
  switch (evidence.kind) {
    case "layers": {
      const { layers, measurement } = evidence;
      const whose = measurement === "measured" ? "" : `, as measured on a ${measurement}`;
      return layers === 1
        ? `its only layer is at the bottom${whose}`
        : `all its ${layers} layers are at the bottom${whose}`;
    }
    case "annotation":
      return `an annotation of the ${evidence.place} says ${saidWords(evidence)}`;
    case "label": {
      const from = evidence.isInherited ? ", which the base has too" : "";
      return `the label ${clean(evidence.label)} says ${saidWords(evidence)}${from}`;
    }
    case "buildpacks":
      return `buildpacks put it on the run image ${saidWords(evidence)}`;
    case "provenance":
      return provenanceWords(evidence);
    case "dockerfile":
      return `the Dockerfile says FROM ${clean(evidence.name)}`;
    case "history":
      return `its history has the step ${clean(evidence.step)}`;
    case "runtime":
      return `${clean(evidence.variable)} is ${clean(evidence.value)}, as ${clean(evidence.name)} has it`;
    case "contents":
      return contentsWords(evidence);
    case "distro": {
      if (evidence.id === null) return "the image has no os-release";
      const version = evidence.version === null ? "" : ` ${clean(evidence.version)}`;
      return `os-release says ${clean(evidence.id)}${version}`;
    }
    case "platform":
      return `the base is for ${clean(evidence.platform)}`;
  }
}

function saidWords(said: { readonly name: string | null; readonly digest: string | null }): string {
  if (said.name === null) return clean(said.digest ?? "?");
  return said.digest === null ? clean(said.name) : `${clean(said.name)}@${clean(said.digest)}`;
}

function provenanceWords(evidence: Extract<BaseEvidence, { readonly kind: "provenance" }>): string {
  const { materials, isFinalStage } = evidence;
  const role = isFinalStage
    ? "starts its last stage with"
    : materials === 1
      ? "used only"
      : `used, as one of ${materials} images,`;
  return `the build, by its provenance, ${role} ${saidWords(evidence)}`;
}

function contentsWords({
  packages,
  elfFiles,
  files,
}: Extract<BaseEvidence, { readonly kind: "contents" }>): string {
  const parts = [
    ["packages", packages],
    ["ELF files", elfFiles],
    ["other files", files],
  ] as const;
  const known = parts.filter(([, part]) => totalOf(part) > 0);
  const words = known.map(([name, part]) => `${part.same} of ${totalOf(part)} ${name}`);
  return `${words.join(", ")} of the base are in it unchanged`;
}

const totalOf = ({ same, changed, missing }: ComparedParts): number => same + changed + missing;
