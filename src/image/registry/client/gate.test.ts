import { describe, expect, it } from "vitest";
import { Gate } from "./gate.ts";

describe("Gate", () => {
  it("lets in as many as there are places, others in their order as places come free", async () => {
    const gate = new Gate(2);
    const order: string[] = [];
    const enter = async (name: string) => {
      const leave = await gate.enter(undefined);
      order.push(name);
      return leave;
    };
    const [leaveA] = await Promise.all([enter("a"), enter("b")]);
    const [c, d] = [enter("c"), enter("d")];
    leaveA?.();
    leaveA?.();
    const leaveC = await c;
    expect(order).toEqual(["a", "b", "c"]);
    leaveC?.();
    await d;
    expect(order).toEqual(["a", "b", "c", "d"]);
  });

  it("takes who gives up out of the row", async () => {
    const gate = new Gate(1);
    const leave = await gate.enter(undefined);
    const stop = new AbortController();
    const [first, second] = [gate.enter(stop.signal), gate.enter(undefined)];
    stop.abort();
    expect(await first).toBeNull();
    expect(await gate.enter(stop.signal)).toBeNull();
    leave?.();
    expect(await second).not.toBeNull();
  });
});
