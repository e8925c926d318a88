import { describe, expect, it } from "vitest";
import { pauseBefore, retryAfterMs, triesFor } from "./retry.ts";

const now = Date.parse("2026-11-25T12:00:00Z");

describe("retryAfterMs", () => {
  it.each([
    ["120", 120_000],
    ["0", 0],
    ["Wed, 25 Nov 2026 12:00:30 GMT", 30_000],
    ["Wed, 25 Nov 2026 11:00:00 GMT", 0],
    ["-1", null],
    ["1e3", null],
    ["99999999999999", null],
    ["2026-11-25", null],
    ["Wed, 99 Nov 2026 12:00:30 GMT", null],
    ["", null],
  ])("of %j is %j", (text, expected) => {
    expect(retryAfterMs({ "retry-after": text }, now)).toBe(expected);
  });
});

describe("pauseBefore", () => {
  it("doubles to 10 s, and chance takes up to half of it", () => {
    const longest = [2, 3, 4, 5, 6, 7, 8].map((attempt) =>
      pauseBefore(attempt, { random: () => 0 }),
    );
    expect(longest).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
    expect(pauseBefore(3, { random: () => 0.999_999 })).toBe(500);
  });
});

describe("triesFor", () => {
  it("asks again where a server says later, once for an error of its own, never for an answer", () => {
    const tries = [200, 206, 401, 403, 404, 500, 501].map((status) => triesFor(status));
    expect(tries).toEqual([1, 1, 1, 1, 1, 2, 1]);
    for (const status of [408, 429, 502, 503, 504]) expect(triesFor(status)).toBe(Infinity);
  });
});
