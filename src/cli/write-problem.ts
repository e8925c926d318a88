import type { Failure } from "../model/failure.ts";
import { describeFailure } from "../report/failure-words.ts";
import type { UsageError } from "./arguments.ts";
import { exitCodes } from "./exit-codes.ts";
import type { CliIo } from "./io.ts";

/** Says what is wrong with the arguments. Comes to the exit code. */
export function writeUsage(io: CliIo, verb: string, error: UsageError): number {
  io.stderr.write(`Cannot run ${verb}: ${error.message}; see fromage ${verb} --help\n`);
  return exitCodes.usage;
}

/** Says what went wrong. Comes to the exit code. */
export function writeFailure(io: CliIo, failure: Failure): number {
  io.stderr.write(`${describeFailure(failure)}\n`);
  return failure.kind === "cancelled" ? exitCodes.interrupted : exitCodes.notFinished;
}
