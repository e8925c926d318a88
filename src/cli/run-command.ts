import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { nearest } from "../model/nearest.ts";
import type { Command } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";
import type { CliIo } from "./io.ts";
import { UsageError } from "./arguments.ts";
import { readSettings, SettingsError, withoutConfig } from "./read-settings.ts";
import { writeUsage } from "./write-problem.ts";
import { mainHelp } from "./main-help.ts";

interface CommandModule {
  readonly command: Command;
}

/** Each verb with its module, loaded when it is asked for. By name. */
const commands: ReadonlyMap<string, () => Promise<CommandModule>> = new Map([
  ["bases", () => import("./commands/bases.ts")],
  ["cache", () => import("./commands/cache.ts")],
  ["cat", () => import("./commands/cat.ts")],
  ["check", () => import("./commands/check.ts")],
  ["choose", () => import("./commands/choose.ts")],
  ["config", () => import("./commands/config.ts")],
  ["doctor", () => import("./commands/doctor.ts")],
  ["du", () => import("./commands/du.ts")],
  ["compare", () => import("./commands/compare.ts")],
  ["diff", () => import("./commands/diff.ts")],
  ["find", () => import("./commands/find.ts")],
  ["history", () => import("./commands/history.ts")],
  ["ldd", () => import("./commands/ldd.ts")],
  ["ls", () => import("./commands/ls.ts")],
  ["owner", () => import("./commands/owner.ts")],
  ["packages", () => import("./commands/packages.ts")],
  ["tree", () => import("./commands/tree.ts")],
]);

/** They mostly find what they need in the cache: a thread that unpacks would be started for nothing. */
const looking: ReadonlySet<string> = new Set(["ls", "tree", "find", "cat"]);

/** Runs the verb that stands first; `fromage TARGET` is `fromage choose TARGET`. */
export async function runCommand(args: readonly string[], io: CliIo): Promise<number> {
  const [verb = "", ...rest] = args;
  if (verb === "" || verb === "help" || verb === "--help" || verb === "-h") {
    const [topic = ""] = rest;
    const load = commands.get(topic);
    if (load !== undefined) return (await load()).command.run(["--help"], io);
    const isTopic = verb === "help" && topic !== "" && topic !== "help";
    if (isTopic && !topic.startsWith("-")) return writeUnknown(io, topic);
    (verb === "" ? io.stderr : io.stdout).write(mainHelp);
    return verb === "" ? exitCodes.usage : exitCodes.yes;
  }
  const isKnown = commands.has(verb) || isTarget(verb) || existsSync(resolve(io.cwd, verb));
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
  const [verb = "", ...rest] = args;
  if (args.some(isImage) && !looking.has(verb))
    (await import("../image/thread-ahead.ts")).startThreadAhead();
  const load = commands.get(verb);
  if (load !== undefined) return (await load()).command.run(rest, io);
  return (await import("./commands/choose.ts")).command.run(args, io);
}

function writeUnknown(io: CliIo, word: string): number {
  const [near] = nearest(word, [...commands.keys(), "help"]);
  const hint =
    near === undefined
      ? `expected one of ${[...commands.keys()].join(", ")} or a target; see fromage --help`
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
