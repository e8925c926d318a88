import { existsSync } from "node:fs";
import { listCache } from "../src/image/cache/list-cache.ts";
import { pruneCache } from "../src/image/cache/prune-cache.ts";
import { revisionsOf } from "../src/image/cache/section-revisions.ts";
import { readers } from "../src/image/readers/list.ts";

/**
 * Removes all that may go from the cache in a folder, again and again until a file appears; a process of its own for
 * tests of several at once. Its clock is an hour ahead, so that nothing is spared for being used just now.
 */
const [folder = "", end = ""] = process.argv.slice(2);
const now = (): Date => new Date(Date.now() + 60 * 60 * 1000);
const revisions = revisionsOf(readers);
let removed = 0;
let failed = 0;
while (!existsSync(end)) {
  const contents = listCache(folder, { revisions, now });
  if (!contents.ok) throw new TypeError(JSON.stringify(contents.failure));
  const outcome = await pruneCache(contents.value, {
    olderThanMs: null,
    maxBytes: 0,
    isOldWanted: true,
    elfRevision: revisions.elf,
    isDryRun: false,
    now,
  });
  removed += outcome.removed.length;
  failed += outcome.failures.length;
}
process.stdout.write(`${removed} ${failed}\n`);
