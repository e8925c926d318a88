import type { View } from "../../explore/open-view.ts";
import type { SectionName } from "../../image/readers/section-names.ts";
import { UsageError, type OptionSpec, type ParsedArguments, type WordKind } from "../arguments.ts";
import type { Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import type { HelpText } from "../help.ts";
import type { CliIo } from "../io.ts";
import type { ProgressLine } from "../progress.ts";
import { askedPlatforms } from "../read-platform.ts";
import type { Session } from "../session.ts";
import { writeFailure } from "../write-problem.ts";
import { sessionCommand, tellFailures } from "./run-session.ts";

/** A command that looks into one image. */
export interface ExploreCommand {
  readonly verb: string;
  readonly help: HelpText;
  readonly options: readonly OptionSpec[];
  /** Paths, and what else may stand behind REF. */
  readonly maxOperands: number;
  /** Arguments as they were typed, before they are sorted out; absent: as they are. */
  readonly prepare?: (args: readonly string[]) => readonly string[];
  /** False: what is said of the image itself is enough, its layers are not fetched nor read. Absent: true. */
  readonly readsLayers?: boolean;
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

/** The part that these commands share: the image, and what was not read of it. */
export function exploreCommand(spec: ExploreCommand): Command {
  const { verb, help, options, maxOperands, prepare, readsLayers = true } = spec;
  const positionals: readonly WordKind[] =
    maxOperands === 0 ? ["reference"] : ["reference", "image-path"];
  return sessionCommand({
    verb,
    positionals,
    help,
    options,
    maxPositionals: maxOperands + 1,
    ...(prepare === undefined ? {} : { prepare }),
    async run({ args, io, session, progress, open }) {
      const [reference, ...operands] = args.positionals;
      if (reference === undefined) throw new UsageError("no REF");
      const sections = spec.sections(args);
      const platforms = askedPlatforms(args, io);
      const opened = await open(reference, { platforms, sections, readsLayers });
      if (io.signal.aborted) return exitCodes.interrupted;
      if (!opened.ok) return writeFailure(io, opened.failure);
      const views = opened.value;
      const code = await spec.run({ args, io, session, reference, operands, views, progress });
      progress.clear();
      if (io.signal.aborted) return exitCodes.interrupted;
      return tellFailures(code, views, io);
    },
  });
}
