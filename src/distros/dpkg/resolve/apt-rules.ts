import { compareDebVersions } from "../../../formats/versions/deb.ts";

/** Where the solvers of apt's releases differ. */
export interface AptRules {
  /** An alternative that was tried while repairing, and helped, keeps the package that has the choice. Since apt 2.7.0. */
  readonly keepsWhatAlternativeHelps: boolean;
  /** What is to be removed is not upgraded for the sake of another upgrade. Since apt 2.9.3. */
  readonly leavesWhatGoes: boolean;
}

/** Of that version of apt; null for the newest one known (3.0). Source: history of apt-pkg/algorithms.cc and depcache.cc. */
export function aptRulesOf(version: string | null): AptRules {
  const isSince = (first: string): boolean =>
    version === null || compareDebVersions(version, first) >= 0;
  return { keepsWhatAlternativeHelps: isSince("2.7.0"), leavesWhatGoes: isSince("2.9.3") };
}
