import type { Outcome } from "./outcome.ts";
import type { Prediction } from "./predict.ts";

/** One pair, what really happened and what was predicted; null while there is no predictor. */
export interface Pair {
  readonly subject: string;
  readonly root: string;
  readonly outcome: Outcome;
  readonly prediction: Prediction | null;
}

/**
 * agrees: `runs` and the loader was done, or `fails` and it was not.
 * falseRuns: predicted `runs`, but kernel, loader or script interpreter gave up. The worst one.
 * falseFails: predicted `fails`, but it came to its own code.
 * unproven: no prediction either way; counted apart.
 */
export type Agreement = "agrees" | "falseRuns" | "falseFails" | "unproven" | "notPredicted";

export interface Judgement extends Pair {
  readonly agreement: Agreement;
}

/** Compares at loader level: a program that started and then failed was loaded. Pure. */
export function judge(pair: Pair): Judgement {
  return { ...pair, agreement: compare(pair) };
}

/** True for a prediction that reality contradicts. */
export function isDisagreement({ agreement }: Judgement): boolean {
  return agreement === "falseRuns" || agreement === "falseFails";
}

function compare({ outcome, prediction }: Pair): Agreement {
  if (prediction === null) return "notPredicted";
  if (prediction.verdict === "unproven") return "unproven";
  const isLoaded = outcome.kind !== "failed";
  if (prediction.verdict === "runs") return isLoaded ? "agrees" : "falseRuns";
  return isLoaded ? "falseFails" : "agrees";
}
