import type { PackageProblem } from "../../../model/answer.ts";
import type { Cause, Outcome } from "./outcome.ts";
import type { SolverState } from "./state.ts";

/** Why what is wanted cannot be: empty when it can. Each once, in the order in which they were found. */
export function findProblems(state: SolverState, { broken }: Outcome): readonly PackageProblem[] {
  const problems = new Map<string, PackageProblem>();
  const add = (problem: PackageProblem): void => {
    problems.set(JSON.stringify(problem), problem);
  };
  for (const cause of broken) add(describeCause(state, cause));
  for (const { package: one, with: other, name } of state.clashes) {
    const [first = "", second = ""] = [one.found.name, other.found.name].toSorted();
    add({ kind: "conflict", package: first, with: second, relation: name });
  }
  // What excludes a package that had to be taken is mostly said above; where it is not (the tag of its repository), it is named.
  if (problems.size === 0) {
    for (const { found } of state.forced) {
      add({ kind: "unsatisfied", package: found.name, relation: found.name });
    }
    for (const { name } of state.missing) {
      add({ kind: "unsatisfied", package: name, relation: name });
    }
  }
  return [...problems.values()];
}

function describeCause(state: SolverState, { by, dependency }: Cause): PackageProblem {
  const { name, isConflict, text } = dependency;
  const { chosen, offers } = state.nameOf(name);
  const owner = by?.found.name ?? "world";
  if (isConflict && chosen !== null) {
    return { kind: "conflict", package: owner, with: chosen.package.found.name, relation: text };
  }
  return by === null && offers.length === 0
    ? { kind: "no-such-package", name }
    : { kind: "unsatisfied", package: owner, relation: text };
}
