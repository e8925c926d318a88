import type { Release } from "../../formats/dpkg/release.ts";
import { quoteStart } from "../../formats/path-budget.ts";
import type { Failure } from "../../model/failure.ts";
import type { FetchedFile } from "../access.ts";
import type { SignatureOutcome } from "../signatures/verify-openpgp.ts";

/** An index that was not confirmed for so long is one to talk about. */
const oldMs = 24 * 60 * 60 * 1000;

export interface SuiteState {
  /** As the base names it: `bookworm-security`. */
  readonly suite: string;
  readonly release: Release;
  readonly file: FetchedFile;
  readonly outcome: SignatureOutcome;
  readonly now: Date;
  /** For failures. */
  readonly what: string;
  readonly where: string | null;
}

/** What is said of a suite that is used all the same: its day is over, its host does not answer, its key has run out. */
export function stalenessOf(state: SuiteState): readonly Failure[] {
  const { suite, release, file, outcome, now, what, where } = state;
  const problems: Failure[] = [];
  const stale = (reason: string): Failure => ({
    kind: "malformed",
    what,
    where,
    format: "Release",
    reason,
    offsetBytes: null,
  });
  if (!isOf(release, suite)) {
    const named = release.codename ?? release.suite ?? "";
    problems.push(stale(`it is the one of ${quoteStart(named)}, not of ${quoteStart(suite)}`));
  }
  const { validUntil } = release;
  if (validUntil !== null && Date.parse(validUntil) < now.getTime()) {
    problems.push(stale(`it is stale: it was valid until ${validUntil.slice(0, 10)}`));
  }
  if (outcome.kind === "good" && outcome.isKeyExpired) {
    problems.push(stale(`the key ${outcome.fingerprint} that signed it has run out`));
  }
  if (now.getTime() - Date.parse(file.confirmedAt) > oldMs) {
    const day = file.confirmedAt.slice(0, 10);
    const reason = `it could not be asked again, what it said on ${day} is used`;
    problems.push({ kind: "unreachable", what, where, reason });
  }
  return problems;
}

/**
 * A mirror may hand out another suite of the same archive, with a signature that holds. What says no name is not judged.
 * Source: apt-pkg/acquire-item.cc, CheckDistro, which warns, too.
 */
function isOf({ suite, codename }: Release, wanted: string): boolean {
  if (wanted.endsWith("/") || (suite === null && codename === null)) return true;
  const [first = ""] = wanted.split("/");
  return [suite, codename].some((name) => name === wanted || name === first);
}

/** Why a suite is not used. */
export function refusalOf(outcome: SignatureOutcome): string {
  switch (outcome.kind) {
    case "good":
      return "its source is marked as one not to be trusted";
    case "unknown-key":
      return `it is signed by a key that the base does not know (${outcome.keyIds.join(", ")})`;
    case "bad":
      return `its signature does not hold: ${outcome.reason}`;
    case "not-signed":
      return "it is not signed";
  }
}
