import { resolve } from "node:path";
import { listCache, type CacheContents } from "../../image/cache/list-cache.ts";
import { revisionsOf } from "../../image/cache/section-revisions.ts";
import { revisions } from "../../image/readers/revisions.ts";
import type { Result } from "../../model/failure.ts";
import type { OptionSpec, ParsedArguments } from "../arguments.ts";
import type { CliIo } from "../io.ts";
import { defaultCacheFolder } from "../session.ts";

/** Options of every action of `fromage cache`. */
export const cacheOptions: readonly OptionSpec[] = [
  { name: "json", help: "one JSON document" },
  {
    name: "cache-dir",
    value: "DIR",
    help: "which cache (default: fromage in the user's cache folder)",
  },
  { name: "help", short: "h", help: "this text" },
];

/** Revisions of the sections that this version reads. */
export const presentRevisions = revisionsOf(revisions);

/** Absolute path of the cache: `--cache-dir`, else the settings, else the user's. */
export function cacheFolderOf(args: ParsedArguments, io: CliIo): string {
  const named = args.value("cache-dir");
  if (named !== null) return resolve(io.cwd, named);
  return io.settings?.cache?.folder ?? defaultCacheFolder(io);
}

/** What is in it. */
export function openCache(args: ParsedArguments, io: CliIo): Result<CacheContents> {
  return listCache(cacheFolderOf(args, io), { revisions: presentRevisions, now: () => io.now() });
}
