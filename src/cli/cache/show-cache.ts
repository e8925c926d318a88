import { readVersion } from "../../answer/version.ts";
import { renderCache, renderCacheJson } from "../../report/cache.ts";
import { parseArguments } from "../arguments.ts";
import { exitCodes } from "../exit-codes.ts";
import { renderHelp, type HelpText } from "../help.ts";
import { isColored, type CliIo } from "../io.ts";
import { writeFailure } from "../write-problem.ts";
import { cacheOptions, openCache } from "./open-cache.ts";
import { blobCapOf } from "./blob-cap.ts";

const help: HelpText = {
  usage: ["fromage cache [show] [options]"],
  about:
    "Shows what is kept between runs: facts of layers, blobs of registries, manifests, indexes and configs, and what names stood for.",
  options: cacheOptions,
  more: [
    "Nothing is opened or changed. Old revisions are what an earlier version kept and this one does not read.",
    "Exit code: 0 shown; 2 bad usage; 3 could not finish; 4 a part could not be listed.",
  ],
  examples: [
    ["fromage cache", "how much it is"],
    ["fromage cache --json | jq .totalBytes", "the same for a script"],
  ],
};

/** `fromage cache show`. Throws UsageError. */
export function showCache(args: readonly string[], io: CliIo): number {
  const parsed = parseArguments(args, { options: cacheOptions, maxPositionals: 0 });
  if (parsed.has("help")) {
    io.stdout.write(renderHelp(help, io.columns));
    return exitCodes.yes;
  }
  const contents = openCache(parsed, io);
  if (!contents.ok) return writeFailure(io, contents.failure);
  const { failures } = contents.value;
  const shown = { contents: contents.value, blobCapBytes: blobCapOf(io) };
  io.stdout.write(
    parsed.has("json")
      ? renderCacheJson(shown, readVersion())
      : renderCache(shown, { columns: io.columns, color: isColored(io) }),
  );
  for (const failure of failures) writeFailure(io, failure);
  return failures.length > 0 ? exitCodes.partial : exitCodes.yes;
}
