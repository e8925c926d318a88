import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { nearest } from "../model/nearest.ts";
import { exitCodes } from "./exit-codes.ts";
import type { CliIo } from "./io.ts";
import { UsageError } from "./arguments.ts";
import { readSettings, SettingsError, withoutConfig } from "./read-settings.ts";
import { writeUsage } from "./write-problem.ts";
import { mainHelp } from "./main-help.ts";
import { findVerb, verbs } from "./verbs.ts";

/** Runs the verb that stands first; `fromage TARGET` is `fromage choose TARGET`. */
export async function runCommand(args: readonly string[], io: CliIo): Promise<number> {
  const [verb = "", ...rest] = args;
  if (verb === "" || verb === "help" || verb === "--help" || verb === "-h") {
    const [topic = ""] = rest;
    const about = findVerb(topic);
    if (about !== undefined) return (await about.load()).command.run(["--help"], io);
    const isTopic = verb === "help" && topic !== "" && topic !== "help";
    if (isTopic && !topic.startsWith("-")) return writeUnknown(io, topic);
    (verb === "" ? io.stderr : io.stdout).write(mainHelp());
    return verb === "" ? exitCodes.usage : exitCodes.yes;
  }
  if (verb === "__complete") {
    return (await import("./completion/run-complete.ts")).runComplete(rest, io);
  }
  const known = findVerb(verb);
  // Help must come also where the settings are wrong.
  if (known !== undefined && rest.includes("--help"))
    return (await known.load()).command.run(rest, io);
  const isKnown = known !== undefined || isTarget(verb) || existsSync(resolve(io.cwd, verb));
  if (!isKnown) return writeUnknown(io, verb);
  try {
    return await runVerb(withoutConfig(args), { ...io, settings: await readSettings(args, io) });
  } catch (error) {
    if (error instanceof UsageError) return writeUsage(io, verb, error);
    if (!(error instanceof SettingsError)) throw error;
    io.stderr.write(`${error.message}\n`);
    return exitCodes.usage;
  }
}

async function runVerb(args: readonly string[], io: CliIo): Promise<number> {
  const [name = "", ...rest] = args;
  const verb = findVerb(name);
  const unpacks = verb === undefined || verb.unpacks === true;
  if (unpacks && args.some(isImage)) (await import("../image/thread-ahead.ts")).startThreadAhead();
  if (verb !== undefined) return (await verb.load()).command.run(rest, io);
  return (await import("./commands/choose.ts")).command.run(args, io);
}

function writeUnknown(io: CliIo, word: string): number {
  const names = verbs.map(({ name }) => name);
  const [near] = nearest(word, [...names, "help"]);
  const hint =
    near === undefined
      ? `expected one of ${names.join(", ")} or a target; see fromage --help`
      : `did you mean ${near}?`;
  io.stderr.write(
    `Cannot run ${JSON.stringify(word)}: no such command and no such file, ${hint}\n`,
  );
  return exitCodes.usage;
}

/** Anything that is written as a path or a reference, or an option before one. */
function isTarget(word: string): boolean {
  return /[/:.]/.test(word) || word.startsWith("-");
}

/** An image that is named as one will most likely have layers to unpack; of a plain path it is not known. */
function isImage(word: string): boolean {
  return /^(?:oci|oci-archive|archive|rootfs):/.test(word);
}
