import { setTimeout as wait } from "node:timers/promises";

/** Time and chance, passed in so that tests drive them. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Comes back after that time, or at once when the signal fires. Never rejects. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
  /** From 0 to below 1. */
  random(): number;
}

/** That of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  async sleep(durationMs, signal) {
    try {
      await wait(durationMs, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      if (signal?.aborted !== true) throw error;
    }
  },
};
