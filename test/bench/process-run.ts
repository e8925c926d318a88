import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** One finished process. */
export interface Run {
  readonly wallMs: number;
  /** Peak of the resident set of a Node process, in bytes; null for others. */
  readonly peakBytes: number | null;
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Loaded into the measured process: says at its end how much memory it took. */
const reporter = `data:text/javascript,${encodeURIComponent(
  `import { writeFileSync } from "node:fs"; import { isMainThread } from "node:worker_threads";
   if (isMainThread) process.on("exit", () => writeFileSync(process.env.BENCH_PEAK, String(process.resourceUsage().maxRSS)));`,
)}`;

/** Runs a command to its end, output kept. */
export function run(
  command: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv = process.env,
): Run {
  const [file, ...args] = command;
  const startedMs = performance.now();
  const { status, stdout, stderr } = spawnSync(file, args, {
    env,
    encoding: "utf8",
    maxBuffer: 1024 ** 3,
  });
  const wallMs = performance.now() - startedMs;
  return { wallMs, peakBytes: null, exitCode: status, stdout, stderr };
}

/** The same for a Node process, with its peak of memory. Workers count: they are threads of it. */
export function runNode(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Run {
  const peakFile = join(tmpdir(), `fromage-bench-peak-${process.pid}`);
  const done = run([process.execPath, "--import", reporter, ...args], {
    ...env,
    BENCH_PEAK: peakFile,
  });
  const peakBytes = Number(readFileSync(peakFile, "utf8")) * 1024;
  rmSync(peakFile);
  return { ...done, peakBytes };
}

/** The middle one; of an even count the lower of the two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

/** Medians of two commands run in turn, after one run of each that does not count, and of their ratio pair by pair. */
export function inTurn(
  count: number,
  a: () => number,
  b: () => number,
): { readonly a: number; readonly b: number; readonly ratio: number } {
  a();
  b();
  const pairs = Array.from({ length: count }, () => ({ a: a(), b: b() }));
  return {
    a: median(pairs.map((pair) => pair.a)),
    b: median(pairs.map((pair) => pair.b)),
    ratio: median(pairs.map((pair) => pair.a / pair.b)),
  };
}
