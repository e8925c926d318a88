/**
 * Remembers what was made of two records, as long as both live: facts are shared by many processes, roots and bases,
 * and what one file gives another never changes.
 */
export function rememberPair<A extends object, B extends object, Value>(
  make: (a: A, b: B) => Value,
): (a: A, b: B) => Value {
  const known = new WeakMap<A, WeakMap<B, Value>>();
  return (a, b) => {
    let ofA = known.get(a);
    if (ofA === undefined) known.set(a, (ofA = new WeakMap()));
    const there = ofA.get(b);
    if (there !== undefined) return there;
    const value = make(a, b);
    ofA.set(b, value);
    return value;
  };
}

/** What stands in both; both in the order of one symbol table. */
export function common(names: readonly string[], others: readonly string[]): readonly string[] {
  if (names.length <= others.length && names.every((name, at) => name === others[at])) return names;
  const set = new Set(others);
  return names.filter((name) => set.has(name));
}
