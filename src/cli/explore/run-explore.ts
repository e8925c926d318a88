import type { InstalledCatalogue } from "../../catalogue/installed-catalogue.ts";
import { openViews, type View } from "../../explore/open-view.ts";
import type { SectionName } from "../../image/readers/section-names.ts";
import type { Result } from "../../model/failure.ts";
import { parseArguments, UsageError, type OptionSpec, type ParsedArguments } from "../arguments.ts";
import type { Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { renderHelp, type HelpText } from "../help.ts";
import type { CliIo } from "../io.ts";
import { ProgressLine } from "../progress.ts";
import { readPlatform } from "../read-platform.ts";
import { openSession, type Session } from "../session.ts";
import { writeFailure, writeUsage } from "../write-problem.ts";

/** A command that looks into one image. */
export interface ExploreCommand {
  readonly verb: string;
  readonly help: HelpText;
  readonly options: readonly OptionSpec[];
  /** Paths, and what else may stand behind REF. */
  readonly maxOperands: number;
  /** Arguments as they were typed, before they are sorted out; absent: as they are. */
  readonly prepare?: (args: readonly string[]) => readonly string[];
  /** What of an image it will look at; entries are always there. Throws UsageError. */
  sections(args: ParsedArguments): ReadonlySet<SectionName>;
  /** Comes to the exit code; what was not read of the views is told and counted afterwards. Throws UsageError. */
  run(context: ExploreContext): Promise<number> | number;
}

export interface ExploreContext {
  readonly args: ParsedArguments;
  readonly io: CliIo;
  readonly session: Session;
  readonly reference: string;
  /** What stands behind REF. */
  readonly operands: readonly string[];
  /** One per platform that was asked for. */
  readonly views: readonly View[];
  readonly progress: ProgressLine;
}

/** The part that these commands share: arguments, the image, progress, what was not read. */
export function exploreCommand(spec: ExploreCommand): Command {
  return {
    async run(args, io) {
      try {
        return await runExplore(spec, args, io);
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        return writeUsage(io, spec.verb, error);
      }
    },
  };
}

async function runExplore(
  spec: ExploreCommand,
  words: readonly string[],
  io: CliIo,
): Promise<number> {
  const { options, maxOperands } = spec;
  const prepared = spec.prepare?.(words) ?? words;
  const args = parseArguments(prepared, { options, maxPositionals: maxOperands + 1 });
  if (args.has("help")) {
    io.stdout.write(renderHelp(spec.help, io.columns));
    return exitCodes.yes;
  }
  const [reference, ...operands] = args.positionals;
  if (reference === undefined) throw new UsageError("no REF");
  const sections = spec.sections(args);
  const platforms = args.values("platform").map(readPlatform);
  const catalogues = await loadCatalogueFor(reference);
  const session = openSession(args, io);
  const progress = new ProgressLine(io);
  try {
    const opened = await openViews(reference, {
      cwd: io.cwd,
      platforms,
      sections,
      ...(session.cache === null ? {} : { cache: session.cache }),
      temporaryFolder: session.temporaryFolder,
      catalogue: () => catalogues(io.env),
      signal: io.signal,
      onProgress: (what, read) => progress.show(what, read),
    });
    progress.clear();
    if (io.signal.aborted) return exitCodes.interrupted;
    if (!opened.ok) return writeFailure(io, opened.failure);
    const views = opened.value;
    const code = await spec.run({ args, io, session, reference, operands, views, progress });
    progress.clear();
    if (io.signal.aborted) return exitCodes.interrupted;
    return finish(code, { io, session, views });
  } finally {
    progress.clear();
    session.close();
  }
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

/** Tells what was not read. It could change any answer but one that is no already. */
function finish(
  code: number,
  { io, session, views }: Pick<ExploreContext, "io" | "session" | "views">,
): number {
  const failures = views.flatMap((view) => view.failures);
  for (const failure of failures) writeFailure(io, failure);
  const cacheProblem = session.cache?.problem ?? null;
  if (cacheProblem !== null) writeFailure(io, cacheProblem);
  return code === exitCodes.yes && failures.length > 0 ? exitCodes.partial : code;
}
