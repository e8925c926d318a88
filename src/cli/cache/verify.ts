import { readVersion } from "../../answer/version.ts";
import { verifyCache } from "../../image/cache/verify-cache.ts";
import { renderVerified, renderVerifiedJson } from "../../report/cache-changes.ts";
import { parseArguments, type OptionSpec } from "../arguments.ts";
import { exitCodes } from "../exit-codes.ts";
import { renderHelp, type HelpText } from "../help.ts";
import type { CliIo } from "../io.ts";
import { ProgressLine } from "../progress.ts";
import { writeFailure } from "../write-problem.ts";
import { cacheOptions, openCache } from "./open-cache.ts";

const options: readonly OptionSpec[] = [
  {
    name: "repair",
    help: "removes what is damaged; it is made or fetched again when it is needed",
  },
  ...cacheOptions,
];

const help: HelpText = {
  usage: ["fromage cache verify [options]"],
  about:
    "Reads every file of the cache and holds it against its sum: facts and names against the one they begin with, blobs and documents against their digest.",
  options,
  more: [
    "Facts, names and documents are held against it each time they are used, too: a damaged one counts as absent. Old revisions are not read.",
    "Exit code: 0 nothing is damaged, or all of it was removed; 1 something is; 2 bad usage; 3 could not finish; 4 a part could not be read; 130 interrupted.",
  ],
  examples: [
    ["fromage cache verify", "lists what is damaged"],
    ["fromage cache verify --repair", "removes it"],
  ],
};

/** `fromage cache verify`. Throws UsageError. */
export async function verify(args: readonly string[], io: CliIo): Promise<number> {
  const parsed = parseArguments(args, { options, maxPositionals: 0 });
  if (parsed.has("help")) {
    io.stdout.write(renderHelp(help, io.columns));
    return exitCodes.yes;
  }
  const contents = openCache(parsed, io);
  if (!contents.ok) return writeFailure(io, contents.failure);
  const { folder } = contents.value;
  const progress = new ProgressLine(io);
  const outcome = await verifyCache(contents.value, {
    isRepair: parsed.has("repair"),
    signal: io.signal,
    onProgress: (read) => progress.show(folder, read),
  });
  progress.clear();
  if (!outcome.ok) return writeFailure(io, outcome.failure);
  const failures = [...contents.value.failures, ...outcome.value.failures];
  const verified = { folder, outcome: outcome.value, failures };
  io.stdout.write(
    parsed.has("json") ? renderVerifiedJson(verified, readVersion()) : renderVerified(verified),
  );
  for (const failure of failures) writeFailure(io, failure);
  if (outcome.value.damaged.some(({ isRemoved }) => !isRemoved)) return exitCodes.no;
  return failures.length > 0 ? exitCodes.partial : exitCodes.yes;
}
