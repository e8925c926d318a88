/**
 * A step of apt's algorithm that may need others, as deep as the packages depend on each other. It yields the step that it needs
 * and is given back whether that came out well, so that no chain of packages can use up the stack.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- a type alias may not name itself
export interface Step extends Generator<Step, boolean, boolean> {}

/** Takes the step and all that it needs; whether it came out well. */
export function runSteps(first: Step): boolean {
  const open: Step[] = [first];
  let value = true;
  for (let step = open.at(-1); step !== undefined; step = open.at(-1)) {
    const { done, value: next } = step.next(value);
    if (done === true) {
      value = next;
      open.pop();
    } else {
      open.push(next);
    }
  }
  return value;
}
