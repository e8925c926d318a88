import { readVersion } from "../../answer/version.ts";
import { renderCachePathJson } from "../../report/cache.ts";
import { parseArguments } from "../arguments.ts";
import { exitCodes } from "../exit-codes.ts";
import { renderHelp, type HelpText } from "../help.ts";
import type { CliIo } from "../io.ts";
import { cacheFolderOf, cacheOptions } from "./open-cache.ts";

const help: HelpText = {
  usage: ["fromage cache path [options]"],
  about: "Prints the folder of the cache, whether it is there or not.",
  options: cacheOptions,
  examples: [['du -sh "$(fromage cache path)"', "what the system says of its size"]],
};

/** `fromage cache path`. Throws UsageError. */
export function showPath(args: readonly string[], io: CliIo): number {
  const parsed = parseArguments(args, { options: cacheOptions, maxPositionals: 0 });
  if (parsed.has("help")) {
    io.stdout.write(renderHelp(help, io.columns));
    return exitCodes.yes;
  }
  const folder = cacheFolderOf(parsed, io);
  // For a script: as it is, not as a terminal likes it.
  io.stdout.write(parsed.has("json") ? renderCachePathJson(folder, readVersion()) : `${folder}\n`);
  return exitCodes.yes;
}
