import type { Candidate } from "../../../src/model/answer.ts";
import type { Outcome } from "../../truth/outcome.ts";
import type { RealCopy } from "./built-copy.ts";
import type { RealInstall } from "./real-install.ts";

/** What of a candidate is held against reality. */
export type HeldCandidate = Pick<
  Candidate,
  "asIs" | "verdict" | "recipe" | "packageSearch" | "findings"
>;

/** One program on one base: what was said and what happened. */
export interface HeldRecipe {
  readonly subject: string;
  /** Name of the package that the program is of. */
  readonly package: string;
  readonly base: string;
  readonly candidate: HeldCandidate;
  /** A Contents file of the release could not be read. */
  readonly unreadContents: boolean;
  /** Started on the base as it is. */
  readonly asIs: Outcome;
  readonly reality: Reality;
}

/** What was made of the recipe. */
export type Reality =
  /** It runs as it is, or nothing was proposed and nothing can be tried. */
  | { readonly kind: "none" }
  /** It was not in the sample. */
  | { readonly kind: "not-tried" }
  | { readonly kind: "installed"; readonly done: RealInstall }
  /** No recipe was found: apt brought the package itself, and with it all that it depends on. */
  | { readonly kind: "by-apt"; readonly done: RealInstall }
  | { readonly kind: "copied"; readonly done: RealCopy };

/** What came of holding a prediction against a start; `unproven` is no prediction. */
export type Agreement = "agrees" | "false-runs" | "false-fails" | "unproven" | "not-held";

export function agreementAsIs({ candidate, asIs }: HeldRecipe): Agreement {
  return compare(candidate.asIs, asIs);
}

/** Of the verdict with the recipe. A recipe that was not found although apt's own packages let it start counts as false. */
export function agreementWithRecipe({ candidate, reality }: HeldRecipe): Agreement {
  if (reality.kind === "none" || reality.kind === "not-tried") return "not-held";
  const { outcome } = reality.done;
  if (outcome === null) return candidate.verdict === "runs" ? "false-runs" : "not-held";
  return compare(candidate.verdict, outcome);
}

function compare(verdict: Candidate["verdict"], { kind }: Outcome): Agreement {
  if (verdict === "unproven") return "unproven";
  const isLoaded = kind !== "failed";
  if (verdict === "runs") return isLoaded ? "agrees" : "false-runs";
  return isLoaded ? "false-fails" : "agrees";
}

/** Packages, `NAME VERSION`, that the recipe names and reality has not, or the other way round. */
export interface PackageDifference {
  readonly onlySaid: readonly string[];
  readonly onlyReal: readonly string[];
}

/** Null where no packages were brought. A copy may have more: those of its base. */
export function packageDifference({ candidate, reality }: HeldRecipe): PackageDifference | null {
  const step = candidate.recipe?.packageStep ?? null;
  if (step === null || (reality.kind !== "installed" && reality.kind !== "copied")) return null;
  if (reality.done.outcome === null) return null;
  const said = step.packages.map(({ name, version }) => `${name} ${version}`);
  if (reality.kind === "copied") {
    return { onlySaid: except(said, reality.done.seen), onlyReal: [] };
  }
  const { added, gone } = reality.done;
  const names = new Set(added.map(nameOf));
  const removed = gone.map(nameOf).filter((name) => !names.has(name));
  return {
    onlySaid: [...except(said, added), ...except(step.removed, removed).map(asRemoval)],
    onlyReal: [...except(added, said), ...except(removed, step.removed).map(asRemoval)],
  };
}

export function isSame({ onlySaid, onlyReal }: PackageDifference): boolean {
  return onlySaid.length === 0 && onlyReal.length === 0;
}

const nameOf = (line: string): string => line.split(" ")[0] ?? "";
const asRemoval = (name: string): string => `removal of ${name}`;

function except(some: readonly string[], others: readonly string[]): readonly string[] {
  const known = new Set(others);
  return some.filter((one) => !known.has(one));
}
