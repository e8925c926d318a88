import { readVersion } from "../../answer/version.ts";
import { pruneCache } from "../../image/cache/prune-cache.ts";
import { renderPruned, renderPrunedJson } from "../../report/cache-changes.ts";
import { parseArguments, UsageError, type OptionSpec } from "../arguments.ts";
import { exitCodes } from "../exit-codes.ts";
import { renderHelp, type HelpText } from "../help.ts";
import type { CliIo } from "../io.ts";
import { writeFailure } from "../write-problem.ts";
import { cacheOptions, openCache, presentRevisions } from "./open-cache.ts";
import { readAge, readSize } from "./read-amounts.ts";

const options: readonly OptionSpec[] = [
  { name: "older-than", value: "AGE", help: "what was not used for so long: 12h, 30d, 4w" },
  {
    name: "max-size",
    value: "SIZE",
    help: "what was used longest ago, until all together has no more than this: 500MB, 2GiB, 0",
  },
  { name: "old", help: "what an earlier version of fromage kept and this one does not read" },
  { name: "dry-run", help: "says what would go and removes nothing" },
  ...cacheOptions,
];

const help: HelpText = {
  usage: ["fromage cache prune --older-than AGE|--max-size SIZE|--old [options]"],
  about:
    "Removes from the cache; other runs may use it meanwhile. What is gone is read or fetched again when it is needed.",
  options,
  more: [
    "Whatever is asked for, leftovers of killed processes go too, and ELF facts that no layer needs. Blobs and ELF facts that were used in the last ten minutes stay: a run may be at them. Files that are not of fromage's making, and those of a newer version, are never touched.",
    "Exit code: 0 done; 2 bad usage; 3 something could not be removed; 4 a part could not be listed; 130 interrupted, what went is said.",
  ],
  examples: [
    ["fromage cache prune --older-than 30d --old", "what is not needed any more"],
    ["fromage cache prune --max-size 500MB --dry-run", "what would have to go for that"],
    ["fromage cache prune --max-size 0", "all that no run is at"],
  ],
};

/** `fromage cache prune`. Throws UsageError. */
export async function prune(args: readonly string[], io: CliIo): Promise<number> {
  const parsed = parseArguments(args, { options, maxPositionals: 0 });
  if (parsed.has("help")) {
    io.stdout.write(renderHelp(help, io.columns));
    return exitCodes.yes;
  }
  const wish = {
    olderThanMs: readAge(parsed, "older-than"),
    maxBytes: readSize(parsed, "max-size"),
    isOldWanted: parsed.has("old"),
  };
  if (wish.olderThanMs === null && wish.maxBytes === null && !wish.isOldWanted) {
    throw new UsageError("no --older-than, --max-size or --old says what is to go");
  }
  const contents = openCache(parsed, io);
  if (!contents.ok) return writeFailure(io, contents.failure);
  const isDryRun = parsed.has("dry-run");
  const outcome = await pruneCache(contents.value, {
    ...wish,
    isDryRun,
    elfRevision: presentRevisions.elf,
    now: () => io.now(),
    signal: io.signal,
  });
  const pruned = { contents: contents.value, outcome, isDryRun };
  io.stdout.write(
    parsed.has("json") ? renderPrunedJson(pruned, readVersion()) : renderPruned(pruned),
  );
  for (const failure of [...contents.value.failures, ...outcome.failures])
    writeFailure(io, failure);
  if (io.signal.aborted) return exitCodes.interrupted;
  if (outcome.failures.length > 0) return exitCodes.notFinished;
  return contents.value.failures.length > 0 ? exitCodes.partial : exitCodes.yes;
}
