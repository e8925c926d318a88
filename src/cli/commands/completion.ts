import { parseArguments, UsageError, type OptionSpec } from "../arguments.ts";
import type { Command } from "../command.ts";
import { completionScript, isShell, shells } from "../completion/scripts.ts";
import { exitCodes } from "../exit-codes.ts";
import { renderHelp, type HelpText } from "../help.ts";
import type { CliIo } from "../io.ts";
import { writeUsage } from "../write-problem.ts";

const options: readonly OptionSpec[] = [{ name: "help", short: "h", help: "this text" }];

const help: HelpText = {
  usage: [`fromage completion ${shells.join("|")}`],
  about:
    "Prints a script that makes the shell complete commands, options, ids of bases, names of images in engines, and paths in images.",
  options,
  more: [
    "The script asks the program itself for the words, so that it need not be made again for a new version. No registry is asked for a completion.",
  ],
  examples: [
    ['eval "$(fromage completion bash)"', "in ~/.bashrc"],
    ['eval "$(fromage completion zsh)"', "in ~/.zshrc, after compinit"],
    ["fromage completion fish | source", "in ~/.config/fish/config.fish"],
  ],
};

export const command: Command = {
  words: { options, positionals: [shells] },
  async run(args, io) {
    try {
      return await Promise.resolve(runCompletion(args, io));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      return writeUsage(io, "completion", error);
    }
  },
};

function runCompletion(args: readonly string[], io: CliIo): number {
  const parsed = parseArguments(args, { options, maxPositionals: 1 });
  if (parsed.has("help")) {
    io.stdout.write(renderHelp(help, io.columns));
    return exitCodes.yes;
  }
  const [shell] = parsed.positionals;
  if (shell === undefined) throw new UsageError(`no shell, expected one of ${shells.join(", ")}`);
  if (!isShell(shell)) {
    throw new UsageError(
      `no script for ${JSON.stringify(shell)}, expected one of ${shells.join(", ")}`,
    );
  }
  io.stdout.write(completionScript(shell));
  return exitCodes.yes;
}
