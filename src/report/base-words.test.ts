import { describe, expect, it } from "vitest";
import type { TargetSummary } from "../model/answer.ts";
import type { BaseCandidate, BaseDetection, BaseEvidence } from "../model/base-detection.ts";
import { baseSentence, describeBaseEvidence, explainBase } from "./base-words.ts";

const layers = { kind: "layers", layers: 2, measurement: "measured" } as const;
const label = "org.opencontainers.image.base.name";

function candidate(more: Partial<BaseCandidate>): BaseCandidate {
  const none = { reference: null, against: [], layers: null };
  return { id: "alpine-3.20", confidence: "certain", evidence: [layers], ...none, ...more };
}

function target(
  detection: Partial<BaseDetection>,
  base: TargetSummary["base"] = null,
): TargetSummary {
  const candidates = detection.chosen ? [detection.chosen] : [];
  return {
    reference: "oci:app",
    kind: "image",
    platform: "linux/amd64",
    base,
    baseDetection: { candidates, chosen: null, ambiguous: false, ...detection },
    addedPackages: [{ name: "a", version: "1" }],
    app: { programs: [], unchecked: [], files: 0, unpackedBytes: 0, elfFiles: 0 },
  };
}

const dockerfile = { kind: "dockerfile", name: "debian:12" } as const;
const unknown = candidate({
  id: null,
  reference: "one.example/\u001b[2Jbase:1",
  confidence: "likely",
  evidence: [dockerfile],
});

describe("baseSentence()", () => {
  it.each<readonly [string, TargetSummary, string | null]>([
    [
      "certain",
      target({ chosen: candidate({}) }, { id: "alpine-3.20", how: "diffIds" }),
      "stands on alpine-3.20 (certain: all its 2 layers are at the bottom), 1 package added",
    ],
    [
      "contradicted",
      target(
        { chosen: candidate({ confidence: "likely", against: [dockerfile] }) },
        { id: "alpine-3.20", how: "diffIds" },
      ),
      "stands on alpine-3.20 (likely: all its 2 layers are at the bottom; but the Dockerfile says FROM debian:12), 1 package added",
    ],
    [
      "not in the catalogue",
      target({ chosen: unknown }),
      String.raw`stands on one.example/\x1b[2Jbase:1 (likely: the Dockerfile says FROM debian:12), which the catalogue does not have`,
    ],
    [
      "ambiguous",
      target({ candidates: [candidate({}), candidate({ id: "b" })], ambiguous: true }),
      "may stand on alpine-3.20 or b: nothing tells them apart (--base-is REF)",
    ],
    [
      "only possible",
      target({ candidates: [candidate({ confidence: "possible", evidence: [dockerfile] })] }),
      "stands on no base that can be told, possibly alpine-3.20 (possible: the Dockerfile says FROM debian:12); --base-is REF says it",
    ],
    ["nothing", target({}), null],
    [
      "said by the user",
      { ...target({}, { id: "x", how: "base-is" }), addedPackages: [] },
      "stands on x, 0 packages added",
    ],
  ])("%s", (_name, summary, expected) => {
    expect(baseSentence(summary)).toBe(expected);
  });
});

describe("explainBase()", () => {
  it("tells all evidence of all candidates", () => {
    const one = candidate({ against: [dockerfile] });
    expect(explainBase(target({ candidates: [one, unknown] }))).toEqual([
      "base alpine-3.20: certain",
      "  for it: all its 2 layers are at the bottom",
      "  against it: the Dockerfile says FROM debian:12",
      String.raw`base one.example/\x1b[2Jbase:1: likely`,
      "  for it: the Dockerfile says FROM debian:12",
    ]);
  });
});

const digest = `sha256:${"c".repeat(64)}` as const;
const parts = { same: 3, changed: 1, missing: 0 };
const noParts = { same: 0, changed: 0, missing: 0 };
const provenance = {
  kind: "provenance",
  predicateType: "https://slsa.dev/provenance/v1",
  name: "a:1",
  digest: null,
} as const;

describe("describeBaseEvidence()", () => {
  it.each<readonly [BaseEvidence, string]>([
    [
      { ...layers, layers: 1, measurement: "stand-in" },
      "its only layer is at the bottom, as measured on a stand-in",
    ],
    [
      { kind: "annotation", place: "index", name: null, digest },
      `an annotation of the index says ${digest}`,
    ],
    [
      { kind: "label", label, name: "a:1", digest: null, isInherited: true },
      `the label ${label} says a:1, which the base has too`,
    ],
    [
      { kind: "buildpacks", name: "run:1", digest: null, layers: 3 },
      "buildpacks put it on the run image run:1",
    ],
    [
      { ...provenance, materials: 3, isFinalStage: true },
      "the build, by its provenance, starts its last stage with a:1",
    ],
    [
      { ...provenance, materials: 1, isFinalStage: false },
      "the build, by its provenance, used only a:1",
    ],
    [
      { ...provenance, materials: 3, isFinalStage: false },
      "the build, by its provenance, used, as one of 3 images, a:1",
    ],
    [
      { kind: "history", name: "a:1", step: "ADD \u001b" },
      String.raw`its history has the step ADD \x1b`,
    ],
    [
      { kind: "runtime", name: "node:20", variable: "NODE_VERSION", value: "20" },
      "NODE_VERSION is 20, as node:20 has it",
    ],
    [
      { kind: "contents", packages: parts, elfFiles: noParts, files: parts },
      "3 of 4 packages, 3 of 4 other files of the base are in it unchanged",
    ],
    [{ kind: "distro", id: "debian", version: "12" }, "os-release says debian 12"],
    [{ kind: "distro", id: "arch", version: null }, "os-release says arch"],
    [{ kind: "distro", id: null, version: null }, "the image has no os-release"],
    [{ kind: "platform", platform: "linux/arm64" }, "the base is for linux/arm64"],
  ])("%j", (evidence, expected) => {
    expect(describeBaseEvidence(evidence)).toBe(expected);
  });
});
