import { UsageError } from "./arguments.ts";
import { exitCodes } from "./exit-codes.ts";
import type { CliIo } from "./io.ts";
import { mainHelp } from "./main-help.ts";
import { writeUsage } from "./write-problem.ts";

/** What each file of `commands/` exports as `command`. */
export interface Command {
  /** `args` without the verb. Comes to the exit code. */
  run(args: readonly string[], io: CliIo): Promise<number>;
}

interface CommandModule {
  readonly command: Command;
}

/** Each verb with its module, loaded when it is asked for. By name. */
const commands: ReadonlyMap<string, () => Promise<CommandModule>> = new Map([
  ["bases", () => import("./commands/bases.ts")],
  ["check", () => import("./commands/check.ts")],
  ["choose", () => import("./commands/choose.ts")],
  ["ldd", () => import("./commands/ldd.ts")],
]);

/** Runs the verb that stands first; `fromage TARGET` is `fromage choose TARGET`. */
export async function runCommand(args: readonly string[], io: CliIo): Promise<number> {
  const [verb = "", ...rest] = args;
  if (verb === "" || verb === "help" || verb === "--help" || verb === "-h") {
    const [topic = ""] = rest;
    const load = commands.get(topic);
    if (load !== undefined) return (await load()).command.run(["--help"], io);
    (verb === "" ? io.stderr : io.stdout).write(mainHelp);
    return verb === "" ? exitCodes.usage : exitCodes.yes;
  }
  const load = commands.get(verb);
  if (load !== undefined) return (await load()).command.run(rest, io);
  if (isTarget(verb)) return (await import("./commands/choose.ts")).command.run(args, io);
  const known = [...commands.keys()].join(", ");
  const reason = `no such command and no such file, expected one of ${known} or a target`;
  return writeUsage(io, JSON.stringify(verb), new UsageError(reason));
}

/** Anything that is written as a path or a reference, or an option before one. */
function isTarget(word: string): boolean {
  return /[/:.]/.test(word) || word.startsWith("-");
}
