/** Lets so many in at a time; others wait in the order in which they came. */
export class Gate {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  /** Gives back how to leave, which may be called more than once; null when the signal fired before there was a place. */
  async enter(signal: AbortSignal | undefined): Promise<(() => void) | null> {
    if (signal?.aborted === true) return null;
    if (this.#free > 0) this.#free--;
    else if (!(await this.#wait(signal))) return null;
    let isInside = true;
    return () => {
      if (!isInside) return;
      isInside = false;
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    };
  }

  /** False: the signal fired. Whoever leaves hands the place over. */
  async #wait(signal: AbortSignal | undefined): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const enter = (): void => resolve(true);
    const giveUp = (): void => {
      const at = this.#waiting.indexOf(enter);
      if (at < 0) return;
      this.#waiting.splice(at, 1);
      resolve(false);
    };
    this.#waiting.push(enter);
    signal?.addEventListener("abort", giveUp, { once: true });
    const isInside = await promise;
    signal?.removeEventListener("abort", giveUp);
    return isInside;
  }
}
