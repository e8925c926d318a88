import { agreementWithRecipe, type HeldRecipe } from "./held-recipe.ts";

/** Why what was said may differ from what happened. */
export const rules = {
  "names-only":
    "The mirror's Contents files are not those that the release's signed index names: they are a hint, and what they do not have is " +
    "looked for by names of packages. A library of another name is then not found, and the answer names it and the file.",
} as const;

/** The rule that explains a difference; null when none does. */
export function explain(held: HeldRecipe): keyof typeof rules | null {
  const { packageSearch } = held.candidate;
  const isMissed = packageSearch.state === "found" && packageSearch.missing.length > 0;
  const isNowhere = packageSearch.state === "nothing-found";
  const isFalseFails = agreementWithRecipe(held) === "false-fails";
  return isFalseFails && (isMissed || isNowhere) && held.unreadContents ? "names-only" : null;
}
