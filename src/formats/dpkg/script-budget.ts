import { OverLimitError } from "../over-limit-error.ts";

/** Commands that are followed; sound scripts take some hundreds. */
const maxSteps = 20_000;
/** Calls of functions in each other: each takes stack for its commands too. */
const maxCalls = 20;

/** How far one script is followed: one that calls itself, or loops over loops, has no end. */
export class ScriptBudget {
  #steps = 0;
  #calls = 0;

  /** Before each command. Throws OverLimitError. */
  step(): void {
    if (++this.#steps <= maxSteps) return;
    const budget = "commands of one script";
    throw new OverLimitError("shell", { budget, limit: maxSteps, unit: "entries" });
  }

  /** Before each call of a function. Throws OverLimitError. */
  enter(): void {
    if (++this.#calls <= maxCalls) return;
    const budget = "functions in each other";
    throw new OverLimitError("shell", { budget, limit: maxCalls, unit: "levels" });
  }

  leave(): void {
    this.#calls--;
  }
}
