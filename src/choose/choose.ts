import type { Candidate, Choice } from "../model/answer.ts";

/** The first candidate in order of preference that stands: one that runs, else one that is unproven, else none. */
export function chooseFrom(ordered: readonly Candidate[]): Candidate | null {
  const [first] = ordered;
  return first === undefined || first.verdict === "fails" ? null : first;
}

/**
 * One base for several platforms: the best that stands on each. A base counts with its worst verdict and support over
 * the platforms and the sum of its sizes. `lists`: candidates of each platform in order of preference.
 */
export function chooseForAll(
  lists: readonly (readonly Candidate[])[],
  compare: (a: Candidate, b: Candidate) => number,
): readonly Candidate[] | null {
  const [first = [], ...others] = lists;
  const combined = first.flatMap((candidate) => {
    const same = others.map((list) => list.find(({ base }) => base.id === candidate.base.id));
    const all = [candidate, ...same].filter((one) => one !== undefined);
    return all.length === lists.length ? [all] : [];
  });
  const standing = combined.filter((all) => all.every(({ verdict }) => verdict !== "fails"));
  const ranked = standing.map((all) => ({ all, worst: worstOf(all, compare) }));
  const [best] = ranked.toSorted((a, b) => compare(a.worst, b.worst));
  return best?.all ?? null;
}

/** As one candidate: the last in order, with the sizes of all. */
function worstOf(
  all: readonly Candidate[],
  compare: (a: Candidate, b: Candidate) => number,
): Candidate {
  const [worst] = all.toSorted((a, b) => compare(b, a));
  if (worst === undefined) throw new RangeError("Cannot take the worst of no candidates");
  const resultUnpackedBytes = all.reduce((sum, { sizes }) => sum + sizes.resultUnpackedBytes, 0);
  return { ...worst, sizes: { ...worst.sizes, resultUnpackedBytes } };
}

export function whyChosen({ verdict }: Candidate): Choice["why"] {
  return verdict === "runs" ? "smallest" : "only-unproven";
}
