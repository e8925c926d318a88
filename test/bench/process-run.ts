import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** One finished process. */
export interface Run {
  readonly wallMs: number;
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

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
  return { wallMs, exitCode: status, stdout, stderr };
}

/**
 * Loaded into the measured process: writes at its end how much memory it took. VmHWM and not getrusage, whose peak goes
 * on counting what the process that started this one had.
 */
const reporter = `data:text/javascript,${encodeURIComponent(
  `import { readFileSync, writeFileSync } from "node:fs"; import { isMainThread } from "node:worker_threads";
   if (isMainThread) process.on("exit", () => writeFileSync(process.env.BENCH_PEAK, readFileSync("/proc/self/status")));`,
)}`;

/** The peak of the resident set of a Node process with its threads, in bytes. Linux only. */
export function peakOfNode(args: readonly string[], env: NodeJS.ProcessEnv): number {
  const peakFile = join(tmpdir(), `fromage-bench-peak-${process.pid}`);
  run([process.execPath, "--import", reporter, ...args], { ...env, BENCH_PEAK: peakFile });
  const kibibytes = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(peakFile, "utf8"))?.[1];
  rmSync(peakFile);
  if (kibibytes === undefined) throw new Error("Cannot read the peak of memory: no VmHWM");
  return Number(kibibytes) * 1024;
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
