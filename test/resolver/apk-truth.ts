import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { mixSeeds } from "../fuzz/random.ts";
import { findFaults } from "./apk-closure.ts";
import { RealApk, whyNoApk } from "./apk-program.ts";
import { drawNames, openWorld, resolveIn, worlds, type OpenedWorld } from "./apk-worlds.ts";

/**
 * Holds the resolver of apk against the real one over many drawn sets of packages, and writes APK-REPORT.md.
 *
 *     node test/resolver/apk-truth.ts SETS SEED [APK3]
 *
 * APK3 is an apk-tools 3 for this machine; without it only the 2.14 of Alpine 3.20 is asked.
 */
async function main(args: readonly string[]): Promise<void> {
  const [sets, seed] = [Number(args[0] ?? 200), Number(args[1] ?? 1)];
  const other = args[2];
  const reason = whyNoApk();
  if (reason !== "") throw new Error(reason);
  const rows: string[] = [];
  const differences: string[] = [];
  for (const generation of other === undefined ? ([2] as const) : ([2, 3] as const)) {
    const apk = new RealApk(generation === 3 && other !== undefined ? [other] : undefined);
    const version = apk.run(["--version"]).output.trim().replace(/,.*$/, "");
    for (const named of worlds) {
      const world = await openWorld(apk, named);
      const count = compareAll(world, { apk, sets, seed, generation });
      differences.push(...count.differences.map((one) => `- ${version}, ${world.name}: ${one}`));
      rows.push(
        `| ${version} | ${world.name} | ${sets} | ${count.same} | ${count.refused} | ${count.differences.length} | ${count.faults} |`,
      );
      process.stderr.write(`${rows.at(-1) ?? ""}\n`);
    }
    apk.close();
  }
  const text = render({ rows, differences, sets, seed });
  writeFileSync(join(import.meta.dirname, "APK-REPORT.md"), text);
}

interface Count {
  /** The same changes. */
  readonly same: number;
  /** Both said that it cannot be done. */
  readonly refused: number;
  /** Results of ours that break a relation, hold something without a reason, or lack what comes by itself. */
  readonly faults: number;
  readonly differences: readonly string[];
}

function compareAll(
  world: OpenedWorld,
  run: {
    readonly apk: RealApk;
    readonly sets: number;
    readonly seed: number;
    readonly generation: 2 | 3;
  },
): Count {
  let [same, refused, faults] = [0, 0, 0];
  const differences: string[] = [];
  for (let at = 0; at < run.sets; at++) {
    const names = drawNames(world, mixSeeds(run.seed, at));
    const real = run.apk.simulate(world.place, names).changes;
    const { resolution, changes } = resolveIn(world, names, run.generation);
    if (JSON.stringify(real) !== JSON.stringify(changes)) {
      const only = (a: readonly string[] | null, b: readonly string[] | null): string =>
        a === null ? "refused" : a.filter((one) => b?.includes(one) !== true).join(" ");
      differences.push(
        `\`${names.join(" ")}\`: real ${only(real, changes)}; ours ${only(changes, real)}`,
      );
    } else if (real === null) refused++;
    else same++;
    if (changes !== null && findFaults(world, names, resolution).length > 0) faults++;
  }
  return { same, refused, faults, differences };
}

function render(found: {
  readonly rows: readonly string[];
  readonly differences: readonly string[];
  readonly sets: number;
  readonly seed: number;
}): string {
  const day = new Date().toISOString().slice(0, 10);
  return `# The resolver of apk against the real one

Made by \`test/resolver/apk-truth.ts\` on ${day} with seed ${found.seed}: ${found.sets} sets of one to six names (packages, and some of
what they provide) for each line, over the main indexes of Alpine 3.16 (x86_64, 4,929 packages, 2022-11-21) and 3.17 (aarch64, 5,004
packages, 2023-05-27), on an empty root and on the root filesystems of 3.18.9 and 3.20.3, whose packages are newer than those
of the index. "Same": every package that is added, changed or removed, with its version. "Refused": both say that it cannot be done.
"Broken": results of ours in which a closure that knows nothing of the solver (\`apk-closure.ts\`) found a fault.

| apk | where | sets | same | refused | different | broken |
|---|---|---|---|---|---|---|
${found.rows.join("\n")}

## Differences

${found.differences.length === 0 ? "None." : found.differences.join("\n")}
`;
}

await main(process.argv.slice(2));
