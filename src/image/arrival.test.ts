import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { Arrival } from "./arrival.ts";

describe("an arrival", () => {
  it("lets a reader wait for more than it has", async () => {
    const arrival = new Arrival();
    const waiting = arrival.waitBeyond(2);
    arrival.add(2);
    arrival.add(3);
    expect(await waiting).toBe(5);
  });

  it.each(["finish", "breakOff"] as const)("ends every wait with %s", async (end) => {
    const arrival = new Arrival();
    arrival.add(4);
    const waits = [arrival.waitBeyond(4), arrival.waitBeyond(100)];
    arrival[end]();
    expect(await Promise.all(waits)).toEqual([4, 4]);
    expect(arrival.isOver).toBe(true);
  });

  it("is seen by another thread", async () => {
    const arrival = new Arrival();
    const code = `
      import { parentPort, workerData } from "node:worker_threads";
      const { Arrival } = await import(workerData.module);
      parentPort.postMessage(await new Arrival(workerData.buffer).waitBeyond(0));
    `;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), {
      workerData: {
        module: new URL("./arrival.ts", import.meta.url).href,
        buffer: arrival.buffer,
      },
    });
    await once(worker, "online");
    arrival.add(7);
    expect(await once(worker, "message")).toEqual([7]);
    await worker.terminate();
  });
});
