import { agreementWithRecipe, type HeldRecipe } from "./held-recipe.ts";

/** Why what was said may differ from what happened. */
export const rules = {
  "names-only":
    "The mirror's Contents files are not those that the release's signed index names, so they are no source; a library whose " +
    "package is not named after it is then not found, and the answer names the library and the file that was not read.",
} as const;

/** The rule that explains a difference; null when none does. */
export function explain(held: HeldRecipe): keyof typeof rules | null {
  const { packageSearch } = held.candidate;
  const isMissed = packageSearch.state === "found" && packageSearch.missing.length > 0;
  const isNowhere = packageSearch.state === "nothing-found";
  const isFalseFails = agreementWithRecipe(held) === "false-fails";
  return isFalseFails && (isMissed || isNowhere) && held.unreadContents ? "names-only" : null;
}
