import type { Phase } from "../model/finding.ts";
import type { CpuLevel, LinkProblem, LoadedObject } from "./process.ts";

/** By bit of GNU_PROPERTY_X86_ISA_1_NEEDED. Source: x86-64 psABI, "Program property". */
const levels: readonly CpuLevel[] = ["x86-64-v1", "x86-64-v2", "x86-64-v3", "x86-64-v4"];

/**
 * `phase` is `load` where the loader refuses ("CPU ISA level is lower than required": glibc since 2.33, not in static
 * programs of x86-64), else `use`: an instruction that is not there stops it. Source: glibc sysdeps/x86/dl-prop.h,
 * dl_isa_level_check.
 */
export function checkCpuLevel(
  { facts }: Pick<LoadedObject, "facts">,
  promises: CpuLevel,
  phase: Phase,
): readonly LinkProblem[] {
  const bits = facts.notes.x86IsaNeeded;
  if (bits === null || facts.machine !== 62) return [];
  const needs = levels.findLast((_, bit) => (bits & (1 << bit)) !== 0);
  if (needs === undefined || levels.indexOf(needs) <= levels.indexOf(promises)) return [];
  return [{ severity: "blocks", phase, subject: { code: "cpu-level", needs, promises } }];
}
