/**
 * `npm run truth:recipes`: draws packages of Debian by a seed, asks what their programs need on bases, really installs or copies
 * it, starts them and holds what was said against what happened.
 *
 *     node test/recipes/recipe-truth.ts [--report FILE] [--seed 1] [--count 60] [--copies 20] [--release 12|13] [--fresh]
 *
 * `--count`: packages of each release; `--copies`: of these, how many are built for distroless. Needs root, bubblewrap, a C
 * compiler, skopeo, umoci, dockerd, the images, and Debian's archive. Exit code 0: each difference is explained by a rule;
 * 1: one is not; 2: bad usage; 3: it could not be run.
 */
import { existsSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { findTestImages, withoutImages } from "../images.ts";
import { missingTools } from "../truth/command.ts";
import { buildLauncher } from "../truth/run.ts";
import { CopyBench } from "./truth/built-copy.ts";
import { drawPackages } from "./truth/draw-packages.ts";
import type { HeldRecipe } from "./truth/held-recipe.ts";
import { holdRecipe, type HoldRequest, type Tools } from "./truth/hold-recipes.ts";
import { Observations } from "./truth/kept.ts";
import { Predictor } from "./truth/predict-recipe.ts";
import { openRelease, releases, type OpenRelease } from "./truth/releases.ts";
import { isExplained, renderReport, type HeldRelease } from "./truth/recipe-report.ts";

interface Options {
  readonly report: string | null;
  readonly seed: number;
  readonly count: number;
  readonly copies: number;
  /** Null: all. */
  readonly release: string | null;
  readonly isFresh: boolean;
}

const atOnce = 2;
/** What is under way then ends with its tools, and takes its mounts and the engine away. */
const interrupted = new AbortController();
process.once("SIGINT", () => interrupted.abort());
/** In memory where that is there: engine and roots write thousands of small files that are thrown away. */
if (existsSync("/dev/shm")) process.env["TMPDIR"] ??= "/dev/shm";
const requiredTools = [
  "bwrap",
  "gcc",
  "skopeo",
  "umoci",
  "unshare",
  "dpkg-deb",
  "dockerd",
  "docker",
];

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  const missing = missingTools(requiredTools);
  if (process.getuid?.() !== 0) return refuse("only root unpacks and mounts roots");
  if (missing.length > 0) return refuse(`no ${missing.join(", ")} on PATH`);
  if (findTestImages() === null) return refuse(withoutImages);
  const opened: OpenRelease[] = [];
  for (const one of releases) {
    if (options.release === null || options.release === one.number) {
      opened.push(await openRelease(one));
    }
  }
  const held = await holdAll(opened, options);
  const report = renderReport(held, options);
  if (options.report !== null) writeFileSync(options.report, report);
  else process.stdout.write(report);
  return held.every((one) => one.held.every(isExplained)) ? 0 : 1;
}

function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      report: { type: "string" },
      seed: { type: "string", default: "1" },
      count: { type: "string", default: "60" },
      copies: { type: "string", default: "20" },
      release: { type: "string" },
      fresh: { type: "boolean", default: false },
    },
  });
  const { report = null, release = null, fresh: isFresh } = values;
  const [seed = 0, count = 0, copies = 0] = [values.seed, values.count, values.copies].map(Number);
  if (![seed, count, copies].every(Number.isSafeInteger)) {
    throw new TypeError("Cannot use --seed, --count or --copies: expected whole numbers");
  }
  return { report, seed, count, copies, release, isFresh };
}

async function holdAll(
  opened: readonly OpenRelease[],
  options: Options,
): Promise<readonly HeldRelease[]> {
  const benches: Promise<CopyBench>[] = [];
  const started = async (bench: Promise<CopyBench>): Promise<CopyBench> => {
    benches.push(bench);
    return bench;
  };
  const predictor = await Predictor.open();
  const tools: Tools = {
    predictor,
    observations: new Observations(options.isFresh),
    launcher: await buildLauncher(),
    bench: () => benches[0] ?? started(CopyBench.start(opened)),
  };
  try {
    const all: HeldRelease[] = [];
    for (const release of opened) all.push(await holdRelease(release, options, tools));
    return all;
  } finally {
    await predictor.close();
    for (const bench of benches) await (await bench).stop();
  }
}

async function holdRelease(
  release: OpenRelease,
  options: Options,
  tools: Tools,
): Promise<HeldRelease> {
  const start = performance.now();
  const { drawn, poolSize, withoutProgram } = await drawPackages(release, options);
  const requests = drawn.map((one, at): HoldRequest => {
    return { release, drawn: one, isCopied: at < options.copies };
  });
  const held = new Array<readonly HeldRecipe[]>(requests.length);
  const queue = requests.entries();
  const work = async (): Promise<void> => {
    for (const [index, request] of queue) {
      interrupted.signal.throwIfAborted();
      held[index] = await holdRecipe(request, tools);
      say(`${release.title}: ${held.filter(Boolean).length} of ${requests.length}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  const seconds = Math.round((performance.now() - start) / 1000);
  return { title: release.title, poolSize, withoutProgram, held: held.flat(), seconds };
}

function refuse(reason: string): number {
  say(`Cannot hold recipes against reality: ${reason}`);
  return 3;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = error instanceof TypeError ? 2 : 3;
}
