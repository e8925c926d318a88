import type { SkippedSubject, Subject } from "../subject.ts";
import { buildSubject, recipes } from "./build-subjects.ts";
import { readDrawn } from "./drawn.ts";
import { fetchSubject } from "./fetch-drawn.ts";

/** The subjects that are there, in the order of the report, and why the others are not. */
export interface PreparedSubjects {
  readonly subjects: readonly Subject[];
  readonly skipped: readonly SkippedSubject[];
}

/** Builds and fetches the subjects named, or all when none is; one after another, saying which. */
export async function prepareSubjects(
  wanted: readonly string[],
  say: (line: string) => void,
): Promise<PreparedSubjects> {
  const subjects: Subject[] = [];
  const skipped: SkippedSubject[] = [];
  for (const { id, prepare } of plans()) {
    if (wanted.length > 0 && !wanted.includes(id)) continue;
    say(`preparing ${id}`);
    const result = await prepare();
    if ("reason" in result) skipped.push(result);
    else subjects.push(result);
  }
  return { subjects, skipped };
}

interface Plan {
  readonly id: string;
  readonly prepare: () => Promise<Subject | SkippedSubject>;
}

function plans(): readonly Plan[] {
  const built = recipes.map((recipe) => ({ id: recipe.id, prepare: () => buildSubject(recipe) }));
  const drawn = readDrawn().map((one) => ({ id: one.id, prepare: () => fetchSubject(one) }));
  return [...built, ...drawn];
}
