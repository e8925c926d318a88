import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { FactsCache } from "../image/cache/facts-cache.ts";
import type { Failure } from "../model/failure.ts";
import { describeFailure } from "../report/failure-words.ts";
import type { RemoteSources } from "../image/sources/remote-sources.ts";
import { revisions } from "../image/readers/revisions.ts";
import { UsageError, type OptionSpec, type ParsedArguments } from "./arguments.ts";
import type { CliIo } from "./io.ts";
import { openRemote } from "./open-remote.ts";

/** Options of every command that reads images. */
export const sessionOptions: readonly OptionSpec[] = [
  {
    name: "cache-dir",
    value: "DIR",
    help: "where facts of layers are kept (default: fromage in the user's cache folder)",
  },
  { name: "no-cache", help: "read everything anew and keep nothing" },
  {
    name: "offline",
    help: "open no socket: registries are not asked, what is kept of them is used",
  },
  {
    name: "config",
    value: "FILE",
    help: "settings to use instead of fromage.yaml of the project and of the user",
  },
];

/** The folders of one run. */
export interface Session {
  /** Null with `--no-cache`. */
  readonly cache: FactsCache | null;
  /** Of the whole cache; null with `--no-cache`. */
  readonly cacheFolder: string | null;
  readonly isOffline: boolean;
  /** Made for this run, removed by `close`. Not made before somebody asks. */
  readonly temporaryFolder: string;
  /** Engines and registries; with `--offline` what is kept of them. */
  readonly remote: RemoteSources;
  /** Also tells on stderr what could not be kept for the next run. */
  close(): void;
}

/** Nothing is created before it is needed. Throws UsageError. */
export function openSession(args: ParsedArguments, io: CliIo): Session {
  const named = args.value("cache-dir");
  if (named !== null && args.has("no-cache")) {
    throw new UsageError("--cache-dir and --no-cache exclude each other");
  }
  const folder = named === null ? cacheFolderOf(io) : resolve(io.cwd, named);
  // Only its name: most runs write nothing, and one without a usable TMPDIR then works too.
  const temporaryFolder = join(io.env["TMPDIR"] || tmpdir(), `fromage-${randomUUID()}`);
  const cacheFolder = args.has("no-cache") ? null : folder;
  const isOffline = args.has("offline") || io.settings?.offline === true;
  const removeFolder = (): void => rmSync(temporaryFolder, { recursive: true, force: true });
  // Who reads the answer may go away, which ends the process at once.
  process.once("exit", removeFolder);
  const remote = openRemote({ cacheFolder, temporaryFolder, isOffline }, io);
  const cache =
    cacheFolder === null ? null : new FactsCache(cacheFolder, revisions, () => io.now());
  return {
    cache,
    cacheFolder,
    isOffline,
    temporaryFolder,
    remote,
    close() {
      if (!io.signal.aborted) tellCacheProblem([cache?.problem ?? null, ...remote.problems], io);
      // What is under way is broken off at once; nothing has to be waited for.
      void remote.close();
      process.off("exit", removeFolder);
      removeFolder();
    },
  };
}

/** Once, whatever could not be kept: it is one folder. */
function tellCacheProblem(problems: readonly (Failure | null)[], io: CliIo): void {
  const first = problems.find((problem) => problem !== null);
  if (first === undefined) return;
  const hint = "nothing more is kept for the next time, --cache-dir names another folder";
  io.stderr.write(`${describeFailure(first)}; ${hint}\n`);
}

/** What the settings say, else the user's. */
export function cacheFolderOf(io: CliIo): string {
  return io.settings?.cache?.folder ?? defaultCacheFolder(io);
}

/** Source: XDG Base Directory Specification 0.8; Windows keeps caches under LOCALAPPDATA. */
export function defaultCacheFolder({ env }: Pick<CliIo, "env">): string {
  const xdg = env["XDG_CACHE_HOME"];
  // The specification has relative paths ignored.
  if (xdg?.startsWith("/")) return join(xdg, "fromage");
  const local = process.platform === "win32" ? env["LOCALAPPDATA"] : undefined;
  return local ? join(local, "fromage") : join(env["HOME"] || homedir(), ".cache", "fromage");
}
