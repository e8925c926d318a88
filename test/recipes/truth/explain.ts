import { agreementWithRecipe, type HeldRecipe } from "./held-recipe.ts";

/** Why what was said may differ from what happened. */
export const rules = {
  "names-only":
    "The mirror's Contents files are not those that the release's signed index names: they are a hint, and what they do not have is " +
    "looked for by names of packages. A library of another name is then not found, and the answer names it and the file.",
  "over-limit":
    "The recipe would have more packages than one may have (400): none is looked for, and the answer says so.",
  initialiser:
    "Everything was loaded: a loader that lacks something ends with exit code 127 and says it, it neither hangs nor is killed. Code of a " +
    "library, which runs before the program's entry, did not find its data, which the package has and which lies below /app here.",
} as const;

/** The rule that explains a difference; null when none does. */
export function explain(held: HeldRecipe): keyof typeof rules | null {
  switch (agreementWithRecipe(held)) {
    case "false-fails":
      return explainFails(held);
    case "false-runs":
      return explainRuns(held);
    default:
      return null;
  }
}

function explainFails({ candidate, unreadContents }: HeldRecipe): keyof typeof rules | null {
  const { packageSearch: search } = candidate;
  if (search.state === "unavailable") {
    return search.failure.kind === "over-limit" ? "over-limit" : null;
  }
  const isMissed =
    search.state === "nothing-found" || (search.state === "found" && search.missing.length > 0);
  return isMissed && unreadContents ? "names-only" : null;
}

function explainRuns({ reality }: HeldRecipe): keyof typeof rules | null {
  if (reality.kind === "none" || reality.kind === "not-tried") return null;
  const { outcome } = reality.done;
  const isInitialiser = outcome?.phase === "load" && /^(?:timeout|signal )/.test(outcome.cause);
  return isInitialiser ? "initialiser" : null;
}
