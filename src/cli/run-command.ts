import { exitCodes } from "./exit-codes.ts";
import type { CliIo } from "./io.ts";

/** What each file of `commands/` exports. */
export interface Command {
  /** `args` without the verb. Comes to the exit code. */
  run(args: readonly string[], io: CliIo): Promise<number>;
}

/** Each verb with its module, loaded when it is asked for. By name. */
const commands: ReadonlyMap<string, () => Promise<Command>> = new Map();

/** Runs the verb that stands first. */
export async function runCommand(args: readonly string[], io: CliIo): Promise<number> {
  const [verb = "", ...rest] = args;
  const load = commands.get(verb);
  if (load !== undefined) return (await load()).run(rest, io);
  const known = [...commands.keys(), "--version"].join(", ");
  io.stderr.write(`Cannot run ${verb || "fromage"}: no such command, expected one of ${known}\n`);
  return exitCodes.usage;
}
