import { exitCodes } from "./exit-codes.ts";
import { openProcessIo } from "./io.ts";
import { runCommand } from "./run-command.ts";

const io = openProcessIo();
// Not process.exit: what was written to a pipe would be cut.
process.exitCode = await runCommand(process.argv.slice(2), io);
if (io.signal.aborted) process.exitCode = exitCodes.interrupted;
