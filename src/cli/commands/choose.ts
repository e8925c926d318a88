import { answerChoose } from "../../answer/answer-choose.ts";
import type { ChooseAnswer } from "../../model/answer.ts";
import { exitCodes } from "../exit-codes.ts";
import type { HelpText } from "../help.ts";
import { answerCommand } from "../answer-command.ts";
import { referenceHelp, targetOptions } from "../target-options.ts";

const help: HelpText = {
  usage: ["fromage choose TARGET [options]", "fromage TARGET [options]"],
  about:
    "Links TARGET against every candidate base as the kernel and the base's own loader would, and chooses the smallest on which it starts. Nothing is run.",
  options: targetOptions,
  more: [
    referenceHelp,
    "Exit code: 0 a base is chosen; 1 nothing fits; 2 bad usage; 3 could not finish; 4 finished, but a part was not read that could change the choice; 130 interrupted.",
  ],
  examples: [
    ["fromage ./server", "the smallest base of the catalogue for one program"],
    ["fromage choose oci-archive:app.tar --explain", "for an image, with every reason"],
    [
      "fromage choose ./dist --base alpine-3.20 --base oci-archive:ours.tar",
      "among two bases, one of them an image of yours",
    ],
    ["fromage choose ./server --json | jq .choice.base.id", "for scripts"],
  ],
};

export const command = answerCommand({
  verb: "choose",
  help,
  answer: answerChoose,
  exitCode: ({ choice, coverage }: ChooseAnswer) => {
    if (choice === null) return exitCodes.no;
    return coverage.state === "complete" ? exitCodes.yes : exitCodes.partial;
  },
  needsBase: false,
  packages: "auto",
});
