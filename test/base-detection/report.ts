import { describeBaseEvidence } from "../../src/report/base-words.ts";
import type { BaseDetection } from "../../src/model/base-detection.ts";
import type { Expected } from "./case.ts";

export interface Outcome {
  readonly name: string;
  readonly truth: readonly string[];
  readonly expected: Expected;
  readonly detection: BaseDetection;
  /** Null: it abstained. */
  readonly isRight: boolean | null;
}

/** The table of all images, in Markdown. */
export function renderReport(outcomes: readonly Outcome[]): string {
  const count = (test: (one: Outcome) => boolean): number => outcomes.filter(test).length;
  const chosenAs = (confidence: string) => (one: Outcome) =>
    one.detection.chosen?.confidence === confidence;
  const rows = outcomes.map(rowOf);
  return [
    "# Base detection against images that were built for it",
    "",
    "Written by `base-detection.test.ts` (`vitest run test/base-detection -u`). *Stands on*: what really lies at the bottom,",
    "the nearest first. An ancestor that is chosen is right: its layers or contents are there; a nearer parent that no",
    "catalogue has cannot be seen.",
    "",
    `- images: ${outcomes.length}`,
    `- chosen as certain: ${count(chosenAs("certain"))}, of them wrong: ${count((one) => chosenAs("certain")(one) && one.isRight === false)}`,
    `- chosen as likely: ${count(chosenAs("likely"))}, of them wrong: ${count((one) => chosenAs("likely")(one) && one.isRight === false)}`,
    `- chosen as possible (shown by layers, contradicted by what is said): ${count(chosenAs("possible"))}, of them wrong: ${count((one) => chosenAs("possible")(one) && one.isRight === false)}`,
    `- abstained: ${count(({ isRight }) => isRight === null)}, of them ambiguous: ${count(({ detection }) => detection.ambiguous)}`,
    "",
    "| image | stands on | chosen | confidence | why |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

function rowOf({ name, truth, detection }: Outcome): string {
  const { candidates, chosen, ambiguous } = detection;
  const [best] = candidates;
  const shown = chosen === null ? (ambiguous ? "none (ambiguous)" : "none") : nameOf(chosen);
  const others = candidates.slice(chosen === null ? 0 : 1).map(nameOf);
  const why = best === undefined ? "nothing is known" : whyOf(best);
  const beside = others.length === 0 ? "" : `; other candidates: ${others.join(", ")}`;
  const stands = truth.length === 0 ? "nothing with a name" : truth.join(", ");
  const cells = [name, stands, shown, best?.confidence ?? "-", `${why}${beside}`];
  return `| ${cells.map((cell) => cell.replaceAll("|", "/")).join(" | ")} |`;
}

function whyOf({ evidence, against }: BaseDetection["candidates"][number]): string {
  const words = evidence.map(describeBaseEvidence);
  const but = against.map((one) => `**but** ${describeBaseEvidence(one)}`);
  return [...words, ...but]
    .join("; ")
    .replaceAll(/sha256:([0-9a-f]{8})[0-9a-f]{56}/g, "sha256:$1…");
}

const nameOf = ({ id, reference }: BaseDetection["candidates"][number]): string =>
  id ?? reference ?? "?";
