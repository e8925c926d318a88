import type { Candidate } from "../model/answer.ts";
import type { Verdict } from "../model/verdict.ts";

const verdicts: readonly Verdict[] = ["runs", "unproven", "fails"];
const supports: readonly Candidate["support"][] = ["supported", "unknown", "ended"];

/**
 * What packages of a recipe count beside their own size: a layer of one's own has to be built anew for every update, so it has to
 * save something against a base that has them already. Bytes.
 */
export const packageHandicapBytes = 5_000_000;

const weightOf = ({ sizes, recipe }: Candidate): number =>
  sizes.resultUnpackedBytes + ((recipe?.packageStep ?? null) === null ? 0 : packageHandicapBytes);

/**
 * Order of preference: works is the gate, small is the order. First the verdict, then whether somebody still mends the
 * base, then the size on disk of the result (see `packageHandicapBytes`), then fewer copied files, then the id. Total: no two candidates are equal.
 */
export function compareCandidates(a: Candidate, b: Candidate): number {
  return (
    verdicts.indexOf(a.verdict) - verdicts.indexOf(b.verdict) ||
    supports.indexOf(a.support) - supports.indexOf(b.support) ||
    weightOf(a) - weightOf(b) ||
    a.sizes.resultUnpackedBytes - b.sizes.resultUnpackedBytes ||
    (a.recipe?.copies.length ?? 0) - (b.recipe?.copies.length ?? 0) ||
    (a.base.id < b.base.id ? -1 : a.base.id > b.base.id ? 1 : 0)
  );
}
