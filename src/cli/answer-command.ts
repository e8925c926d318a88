import type { AnswerOptions } from "../answer/options.ts";
import { loadInstalledCatalogue } from "../catalogue/installed-catalogue.ts";
import type { CheckAnswer, ChooseAnswer } from "../model/answer.ts";
import type { Result } from "../model/failure.ts";
import { renderJson } from "../report/json.ts";
import { renderAnswer } from "../report/text.ts";
import { parseArguments, UsageError } from "./arguments.ts";
import { exitCodes } from "./exit-codes.ts";
import { renderHelp, type HelpText } from "./help.ts";
import { isColored, type CliIo } from "./io.ts";
import { ProgressLine } from "./progress.ts";
import type { Command } from "./command.ts";
import { openSession } from "./session.ts";
import { repeatOption } from "./repeat-option.ts";
import type { PackagesWanted } from "../answer/search-packages.ts";
import { openRepositories } from "./open-repositories.ts";
import {
  askedBases,
  baseOption,
  readAnswerOptions,
  readPackagesWanted,
  targetOptions,
} from "./target-options.ts";
import { writeFailure, writeUsage } from "./write-problem.ts";

/** A command that comes to one answer about one target. */
export interface AnswerCommand<Answer> {
  readonly verb: string;
  readonly help: HelpText;
  readonly needsBase: boolean;
  /** For which candidates packages are looked up where nobody says it. */
  readonly packages: PackagesWanted;
  answer(reference: string, options: AnswerOptions): Promise<Result<Answer>>;
  exitCode(answer: Answer): number;
}

/** The part that `choose` and `check` share: arguments, progress, printing. */
export function answerCommand<Answer extends ChooseAnswer | CheckAnswer>(
  spec: AnswerCommand<Answer>,
): Command {
  return {
    words: { options: targetOptions, positionals: ["reference"] },
    async run(args, io) {
      try {
        return await runAnswer(spec, args, io);
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        return writeUsage(io, spec.verb, error);
      }
    },
  };
}

async function runAnswer<Answer extends ChooseAnswer | CheckAnswer>(
  spec: AnswerCommand<Answer>,
  args: readonly string[],
  io: CliIo,
): Promise<number> {
  const words = repeatOption(args, baseOption, targetOptions);
  const parsed = parseArguments(words, { options: targetOptions, maxPositionals: 1 });
  if (parsed.has("help")) {
    io.stdout.write(renderHelp(spec.help, io.columns));
    return exitCodes.yes;
  }
  const [reference] = parsed.positionals;
  if (reference === undefined) throw new UsageError("no TARGET");
  if (spec.needsBase && askedBases(parsed, io).length === 0) throw new UsageError("no --base");
  const packages = readPackagesWanted(parsed);
  const session = openSession(parsed, io);
  const progress = new ProgressLine(io);
  const repositories = openRepositories(session, io, progress);
  try {
    const installed = loadInstalledCatalogue(io.env);
    if (!installed.ok) return writeFailure(io, installed.failure);
    const { catalogue, failures } = installed.value;
    for (const failure of failures) writeFailure(io, failure);
    const options = {
      ...readAnswerOptions(parsed, io, { session, progress, catalogue }),
      bases: askedBases(parsed, io),
      repositories,
      packages: packages ?? spec.packages,
    };
    const answer = await spec.answer(reference, options);
    progress.clear();
    if (io.signal.aborted) return exitCodes.interrupted;
    if (!answer.ok) return writeFailure(io, answer.failure);
    io.stdout.write(render(answer.value, io, parsed));
    return spec.exitCode(answer.value);
  } finally {
    progress.clear();
    void repositories.close();
    session.close();
  }
}

function render(
  answer: ChooseAnswer | CheckAnswer,
  io: CliIo,
  parsed: { has(name: string): boolean },
): string {
  if (parsed.has("json")) return renderJson(answer);
  return renderAnswer(answer, {
    columns: io.columns,
    color: isColored(io),
    explain: parsed.has("explain"),
  });
}
