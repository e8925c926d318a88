/**
 * The items in an order that the seed alone decides (sorted by numbers of mulberry32; the seed is taken as
 * an unsigned 32-bit number). Used to draw subjects, so that nobody picks those that come out well.
 */
export function shuffle<T>(items: readonly T[], seed: number): readonly T[] {
  const next = mulberry32(seed);
  const keyed = items.map((item) => ({ item, key: next() }));
  return keyed.toSorted((a, b) => a.key - b.key).map(({ item }) => item);
}

function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
