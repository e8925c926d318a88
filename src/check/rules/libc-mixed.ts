import type { LinkedProcess } from "../../linking/process.ts";
import type { Rule } from "../rule.ts";

/**
 * A library that was made for another C library than the one that loads it. Every name may be there and mean something
 * else: structures, locales and threads differ. Source: linking M-05, M-43, "Measured mispredictions" 14.
 */
export const libcMixed: Rule = {
  id: "libc-mixed",
  *find({ program, start }) {
    for (const process of start.processes) {
      for (const { path, libc, expected } of foreignLibraries(process)) {
        yield {
          code: "libc-mixed",
          path,
          libc,
          expected,
          severity: "degrades",
          phase: "behaviour",
          program,
          evidence: [{ file: path, seen: libc }],
        };
      }
    }
  },
};

function foreignLibraries({ ruleSet, objects, problems }: LinkedProcess) {
  if (ruleSet !== "glibc" && ruleSet !== "musl") return [];
  // Where it does not even load, that is the news.
  if (problems.some(({ severity, phase }) => severity === "blocks" && phase === "load")) return [];
  return objects.flatMap(({ path, facts, because }) => {
    const libc = facts.libc?.kind ?? null;
    const isForeign = libc !== null && libc !== ruleSet && because !== "self";
    return isForeign ? [{ path, libc, expected: ruleSet }] : [];
  });
}
