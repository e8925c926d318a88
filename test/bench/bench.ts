/**
 * `npm run bench`: the budgets of the design, each as a ratio or time measured in this run. Prints a table in Markdown.
 * Exit code 0: every budget is kept; 1: one is not; 3: it could not be measured.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { findTestImages, withoutImages } from "../images.ts";
import { aptIndexes } from "./apt-index.ts";
import { measureChecks } from "./check-speed.ts";
import { fromArchive, fromMachine, type BenchImage } from "./images.ts";
import { lookingAtMany } from "./many-files.ts";
import { fromRegistry } from "./registry.ts";
import type { Row } from "./row.ts";
import { inTurn, median, peakOfNode, run } from "./process-run.ts";

const project = resolve(import.meta.dirname, "../..");

async function main(): Promise<number> {
  if (findTestImages() === null) return refuse(withoutImages);
  const work = mkdtempSync(join(tmpdir(), "fromage-bench-"));
  try {
    const program = installed(work);
    // Compiled code is kept here: the uncounted first run of each measurement fills it, as a user's first run does.
    process.env["XDG_CACHE_HOME"] = join(work, "user-cache");
    const rows = [startUp(program)];
    const images = ["debian-13-slim-amd64", "distroless-python3-debian13-amd64"];
    for (const name of images) rows.push(...factsOf(fromArchive(name, work), program, 9));
    const large = fromMachine(1024 ** 3, work);
    if (large === null) say("no image of 1 GB: this machine has not so many files");
    else rows.push(...factsOf(large, program, 3), ...(await registryRows(large, program)));
    rows.push(...lookingAtMany(program, work));
    rows.push(await checkSpeed());
    rows.push(...indexRows());
    say(toTable(rows));
    return rows.every(({ isKept }) => isKept) ? 0 : 1;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function registryRows(image: BenchImage, program: string): Promise<readonly Row[]> {
  const rows = await fromRegistry(image, program);
  if (typeof rows !== "string") return rows;
  say(`no registry was measured:${rows}`);
  return [];
}

function indexRows(): readonly Row[] {
  const rows = aptIndexes();
  if (typeof rows !== "string") return rows;
  say(`no index of packages was measured: ${rows}`);
  return [];
}

/** The package as it is published, compiled; its path. */
function installed(work: string): string {
  const build = run(["npm", "run", "-s", "build", "--prefix", project]);
  if (build.exitCode !== 0) throw new Error(`Cannot build: ${build.stderr}${build.stdout}`);
  const folder = join(work, "package");
  mkdirSync(folder);
  for (const name of ["bin", "dist", "data", "schema", "package.json"]) {
    if (existsSync(join(project, name)))
      cpSync(join(project, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(project, "node_modules"), join(folder, "node_modules"));
  return join(folder, "bin/fromage.js");
}

function startUp(program: string): Row {
  const node = process.execPath;
  const { a, b, ratio } = inTurn(
    21,
    () => run([node, program, "--version"]).wallMs,
    () => run([node, "-e", "0"]).wallMs,
  );
  return {
    what: "`fromage --version` to `node -e 0`",
    figure: `${ratio.toFixed(2)} (${a.toFixed(0)} ms, ${b.toFixed(0)} ms)`,
    budget: "1.5",
    isKept: ratio <= 1.5,
  };
}

function factsOf(image: BenchImage, program: string, count: number): readonly Row[] {
  const caches = mkdtempSync(join(tmpdir(), "fromage-bench-cache-"));
  let cold = 0;
  const commandWith = (cache: string) =>
    [program, "ldd", `oci:${image.folder}`, "--cache-dir", join(caches, cache), "--json"] as const;
  const read = (cache: string): number => {
    const done = run([process.execPath, ...commandWith(cache)]);
    // 1: all was read and its program does not run; 4: and a part of it cannot be parsed. Other codes: it was not read.
    if (done.exitCode === null || ![0, 1, 4].includes(done.exitCode)) {
      throw new Error(`Cannot read ${image.name}: ${done.stderr}`);
    }
    return done.wallMs;
  };
  const hashed = image.blobs
    .map((blob) => `gzip -dc '${blob}' | openssl dgst -sha256`)
    .join(" && ");
  try {
    const facts = inTurn(
      count,
      () => read(String(++cold)),
      () => run(["sh", "-c", hashed]).wallMs,
    );
    const cached = median(Array.from({ length: 9 }, () => read(String(cold))));
    const peakBytes = peakOfNode(commandWith("peak"), process.env);
    const size = `${(image.compressedBytes / 1e6).toFixed(0)} MB`;
    return [
      {
        what: `first facts of ${image.name} (${size}) to gzip and openssl`,
        figure: `${facts.ratio.toFixed(2)} (${facts.a.toFixed(0)} ms, ${facts.b.toFixed(0)} ms)`,
        budget: "1.3",
        isKept: facts.ratio <= 1.3,
      },
      {
        what: `${image.name} again, cached`,
        figure: `${cached.toFixed(0)} ms`,
        budget: "250 ms",
        isKept: cached <= 250,
      },
      {
        what: `peak memory for ${image.name}`,
        figure: `${(peakBytes / 1e6).toFixed(0)} MB`,
        budget: "300 MB",
        isKept: peakBytes <= 300e6,
      },
    ];
  } finally {
    rmSync(caches, { recursive: true, force: true });
  }
}

async function checkSpeed(): Promise<Row> {
  const { elfFiles, medianMs } = await measureChecks();
  return {
    what: `check of an app of ${elfFiles} ELF files against one base`,
    figure: `${medianMs.toFixed(2)} ms`,
    budget: "5 ms",
    isKept: medianMs <= 5,
  };
}

function toTable(rows: readonly Row[]): string {
  const { node } = process.versions;
  const cpu = /^model name\s*: (.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1] ?? "?";
  return [
    `Node ${node}, ${cpu}`,
    "",
    "| what | measured | budget | kept |",
    "| --- | --- | --- | --- |",
    ...rows.map(
      ({ what, figure, budget, isKept }) =>
        `| ${what} | ${figure} | ${budget} | ${isKept ? "yes" : "NO"} |`,
    ),
  ].join("\n");
}

function refuse(reason: string): number {
  say(`Cannot run the bench: ${reason}`);
  return 3;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

process.exitCode = await main();
