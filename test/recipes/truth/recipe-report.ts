import type { HeldRecipe } from "./held-recipe.ts";
import { agreementAsIs, agreementWithRecipe, isSame, packageDifference } from "./held-recipe.ts";

/** All of one release. */
export interface HeldRelease {
  readonly title: string;
  readonly poolSize: number;
  readonly withoutProgram: number;
  /** Each program on each base. */
  readonly held: readonly HeldRecipe[];
  readonly seconds: number;
}

export function isExplained(held: HeldRecipe): boolean {
  const difference = packageDifference(held);
  return (
    (difference === null || isSame(difference)) && !agreementWithRecipe(held).startsWith("false")
  );
}

export function renderReport(all: readonly HeldRelease[], _options: unknown): string {
  return all
    .flatMap(({ held }) => held)
    .map((one) =>
      JSON.stringify({
        s: one.subject,
        b: one.base,
        asIs: one.candidate.asIs,
        v: one.candidate.verdict,
        r: one.asIs.kind,
        a0: agreementAsIs(one),
        a1: agreementWithRecipe(one),
        k: one.reality.kind,
        d: packageDifference(one),
        search: one.candidate.packageSearch,
        asked: one.candidate.recipe?.packageStep?.asked,
        n: one.candidate.recipe?.packages.length,
        f: (one.candidate.recipe?.findings ?? one.candidate.findings)
          .filter((f) => f.severity === "blocks")
          .map((f) => f.code + JSON.stringify(f).slice(0, 200)),
        done:
          "done" in one.reality
            ? { o: one.reality.done.outcome, ref: one.reality.done.refusal }
            : null,
      }),
    )
    .join("\n");
}
