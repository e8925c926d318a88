/**
 * Runs a walk that calls itself without the stack of the machine, which a chain of 100,000 dependencies would overflow: it
 * yields the walks that it wants done before it goes on.
 */
export function runWalk(first: Walk): void {
  const stack = [first];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const next = top.next();
    if (next.done === true) stack.pop();
    else stack.push(next.value);
  }
}

/** See `runWalk`. */
export type Walk = Generator<Walk, void, void>;
