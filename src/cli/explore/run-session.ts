import type { InstalledCatalogue } from "../../catalogue/installed-catalogue.ts";
import { openViews, type OpenViewsOptions, type View } from "../../explore/open-view.ts";
import { describeSource } from "../../image/describe-source.ts";
import type { Result } from "../../model/failure.ts";
import { clean } from "../../report/clean.ts";
import {
  parseArguments,
  UsageError,
  type OptionSpec,
  type ParsedArguments,
  type WordKind,
} from "../arguments.ts";
import type { Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { renderHelp, type HelpText } from "../help.ts";
import type { CliIo } from "../io.ts";
import { ProgressLine } from "../progress.ts";
import { openSession, type Session } from "../session.ts";
import { writeFailure, writeUsage } from "../write-problem.ts";

/** A command that reads images, in whatever number. */
export interface SessionCommand {
  readonly verb: string;
  readonly help: HelpText;
  readonly options: readonly OptionSpec[];
  readonly maxPositionals: number;
  /** What they are, for completion; absent: references. */
  readonly positionals?: readonly WordKind[];
  /** Arguments as they were typed, before they are sorted out; absent: as they are. */
  readonly prepare?: (args: readonly string[]) => readonly string[];
  /** Comes to the exit code. Throws UsageError. */
  run(context: SessionContext): Promise<number>;
}

/** What is asked of an image that is opened. */
export type AskedOfView = Pick<OpenViewsOptions, "platforms" | "sections" | "readsLayers">;

export interface SessionContext {
  readonly args: ParsedArguments;
  readonly io: CliIo;
  readonly session: Session;
  readonly progress: ProgressLine;
  /** One view per platform. What was not read of them is the caller's to tell. */
  readonly open: (reference: string, asked: AskedOfView) => Promise<Result<readonly View[]>>;
}

/** The part that commands over images share: arguments, help, the run's folders, progress, Ctrl-C. */
export function sessionCommand(spec: SessionCommand): Command {
  const { options, positionals = ["reference"] } = spec;
  return {
    words: { options, positionals },
    async run(args, io) {
      try {
        return await runSession(spec, args, io);
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        return writeUsage(io, spec.verb, error);
      }
    },
  };
}

async function runSession(
  spec: SessionCommand,
  words: readonly string[],
  io: CliIo,
): Promise<number> {
  const { options, maxPositionals } = spec;
  const args = parseArguments(spec.prepare?.(words) ?? words, { options, maxPositionals });
  if (args.has("help")) {
    io.stdout.write(renderHelp(spec.help, io.columns));
    return exitCodes.yes;
  }
  const session = openSession(args, io);
  const progress = new ProgressLine(io);
  try {
    const code = await spec.run({ args, io, session, progress, open });
    progress.clear();
    if (io.signal.aborted) return exitCodes.interrupted;
    return code;
  } finally {
    progress.clear();
    session.close();
  }

  async function open(reference: string, asked: AskedOfView): Promise<Result<readonly View[]>> {
    const catalogues = await loadCatalogueFor(reference);
    const opened = await openViews(reference, {
      ...asked,
      cwd: io.cwd,
      ...(session.cache === null ? {} : { cache: session.cache }),
      temporaryFolder: session.temporaryFolder,
      remote: session.remote,
      catalogue: () => catalogues(io.env),
      signal: io.signal,
      onProgress: (what, read) => progress.show(what, read),
    });
    progress.clear();
    if (opened.ok && !args.has("json")) tellOrigins(opened.value, io);
    return opened;
  }
}

/** A name may stand for one image in an engine and for another in a registry: on a terminal it is said which it was. */
function tellOrigins(views: readonly View[], io: CliIo): void {
  if (!io.isErrorTerminal) return;
  const named = views.flatMap(({ image }) => (image.origin === undefined ? [] : [image]));
  for (const line of new Set(named.map(describeSource))) io.stderr.write(`${clean(line, 400)}\n`);
}

type LoadCatalogue = (env: CliIo["env"]) => Result<InstalledCatalogue>;

/** Only a base of the catalogue needs it. */
async function loadCatalogueFor(reference: string): Promise<LoadCatalogue> {
  if (reference.startsWith("base:")) {
    return (await import("../../catalogue/installed-catalogue.ts")).loadInstalledCatalogue;
  }
  return () => {
    throw new TypeError("Cannot load the catalogue: nobody was to ask for it");
  };
}

/** Tells what was not read of images. It could change any answer but one that is no already. */
export function tellFailures(code: number, views: readonly View[], io: CliIo): number {
  const failures = views.flatMap((view) => view.failures);
  for (const failure of failures) writeFailure(io, failure);
  return code === exitCodes.yes && failures.length > 0 ? exitCodes.partial : code;
}
