import { describe, expect, it } from "vitest";
import { unlessAborted } from "./unless-aborted.ts";

describe("a wait that a signal ends", () => {
  it("comes to what it waits for", async () => {
    const { signal } = new AbortController();
    expect(await unlessAborted(Promise.resolve(1), signal)).toBe(1);
    expect(await unlessAborted(Promise.resolve(1), undefined)).toBe(1);
  });

  it("comes to nothing when the signal fires first, or has fired", async () => {
    const stop = new AbortController();
    const never = new Promise<number>(() => undefined);
    const waiting = unlessAborted(never, stop.signal);
    stop.abort();
    expect(await waiting).toBeNull();
    expect(await unlessAborted(Promise.resolve(1), stop.signal)).toBeNull();
  });

  it("passes a bug on", async () => {
    const { signal } = new AbortController();
    await expect(unlessAborted(Promise.reject(new TypeError("x")), signal)).rejects.toThrow("x");
  });
});
