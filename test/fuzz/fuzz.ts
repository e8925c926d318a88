/**
 * `npm run fuzz [-- --family NAME --count N --seed S --minutes M]`: hostile input for every parser. Prints a table in
 * Markdown. Exit code 0: nothing was found; 1: something was, with the command that shows it again; 2: bad usage.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { families } from "./families/list.ts";
import { Inputs } from "./make-inputs.ts";
import { prepareSeeds } from "./prepare-seeds.ts";
import { runFamily, type FamilyRun, type FuzzFinding } from "./run-family.ts";
import { findFamily, readSeeds } from "./worker.ts";

interface Asked {
  readonly names: readonly string[];
  readonly count: number;
  readonly seed: number;
  readonly from: number;
  /** For each family. */
  readonly minutes: number;
  readonly file: string | null;
}

const options = {
  family: { type: "string", multiple: true },
  count: { type: "string", default: "20000" },
  seed: { type: "string", default: "1" },
  from: { type: "string", default: "0" },
  minutes: { type: "string", default: "1000" },
  file: { type: "string" },
} as const;

function parseOptions() {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return error.message;
  }
}

function readArguments(): Asked | string {
  const values = parseOptions();
  if (typeof values === "string") return values;
  const known = families.map(({ name }) => name);
  const names = values.family ?? known;
  const wrong = names.find((name) => !known.includes(name));
  if (wrong !== undefined) return `there is no family ${wrong}, only ${known.join(", ")}`;
  const numbers = [values.count, values.seed, values.from, values.minutes].map(Number);
  if (!numbers.every((one) => one >= 0)) return "a number is none";
  if (values.file !== undefined && names.length !== 1) return "--file needs one --family";
  const [count = 0, seed = 0, from = 0, minutes = 0] = numbers;
  return { names, count, seed, from, minutes, file: values.file ?? null };
}

async function main(): Promise<number> {
  const asked = readArguments();
  if (typeof asked === "string") {
    say(`Cannot fuzz: ${asked}`);
    return 2;
  }
  const folder = mkdtempSync(join(tmpdir(), "fromage-fuzz-"));
  const seedFolder = join(folder, "seeds");
  mkdirSync(seedFolder);
  await prepareSeeds(seedFolder);
  say("| family | inputs | seconds | findings |\n| --- | --- | --- | --- |");
  let found = 0;
  for (const family of asked.names) {
    const { file, seed, from } = asked;
    const count = file === null ? asked.count : 1;
    const deadlineMs = performance.now() + asked.minutes * 60_000;
    const run = await runFamily({
      family,
      isPlanted: false,
      seedFolder,
      seed,
      from,
      count,
      file,
      deadlineMs,
    });
    found += run.findings.length;
    say(`| ${family} | ${run.count} | ${run.seconds.toFixed(0)} | ${run.findings.length} |`);
    await tell(run, { family, seed, seedFolder, folder, file });
  }
  // What shows a finding again stays there.
  if (found === 0) rmSync(folder, { recursive: true });
  return found === 0 ? 0 : 1;
}

interface Told {
  readonly family: string;
  readonly seed: number;
  readonly seedFolder: string;
  readonly folder: string;
  readonly file: string | null;
}

async function tell(run: FamilyRun, told: Told): Promise<void> {
  for (const finding of run.findings) {
    const file = told.file ?? (await save(finding, told));
    say(`\n${told.family}, seed ${told.seed}, input ${finding.index}: ${finding.kind}`);
    say(finding.reason);
    say(`npm run -s fuzz -- --family ${told.family} --file ${file}\n`);
  }
}

async function save({ index }: FuzzFinding, told: Told): Promise<string> {
  const { folder, seed, seedFolder } = told;
  const family = await findFamily(told.family, false);
  const bytes = new Inputs(family, seed, readSeeds(seedFolder, family)).at(index);
  const file = join(folder, `${told.family}-${seed}-${index}.bin`);
  writeFileSync(file, bytes);
  return file;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

process.exitCode = await main();
