import { UsageError, type OptionSpec } from "../arguments.ts";
import { exitCodes } from "../exit-codes.ts";
import { renderHelp, type HelpText } from "../help.ts";
import type { CliIo } from "../io.ts";
import type { Command } from "../command.ts";
import { writeUsage } from "../write-problem.ts";

const options: readonly OptionSpec[] = [{ name: "help", short: "h", help: "this text" }];

const help: HelpText = {
  usage: [
    "fromage bases list [options]",
    "fromage bases show ID [options]",
    "fromage bases add REF --id ID [options]",
  ],
  about: "The catalogue of bases. Each of list, show and add has its own --help.",
  options,
  examples: [
    ["fromage bases list", "the bases that are known, with size, C library and support"],
    ["fromage bases show alpine-3.20", "all that is known of one"],
    ["fromage bases add oci-archive:base.tar --id ours-1", "measures an image and keeps it"],
  ],
};

/** What follows the verb. Measuring is loaded only where something is measured. */
const actions: Readonly<Record<string, (args: readonly string[], io: CliIo) => Promise<number>>> = {
  list: async (args, io) => (await import("../bases/list-bases.ts")).listBases(args, io),
  show: async (args, io) => (await import("../bases/show-base.ts")).showBase(args, io),
  add: async (args, io) => (await import("../bases/add-base.ts")).addBase(args, io),
};

export const command: Command = {
  words: {
    options,
    positionals: [],
    // Their options are not told here: that would load what measures an image.
    subcommands: {
      list: { options, positionals: [] },
      show: { options, positionals: ["base"] },
      add: { options, positionals: ["reference"] },
    },
  },
  async run(args, io) {
    const [action = "", ...rest] = args;
    if (action === "--help" || action === "-h" || action === "help") {
      io.stdout.write(renderHelp(help, io.columns));
      return exitCodes.yes;
    }
    try {
      const run = Object.hasOwn(actions, action) ? actions[action] : undefined;
      if (run !== undefined) return await run(rest, io);
      const what = action === "" ? "nothing to do" : `no action ${JSON.stringify(action)}`;
      throw new UsageError(`${what}, expected one of ${Object.keys(actions).join(", ")}`);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      return writeUsage(io, "bases", error);
    }
  },
};
