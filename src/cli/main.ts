import { inspect } from "node:util";
import { exitCodes } from "./exit-codes.ts";
import { openProcessIo } from "./io.ts";
import { readWords } from "./read-words.ts";
import { runCommand } from "./run-command.ts";

const io = openProcessIo();
// Not process.exit: what was written to a pipe would be cut.
try {
  process.exitCode = await runCommand(readWords(process.argv.slice(2)), io);
} catch (error) {
  // Node would end with 1, which is an answer here.
  io.stderr.write(`This is a bug of fromage, please report it:\n${inspect(error)}\n`);
  process.exitCode = exitCodes.notFinished;
}
if (io.signal.aborted) process.exitCode = exitCodes.interrupted;
