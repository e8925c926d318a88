import type { Clock } from "./clock.ts";
import { headerOf, type Headers } from "./headers.ts";

/** How long one request is asked again. */
export interface RetryLimits {
  /** Times in all, the first included. */
  readonly tries: number;
  /** All pauses together. */
  readonly waitMs: number;
}

export const registryLimits: RetryLimits = { tries: 6, waitMs: 60_000 };

/** There is another one to ask. */
export const mirrorLimits: RetryLimits = { tries: 2, waitMs: 5_000 };

/**
 * How often a status is worth asking, the first time included; 1 for an answer that stands. 500 is mostly a bug that stays,
 * but registries behind object stores give it for a moment, too.
 */
export function triesFor(status: number): number {
  switch (status) {
    case 408:
    case 429:
    case 502:
    case 503:
    case 504:
      return Number.POSITIVE_INFINITY;
    case 500:
      return 2;
    default:
      return 1;
  }
}

/** The wait before the given try (2 for the first again): doubled each time, at most 10 s, and up to half of it off by chance. */
export function pauseBefore(attempt: number, { random }: Pick<Clock, "random">): number {
  const longest = Math.min(500 * 2 ** (attempt - 2), 10_000);
  return Math.round(longest * (1 - random() / 2));
}

/** What `Retry-After` asks for in ms, as seconds or as a date; null when it does not. Source: RFC 9110 10.2.3. */
export function retryAfterMs(headers: Headers, nowMs: number): number | null {
  const text = headerOf(headers, "retry-after")?.trim() ?? "";
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  // Not any text that Date.parse would make a date of.
  const date = /^\w{3}, \d{2} \w{3} \d{4} [\d:]{8} GMT$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - nowMs);
}
