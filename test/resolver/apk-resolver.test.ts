import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mixSeeds } from "../fuzz/random.ts";
import { findFaults } from "./apk-closure.ts";
import { RealApk, whyNoApk } from "./apk-program.ts";
import { drawNames, openWorld, resolveIn, worlds } from "./apk-worlds.ts";

/** APK-REPORT.md has many more; here as many as take a few seconds. */
const sets = 8;
const seed = 20261125;
const without = whyNoApk();

describe.skipIf(without !== "")(`resolveApk() does what the real apk 2.14 does${without}`, () => {
  let apk: RealApk;
  beforeAll(() => (apk = new RealApk()));
  afterAll(() => {
    apk.close();
  });

  it.each(worlds)("index of $index on $root", async (named) => {
    const world = await openWorld(apk, named);
    const wrong = Array.from({ length: sets }, (_, at) => drawNames(world, mixSeeds(seed, at)))
      .map((names) => {
        const real = apk.simulate(world.place, names);
        return { names, real: real.changes, ours: resolveIn(world, names, 2).changes };
      })
      .filter(({ real, ours }) => JSON.stringify(real) !== JSON.stringify(ours));
    expect(wrong).toEqual([]);
  });
});

describe.skipIf(without !== "")(`resolveApk() gives whole and minimal sets${without}`, () => {
  let apk: RealApk;
  beforeAll(() => (apk = new RealApk()));
  afterAll(() => {
    apk.close();
  });

  it.each(worlds)("index of $index on $root", async (named) => {
    const world = await openWorld(apk, named);
    let resolved = 0;
    for (let at = 0; at < 12; at++) {
      const names = drawNames(world, mixSeeds(seed + 1, at));
      for (const generation of [2, 3] as const) {
        const { resolution, changes } = resolveIn(world, names, generation);
        if (changes === null) continue;
        resolved++;
        expect({ names, faults: findFaults(world, names, resolution) }).toEqual({
          names,
          faults: [],
        });
      }
    }
    expect(resolved).toBeGreaterThan(5);
  });
});
