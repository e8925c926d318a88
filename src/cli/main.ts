import { readVersion } from "./version.ts";

const args = process.argv.slice(2);

// Nothing else is loaded for this answer: tools and scripts ask for it often.
if (args[0] === "--version" || args[0] === "-V") {
  process.stdout.write(`${readVersion()}\n`);
} else {
  const [{ openProcessIo }, { exitCodes }, { runCommand }] = await Promise.all([
    import("./io.ts"),
    import("./exit-codes.ts"),
    import("./run-command.ts"),
  ]);
  const io = openProcessIo();
  // Not process.exit: what was written to a pipe would be cut.
  process.exitCode = await runCommand(args, io);
  if (io.signal.aborted) process.exitCode = exitCodes.interrupted;
}
