import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { scratchFolder } from "../../../test/made-packages.ts";
import {
  compareWithDnf,
  type Comparison,
  type ComparedSystem,
} from "../../../test/repositories/yum/compare-with-dnf.ts";
import { withoutDnf } from "../../../test/repositories/yum/tools.ts";
import { withoutRpm } from "../../../test/rpm-tool.ts";

const folder = scratchFolder();

async function compareAll(systems: readonly ComparedSystem[]): Promise<Comparison> {
  const all: Comparison[] = [];
  for (const system of systems) {
    all.push(await compareWithDnf(join(folder, `${all.length}-${system.seed}`), system));
  }
  const sum = (count: (one: Comparison) => number): number =>
    all.reduce((total, one) => total + count(one), 0);
  return {
    sets: sum((one) => one.sets),
    solved: sum((one) => one.solved),
    added: sum((one) => one.added),
    changed: sum((one) => one.changed),
    removed: sum((one) => one.removed),
    differences: all.flatMap((one) => one.differences),
  };
}

const seeds = (first: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => first + index);

describe("resolve() beside dnf", () => {
  it.skipIf(withoutDnf !== "")(
    `random sets on an empty system${withoutDnf}`,
    async () => {
      const systems = seeds(1, 4).map((seed) => ({ seed, sets: 50 }));
      const { differences, ...sums } = await compareAll(systems);
      expect(differences).toEqual([]);
      expect(sums.solved).toBeGreaterThan(150);
      expect(sums.added).toBeGreaterThan(500);
    },
    60_000,
  );

  it.skipIf(withoutDnf !== "")(
    `where packages exclude each other more often, and only the best will do${withoutDnf}`,
    async () => {
      const dense = seeds(1, 3).map((seed) => ({ seed, sets: 40, isDense: true }));
      const best = seeds(11, 3).map((seed) => ({ seed, sets: 40, isBestWanted: true }));
      const { differences, solved, sets } = await compareAll([...dense, ...best]);
      expect(differences).toEqual([]);
      expect(solved).toBeLessThan(sets);
    },
    60_000,
  );

  const without = withoutRpm || withoutDnf;
  it.skipIf(without !== "")(
    `beside installed packages, which give way or go${without}`,
    async () => {
      const systems = seeds(1, 6).map((seed) => ({ seed, sets: 40, hasInstalled: true }));
      const { differences, ...sums } = await compareAll(systems);
      expect(differences).toEqual([]);
      expect(sums.changed).toBeGreaterThan(3);
    },
    60_000,
  );
});
