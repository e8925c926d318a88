import type { SubjectPlan } from "../subject.ts";

/** How one of our own subjects is made from the sources beside this file. */
export interface Recipe extends SubjectPlan {
  /** Tools that must be on PATH; the subject is skipped, with that reason, where one is missing. */
  readonly tools: readonly string[];
  /** Shell text, run with -e in the empty folder that becomes /app; $SRC is the folder of sources. */
  readonly build: string;
}
