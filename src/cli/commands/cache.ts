import { UsageError, type OptionSpec } from "../arguments.ts";
import type { Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { renderHelp, type HelpText } from "../help.ts";
import type { CliIo } from "../io.ts";
import { writeUsage } from "../write-problem.ts";

const options: readonly OptionSpec[] = [{ name: "help", short: "h", help: "this text" }];

const help: HelpText = {
  usage: [
    "fromage cache [show] [options]",
    "fromage cache prune --older-than AGE|--max-size SIZE|--old [options]",
    "fromage cache verify [options]",
    "fromage cache path [options]",
  ],
  about: "What is kept between runs. Each of show, prune, verify and path has its own --help.",
  options,
  examples: [
    ["fromage cache", "what is kept, and how much it is"],
    ["fromage cache prune --older-than 30d --old", "removes what is not needed any more"],
    ["fromage cache verify --repair", "removes what is damaged"],
  ],
};

type Action = (args: readonly string[], io: CliIo) => Promise<number>;

const show: Action = async (args, io) =>
  (await import("../cache/show-cache.ts")).showCache(args, io);

/** What follows the verb. */
const actions: Readonly<Record<string, Action>> = {
  show,
  prune: async (args, io) => (await import("../cache/prune.ts")).prune(args, io),
  verify: async (args, io) => (await import("../cache/verify.ts")).verify(args, io),
  path: async (args, io) => (await import("../cache/show-path.ts")).showPath(args, io),
};

export const command: Command = {
  words: {
    options,
    positionals: [],
    subcommands: Object.fromEntries(
      Object.keys(actions).map((name) => [name, { options, positionals: [] }]),
    ),
  },
  async run(args, io) {
    const [action = "show", ...rest] = args;
    if (action === "--help" || action === "-h" || action === "help") {
      io.stdout.write(renderHelp(help, io.columns));
      return exitCodes.yes;
    }
    try {
      // `fromage cache --json` is `fromage cache show --json`.
      if (action.startsWith("-")) return await show(args, io);
      const run = Object.hasOwn(actions, action) ? actions[action] : undefined;
      if (run !== undefined) return await run(rest, io);
      const names = Object.keys(actions).join(", ");
      throw new UsageError(`no action ${JSON.stringify(action)}, expected one of ${names}`);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      return writeUsage(io, "cache", error);
    }
  },
};
