import type { Finding, FindingCode } from "../model/finding.ts";
import type { Verdict } from "../model/verdict.ts";

/** What blocks, but only perhaps: it was not read, it was read of other bytes, or it hangs on the processor. */
const undecided: ReadonlySet<FindingCode> = new Set([
  "not-read",
  "script-not-run",
  "base-stand-in",
  "cpu-level",
]);

/**
 * What the findings of one check come to. What blocks the start for certain fails; what blocks only a later use, or
 * cannot be decided, leaves it unproven; the rest runs. Pure.
 */
export function verdictOf(findings: readonly Finding[]): Verdict {
  const blocking = findings.filter(({ severity }) => severity === "blocks");
  const isCertain = blocking.some(({ code, phase }) => phase === "load" && !undecided.has(code));
  if (isCertain) return "fails";
  return blocking.length > 0 ? "unproven" : "runs";
}
