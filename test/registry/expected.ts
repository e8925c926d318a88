import { expect } from "vitest";
import type { Failure, Result } from "../../src/model/failure.ts";

/** What may come of a request through a fault: the right bytes, or a failure of this kind with this reason. Nothing else. */
export type Expected = "found" | readonly [kind: Failure["kind"], reason: RegExp];

/** Holds a result against it; `isRight` looks at the value, which never may be a wrong one. */
export function expectResult<Value>(
  result: Result<Value>,
  expected: Expected,
  isRight: (value: Value) => boolean,
): void {
  if (result.ok) {
    expect(isRight(result.value), "what was taken for sound is sound").toBe(true);
    expect("found").toBe(expected);
    return;
  }
  if (expected === "found") expect.fail(JSON.stringify(result.failure));
  const { failure } = result;
  const [kind, reason] = expected;
  expect(failure.kind, JSON.stringify(failure)).toBe(kind);
  expect("reason" in failure ? failure.reason : "").toMatch(reason);
}
