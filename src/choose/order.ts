import type { Candidate } from "../model/answer.ts";
import type { Verdict } from "../model/verdict.ts";

const verdicts: readonly Verdict[] = ["runs", "unproven", "fails"];
const supports: readonly Candidate["support"][] = ["supported", "unknown", "ended"];

/**
 * Order of preference: works is the gate, small is the order. First the verdict, then whether somebody still mends the
 * base, then the size on disk of the result, then fewer copied files, then the id. Total: no two candidates are equal.
 */
export function compareCandidates(a: Candidate, b: Candidate): number {
  return (
    verdicts.indexOf(a.verdict) - verdicts.indexOf(b.verdict) ||
    supports.indexOf(a.support) - supports.indexOf(b.support) ||
    a.sizes.resultUnpackedBytes - b.sizes.resultUnpackedBytes ||
    (a.recipe?.copies.length ?? 0) - (b.recipe?.copies.length ?? 0) ||
    (a.base.id < b.base.id ? -1 : a.base.id > b.base.id ? 1 : 0)
  );
}
