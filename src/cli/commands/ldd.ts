import { answerLdd, type LddAnswer } from "../../answer/answer-ldd.ts";
import { joinCatalogues } from "../../catalogue/catalogue.ts";
import {
  loadInstalledCatalogue,
  type InstalledCatalogue,
} from "../../catalogue/installed-catalogue.ts";
import { success, type Result } from "../../model/failure.ts";
import { renderLdd, renderLddJson } from "../../report/ldd.ts";
import { parseArguments, UsageError, type OptionSpec, type ParsedArguments } from "../arguments.ts";
import { exitCodes } from "../exit-codes.ts";
import { renderHelp, type HelpText } from "../help.ts";
import { isColored, type CliIo } from "../io.ts";
import { ProgressLine } from "../progress.ts";
import type { Command } from "../command.ts";
import { openSession } from "../session.ts";
import { readAnswerOptions, referenceHelp, targetOptions } from "../target-options.ts";
import { readVersion } from "../../answer/version.ts";
import { writeFailure, writeUsage } from "../write-problem.ts";

const ownOptions = [
  "base",
  "platform",
  "json",
  "explain",
  "cache-dir",
  "no-cache",
  "offline",
  "help",
];
const options: readonly OptionSpec[] = targetOptions
  .filter(({ name }) => ownOptions.includes(name))
  .map((option) =>
    option.name === "base"
      ? { ...option, help: "lay the file over this base and look there" }
      : option,
  );

const help: HelpText = {
  usage: ["fromage ldd REF [PATH] [options]", "fromage ldd FILE [--base REF] [options]"],
  about:
    "Prints what the loader of a root would load for a program, where each library is found or was looked for, and what stops it. Works for any root and architecture; nothing is run.",
  options,
  more: [
    "Without PATH it is what the image starts. A FILE of this machine is looked at in this machine's own root.",
    referenceHelp,
    "Exit code: 0 it starts; 1 it does not; 2 bad usage; 3 could not finish; 4 something was not read; 130 interrupted.",
  ],
  examples: [
    ["fromage ldd ./server", "in the root of this machine"],
    ["fromage ldd ./server --base alpine-3.20", "as if it were copied into that base"],
    ["fromage ldd oci-archive:image.tar /usr/bin/python3", "a program of an image"],
    ["fromage ldd base:alpine-3.20 /bin/sh", "a program of a base of the catalogue"],
    ["fromage ldd rootfs:./sysroot-arm64 /bin/sh", "for another architecture"],
  ],
};

export const command: Command = {
  words: { options, positionals: ["reference", "image-path"] },
  async run(args, io) {
    try {
      return await runLdd(args, io);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      return writeUsage(io, "ldd", error);
    }
  },
};

async function runLdd(args: readonly string[], io: CliIo): Promise<number> {
  const parsed = parseArguments(args, { options, maxPositionals: 2 });
  if (parsed.has("help")) {
    io.stdout.write(renderHelp(help, io.columns));
    return exitCodes.yes;
  }
  const [reference, path = null] = parsed.positionals;
  if (reference === undefined) throw new UsageError("no REF or FILE");
  const session = openSession(parsed, io);
  const progress = new ProgressLine(io);
  try {
    const loaded = loadCatalogueFor(parsed, io);
    if (!loaded.ok) return writeFailure(io, loaded.failure);
    const { catalogue, failures } = loaded.value;
    for (const failure of failures) writeFailure(io, failure);
    const settings = readAnswerOptions(parsed, io, { session, progress, catalogue });
    const answers = await answerLdd(reference, path, settings);
    progress.clear();
    if (io.signal.aborted) return exitCodes.interrupted;
    if (!answers.ok) return writeFailure(io, answers.failure);
    return print(answers.value, parsed, io);
  } finally {
    progress.clear();
    session.close();
  }
}

/** Only a base needs the catalogue: what a root itself loads is told without it. */
function loadCatalogueFor(parsed: ParsedArguments, io: CliIo): Result<InstalledCatalogue> {
  const isBase = parsed.positionals[0]?.startsWith("base:") === true;
  if (isBase || parsed.values("base").length > 0) return loadInstalledCatalogue(io.env);
  return success({ catalogue: joinCatalogues([]), failures: [] });
}

function print(answers: readonly LddAnswer[], parsed: ParsedArguments, io: CliIo): number {
  if (parsed.has("json") && answers.length > 1) {
    throw new UsageError("--json needs one platform and one base");
  }
  const color = isColored(io);
  const text = { columns: io.columns, color, explain: parsed.has("explain") };
  for (const { reference, platform, programs, failures } of answers) {
    if (parsed.has("json")) {
      io.stdout.write(
        renderLddJson({ tool: readVersion(), reference, platform, programs, failures }),
      );
    } else {
      if (answers.length > 1) io.stdout.write(`${reference} (${platform ?? "this machine"}):\n`);
      io.stdout.write(renderLdd(programs, text));
    }
    for (const failure of failures) writeFailure(io, failure);
  }
  const problems = answers.flatMap(({ programs }) =>
    programs.flatMap(({ start }) => start.problems),
  );
  const blocking = problems.filter(
    ({ severity, phase }) => severity === "blocks" && phase === "load",
  );
  if (blocking.some(({ subject }) => subject.code !== "not-read")) return exitCodes.no;
  const isWhole = blocking.length === 0 && answers.every(({ failures }) => failures.length === 0);
  return isWhole ? exitCodes.yes : exitCodes.partial;
}
