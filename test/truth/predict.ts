import type { Root } from "./roots.ts";
import type { Subject } from "./subject.ts";

/** What the product says about one subject in one root, before anything is run. */
export interface Prediction {
  readonly verdict: "runs" | "unproven" | "fails";
  /** Codes of the findings, sorted. */
  readonly codes: readonly string[];
  /** The first cause in words; for the report. */
  readonly text: string;
}

/**
 * Predicts from the subject's folder and the root's archive, with our own readers; never from the
 * unpacked root, which other tools made. Null while there is no predictor.
 */
export type Predict = (subject: Subject, root: Root) => Promise<Prediction>;

/** The slot: becomes the check of `src/check` as soon as that is there. */
export const predict: Predict | null = null;
