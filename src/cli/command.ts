import type { CommandWords } from "./arguments.ts";
import type { CliIo } from "./io.ts";

/** What each file of `commands/` exports as `command`. */
export interface Command {
  /** `args` without the verb. Comes to the exit code. */
  run(args: readonly string[], io: CliIo): Promise<number>;
  /** Absent: nothing is proposed behind it. */
  readonly words?: CommandWords;
}
