import type { TargetSummary } from "../../model/answer.ts";
import type { BaseCandidate, BaseEvidence } from "../../model/base-detection.ts";

const digest = `sha256:${"c".repeat(64)}` as const;
const name = "one.example/base:1";
const parts = { same: 3, changed: 1, missing: 0 };

/** One of each kind, with what may be absent there and absent. */
export const sampleBaseEvidence: readonly BaseEvidence[] = [
  { kind: "layers", layers: 1, measurement: "stand-in" },
  { kind: "annotation", place: "manifest", name, digest: null },
  { kind: "annotation", place: "index", name: null, digest },
  { kind: "label", label: "org.opencontainers.image.base.name", name, digest, isInherited: true },
  { kind: "buildpacks", name, digest, layers: 3 },
  { kind: "buildpacks", name, digest: null, layers: null },
  {
    kind: "provenance",
    predicateType: "https://slsa.dev/provenance/v1",
    name,
    digest: null,
    materials: 2,
    isFinalStage: false,
  },
  { kind: "dockerfile", name },
  { kind: "history", name, step: "ADD x /" },
  { kind: "runtime", name: "node:20", variable: "NODE_VERSION", value: "20" },
  { kind: "contents", packages: parts, elfFiles: parts, files: parts },
  { kind: "distro", id: "debian", version: "12" },
  { kind: "distro", id: null, version: null },
  { kind: "platform", platform: "linux/arm64" },
];

const chosen: BaseCandidate = {
  id: "debian-12-slim",
  reference: "debian:bookworm-slim",
  confidence: "likely",
  evidence: sampleBaseEvidence,
  against: sampleBaseEvidence,
  layers: 1,
};
const other = { ...chosen, id: null, confidence: "possible", layers: null } as const;

/** A target whose base was detected, with all that may be told of it. */
export function withDetectedBase(target: TargetSummary): TargetSummary {
  const { confidence, evidence } = chosen;
  return {
    ...target,
    base: { id: "debian-12-slim", how: "evidence", confidence, evidence },
    baseDetection: { candidates: [chosen, other], chosen, ambiguous: false },
  };
}

/** One of which nothing is chosen. */
export function withoutBase(target: TargetSummary): TargetSummary {
  const candidates = [other, { ...other, reference: null }];
  return { ...target, base: null, baseDetection: { candidates, chosen: null, ambiguous: true } };
}
