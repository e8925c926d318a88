import type { Checked } from "../check/check-app.ts";
import type { PackageProblem, PackageSearch } from "../model/answer.ts";
import type { Failure } from "../model/failure.ts";
import type { WithPackages } from "./candidate.ts";
import { PackageRounds, type RoundsInput } from "./package-rounds.ts";
import { wishContext, wishesOf, type Wish } from "./wishes.ts";

/** How often a check may show that more is missing. Each round asks for other packages than the one before. */
const maxRounds = 12;

export interface AddInput extends RoundsInput {
  readonly asIs: Checked;
  /** The target is of the same release: its packages have the same names here. */
  readonly isSameRelease: boolean;
  /** Wanted beside what the check lacks: packages that a script of the target may use. */
  readonly more: readonly Wish[];
}

/** What came of it. */
export interface Added {
  readonly search: PackageSearch;
  /** The base with the packages and the check on it; null when nothing could be added. */
  readonly made: WithPackages | null;
}

/**
 * Looks for packages that bring what the check lacks, as the package manager of the base's release would install them, lays
 * their files over the base and checks again, until nothing more is missing or nothing more is found. A package that does not
 * help, or that cannot be there, gives way to the next that brings the same. What is fetched is kept by the supply.
 */
export async function addPackages(input: AddInput): Promise<Added> {
  const rounds = new PackageRounds(input);
  const context = wishContext(input.base, input.isSameRelease);
  let { asIs: checked } = input;
  let made: WithPackages | null = null;
  let refused: readonly PackageProblem[] | null = null;
  for (let round = 0; round < maxRounds; round++) {
    if (!rounds.askFor([...wishesOf(checked, context), ...input.more])) break;
    const next = await rounds.install();
    if (next.kind === "not-read") return { search: refusal(next.problems), made };
    if (next.kind === "failed") return { search: unavailable(next.failure), made };
    if (next.kind === "refused") {
      refused ??= next.problems;
      rounds.refuse(next.problems);
      continue;
    }
    made = next.kind === "made" ? next.made : null;
    checked = made?.checked ?? input.asIs;
  }
  const missing = wishesOf(checked, context)
    .map(({ name }) => name)
    .toSorted();
  return { search: outcome({ missing, refused, isMade: made !== null }), made };
}

interface Outcome {
  /** Names of what is missing in the end, sorted. */
  readonly missing: readonly string[];
  /** Why the first package that could not be there was not taken; null when each could. */
  readonly refused: readonly PackageProblem[] | null;
  readonly isMade: boolean;
}

function outcome({ missing, refused, isMade }: Outcome): PackageSearch {
  if (refused !== null && (missing.length > 0 || !isMade)) return refusal(refused);
  if (isMade) return { state: "found", missing };
  return missing.length === 0
    ? { state: "not-needed" }
    : { state: "nothing-found", wanted: missing };
}

const refusal = (problems: readonly PackageProblem[]): PackageSearch => ({
  state: "refused",
  problems,
});
const unavailable = (failure: Failure): PackageSearch => ({ state: "unavailable", failure });
