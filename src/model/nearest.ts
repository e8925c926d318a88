/** Letters that may differ: one in four, and two in a short word. */
function tolerance({ length }: string): number {
  return Math.max(2, Math.floor(length / 4));
}

/**
 * Those of `known` that the word may have meant, nearest first, then in their own order; those that start with it count
 * too. Empty for what is like none of them.
 */
export function nearest(word: string, known: readonly string[]): readonly string[] {
  // Somebody else's text: a long one is no slip of the hand.
  if (word.length > 100) return [];
  const most = tolerance(word);
  return known
    .map((name) => ({
      name,
      distance: name.startsWith(word) && word !== "" ? 0.5 : editDistance(word, name),
    }))
    .filter(({ name, distance }) => distance <= most && distance < name.length)
    .toSorted((a, b) => a.distance - b.distance)
    .map(({ name }) => name);
}

/** Letters added, left out, changed, or swapped with their neighbour. Source: optimal string alignment distance. */
function editDistance(a: string, b: string): number {
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwapped ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      const changed = (row[j - 1] ?? 0) + cost;
      const kept = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
      next.push(Math.min(changed, kept, swapped));
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}
