import type { BaseRoot } from "../check/base-root.ts";
import type { Checked } from "../check/check-app.ts";
import { verdictOf } from "../check/verdict.ts";
import type { PackageProblem, PackageSearch, PackageStep } from "../model/answer.ts";
import type { Failure } from "../model/failure.ts";
import type { Finding } from "../model/finding.ts";
import type { WithPackages } from "./candidate.ts";
import type { LibrarySource } from "./copy-libraries.ts";
import { wishesWithOwn } from "./own-libraries.ts";
import { PackageRounds, type RoundsInput, type UnreadPackage } from "./package-rounds.ts";
import { wishContext, wishesOf, type Wish, type WishContext } from "./wishes.ts";

/** How often a check may show that more is missing. Each round asks for other packages than the one before. */
const maxRounds = 12;

export interface AddInput extends RoundsInput {
  readonly asIs: Checked;
  /** Where the app's own libraries come from, which are copied beside packages. */
  readonly source: LibrarySource;
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
  /** Why files of packages could not be had, or not all of them be read; empty when all of them were. */
  readonly unread: readonly Failure[];
}

/**
 * Looks for packages that bring what the check lacks, as the package manager of the base's release would install them, lays
 * their files over the base and checks again, until nothing more is missing or nothing more is found. A package that does not
 * help, or that cannot be there, gives way to the next that brings the same. What is fetched is kept by the supply.
 */
export async function addPackages(input: AddInput): Promise<Added> {
  const rounds = new PackageRounds(input);
  const { source } = input;
  const context = wishContext(input.base, input.app, input.isSameRelease);
  let { asIs: checked } = input;
  let made: WithPackages | null = null;
  let refused: readonly PackageProblem[] | null = null;
  for (let round = 0; round < maxRounds; round++) {
    const base = made?.base ?? input.base;
    const wishes = wishesWithOwn({ source, base, checked, context });
    if (!rounds.askFor([...wishes, ...input.more])) break;
    const next = await rounds.install();
    if (next.kind === "not-read" && !next.unread.every(({ failure }) => isOutOfReach(failure))) {
      return { search: refusal(next.unread.map(toProblem)), made, unread: [] };
    }
    if (next.kind === "not-read") {
      const foretold = unproved({ base: input.base, checked, context, ...next });
      const search = { state: "found", missing: [] } as const;
      return { search, made: foretold, unread: next.unread.map(({ failure }) => failure) };
    }
    if (next.kind === "failed") {
      return { search: { state: "unavailable", failure: next.failure }, made, unread: [] };
    }
    if (next.kind === "refused") {
      refused ??= next.problems;
      rounds.refuse(next.problems);
      continue;
    }
    made = next.kind === "made" ? next.made : null;
    checked = made?.checked ?? input.asIs;
  }
  const missing = wishesWithOwn({ source, base: made?.base ?? input.base, checked, context })
    .map(({ name }) => name)
    .toSorted();
  return {
    search: outcome({ missing, refused, isMade: made !== null }),
    made,
    unread: rounds.damages,
  };
}

/** What cannot be reached now may be there; what is not there, or has other bytes, cannot be installed by anybody. */
const isOutOfReach = ({ kind }: Failure): boolean => kind === "unreachable";

const toProblem = ({ package: name, failure }: UnreadPackage): PackageProblem => ({
  kind: "not-read",
  package: name,
  failure,
});

interface Unproved {
  readonly base: BaseRoot;
  readonly checked: Checked;
  readonly context: WishContext;
  readonly unread: readonly UnreadPackage[];
  readonly step: PackageStep;
}

/**
 * The index says that packages bring what is missing, and what they bring was not seen: what the check lacks is then not known to
 * be missing, and nothing is proved.
 */
function unproved({ base, checked, context, unread, step }: Unproved): WithPackages {
  const program = checked.findings[0]?.program ?? "";
  const others = checked.findings.filter(
    (finding) => wishesOf({ ...checked, findings: [finding] }, context).length === 0,
  );
  const reason = "the file of the package could not be had";
  const notRead = unread.map(({ package: name, version, failure }): Finding => ({
    ...{ code: "not-read", path: `${name} ${version}`, reason },
    ...{ severity: "blocks", phase: "load", program },
    evidence: [{ file: failure.what, seen: failure.kind }],
  }));
  const findings = [...notRead, ...others];
  return { base, checked: { ...checked, findings, verdict: verdictOf(findings) }, step };
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
