import type { Candidate } from "../model/answer.ts";
import type { Finding, FindingCode } from "../model/finding.ts";
import { count } from "./amounts.ts";
import { clean } from "./clean.ts";
import { describeFinding, describeFix } from "./finding-words.ts";
import { packageSearchWords } from "./package-words.ts";

/** Blocking, and yet no certain failure: they do not come first when something certain is there. */
const uncertain: ReadonlySet<FindingCode> = new Set([
  "not-read",
  "script-not-run",
  "base-stand-in",
  "cpu-level",
]);

/** What stands in the way in the end: with the recipe where there is one. */
export function standingFindings({ recipe, findings }: Candidate): readonly Finding[] {
  return recipe === null ? findings : recipe.findings;
}

/** The finding that the verdict rests on; null when it runs. */
export function firstCause(candidate: Candidate): Finding | null {
  const { verdict } = candidate;
  if (verdict === "runs") return null;
  const blocking = standingFindings(candidate).filter(({ severity }) => severity === "blocks");
  const certain = blocking.find(({ code, phase }) => phase === "load" && !uncertain.has(code));
  return (verdict === "fails" ? certain : undefined) ?? blocking[0] ?? null;
}

/** What speaks against it: `fails: its loader … is not there`. Null when nothing does. */
export function whyRejected(candidate: Candidate): string | null {
  const cause = firstCause(candidate);
  if (cause !== null) {
    const isRefuted = candidate.verdict === "fails";
    // That other bytes were looked at is no further reason once something certain is missing.
    const others = standingFindings(candidate).filter(
      ({ code, severity }) => severity !== "note" && !(isRefuted && code === "base-stand-in"),
    );
    const more = new Set([cause, ...others].map(describeFinding)).size - 1;
    const rest = more > 0 ? ` (${count(more, "more finding")})` : "";
    const words = describeFinding(cause);
    const program = clean(cause.program);
    const subject = words.startsWith(program) ? "" : `${program}: `;
    return `${candidate.verdict}: ${subject}${words}${rest}${packageNote(candidate)}`;
  }
  if (candidate.verdict !== "runs") return `${candidate.verdict}: no finding says why`;
  if (candidate.support === "ended") return endedWords(candidate);
  return candidate.support === "unknown" ? "runs, but nothing is known about its support" : null;
}

/** That packages were looked for in vain. That nobody looked is told with --explain, why nobody could at the end of the answer. */
function packageNote({ packageSearch }: Candidate): string {
  if (packageSearch.state === "not-looked-up") return "";
  if (packageSearch.state === "unavailable") return "; packages could not be looked up";
  const words = packageSearchWords(packageSearch);
  return words === null ? "" : `; ${words}`;
}

/**
 * Why the other one is chosen, which stands in the same order: what is refuted or proved less says its cause, what is
 * as good and smaller its support. Null when it would be chosen itself.
 */
export function whyNotChosen(candidate: Candidate, chosen: Candidate): string | null {
  const { verdict, support } = candidate;
  if (verdict === "fails" || verdict !== chosen.verdict) return whyRejected(candidate);
  if (support === chosen.support) return null;
  if (support === "ended") return endedWords(candidate);
  return support === "unknown" ? `${verdict}, but nothing is known about its support` : null;
}

function endedWords({ base, verdict }: Candidate): string {
  const ends = base.support?.ends ?? null;
  const words =
    verdict === "runs" ? "runs, but its support ended" : `${verdict}, its support ended`;
  return ends === null ? words : `${words} ${ends}`;
}

export interface ReasonGroup {
  readonly candidates: Candidate[];
  readonly reason: string;
  readonly fix: string | null;
}

/** Candidates that share a reason and its fix, in one entry. In order of the first of each. */
export function groupByReason(
  candidates: readonly Candidate[],
  why: (candidate: Candidate) => string | null = whyRejected,
): readonly ReasonGroup[] {
  const groups = new Map<string, ReasonGroup>();
  for (const candidate of candidates) {
    const reason = why(candidate);
    if (reason === null) continue;
    const cause = firstCause(candidate);
    const fix = cause === null ? null : describeFix(cause, candidate.base);
    const key = `${reason}\n${fix ?? ""}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { candidates: [candidate], reason, fix });
    else group.candidates.push(candidate);
  }
  return [...groups.values()];
}
