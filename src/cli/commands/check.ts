import { answerCheck } from "../../answer/answer-choose.ts";
import type { CheckAnswer } from "../../model/answer.ts";
import { exitCodes } from "../exit-codes.ts";
import type { HelpText } from "../help.ts";
import { answerCommand } from "../answer-command.ts";
import { referenceHelp, targetOptions } from "../target-options.ts";

const help: HelpText = {
  usage: ["fromage check TARGET --base REF [REF ...] [options]"],
  about:
    "Says for each base whether TARGET starts on it: every missing loader, library, version and symbol. Nothing is run.",
  options: targetOptions,
  more: [
    referenceHelp,
    "Exit code: 0 it runs on every base; 1 it fails on one; 2 bad usage; 3 could not finish; 4 something could not be proved or read; 130 interrupted.",
  ],
  examples: [
    ["fromage check ./server --base alpine-3.20", "on one base of the catalogue"],
    ["fromage check ./server --base rootfs:./rootfs --explain", "on a root filesystem of yours"],
    [
      "fromage check archive:app.tar --base scratch --json",
      "what an image would lack without its base",
    ],
  ],
};

export const command = answerCommand({
  verb: "check",
  help,
  answer: answerCheck,
  exitCode: ({ candidates, coverage }: CheckAnswer) => {
    if (candidates.some(({ verdict }) => verdict === "fails")) return exitCodes.no;
    const isProved = candidates.every(({ verdict }) => verdict === "runs");
    return isProved && coverage.state === "complete" ? exitCodes.yes : exitCodes.partial;
  },
  needsBase: true,
  packages: "all",
});
