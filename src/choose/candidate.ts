import type { BaseRoot } from "../check/base-root.ts";
import { checkApp, type Checked } from "../check/check-app.ts";
import type { Candidate } from "../model/answer.ts";
import type { Verdict } from "../model/verdict.ts";
import { judgeSupport } from "../catalogue/support.ts";
import { copyLibraries, type LibrarySource } from "./copy-libraries.ts";

export interface CandidateInput {
  readonly source: LibrarySource;
  readonly base: BaseRoot;
  /** ISO day at which support is judged. */
  readonly asOf: string;
  /** Id of the base that the target stands on; null when it is not known. */
  readonly presentId: string | null;
  /** Of the app's files under gzip; null when nobody measured it. */
  readonly appCompressedBytes: number | null;
  /** The same of one file of the target, by its path there. */
  compressedBytesOf(path: string): number | null;
  /** False for `check`: a recipe is looked for only where one is wanted. */
  readonly wantsRecipe: boolean;
}

/** A candidate, and the check that it rests on: with its recipe where it has one. */
export interface CheckedCandidate {
  readonly candidate: Candidate;
  readonly base: BaseRoot;
  readonly checked: Checked;
}

const order: readonly Verdict[] = ["runs", "unproven", "fails"];

/** Checks the app on one base, as it is and, where libraries are missing that the target has, with them. Pure. */
export function makeCandidate(input: CandidateInput): CheckedCandidate {
  const { source, base, asOf, presentId, appCompressedBytes, wantsRecipe } = input;
  const { app } = source;
  const asIs = checkApp(app, base);
  const made = wantsRecipe && asIs.verdict === "fails" ? copyLibraries(source, base, asIs) : null;
  // A recipe that helps nothing is no recipe.
  const isBetter =
    made !== null && order.indexOf(made.checked.verdict) < order.indexOf(asIs.verdict);
  const recipe = isBetter ? made.recipe : null;
  const checked = isBetter ? made.checked : asIs;
  const addedBytes = (recipe?.copies ?? []).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const { info } = base;
  const copied = (recipe?.copies ?? []).map(({ from }) => input.compressedBytesOf(from));
  const candidate: Candidate = {
    base: info,
    platform: info.platform,
    strategy: "copy",
    asIs: asIs.verdict,
    verdict: checked.verdict,
    recipe,
    packageSearch: { state: "not-needed" },
    findings: asIs.findings,
    sizes: {
      baseCompressedBytes: info.compressedBytes,
      baseUnpackedBytes: info.unpackedBytes,
      resultCompressedBytes: sumOrNull([info.compressedBytes, appCompressedBytes, ...copied]),
      resultUnpackedBytes: info.unpackedBytes + app.layer.uncompressedBytes + addedBytes,
    },
    support: judgeSupport(info, asOf),
    isPresent: info.id === presentId,
  };
  return { candidate, base, checked };
}

/** Unknown is never counted as nothing. */
function sumOrNull(amounts: readonly (number | null)[]): number | null {
  return amounts.reduce<number | null>(
    (sum, amount) => (sum === null || amount === null ? null : sum + amount),
    0,
  );
}
