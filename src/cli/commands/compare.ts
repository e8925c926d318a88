import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { summariseImage, type ImageSummary } from "../../explore/compare/summarise.ts";
import { keepYoungSmall } from "../../image/young-memory.ts";
import type { Result } from "../../model/failure.ts";
import { failed, success } from "../../model/failure.ts";
import { everyPlatform, parsePlatform } from "../../model/platform.ts";
import { renderComparison, renderComparisonJson } from "../../report/explore/compare.ts";
import { readVersion } from "../../answer/version.ts";
import { UsageError, type OptionSpec } from "../arguments.ts";
import { exitCodes } from "../exit-codes.ts";
import { exploreOptions, imageHelp } from "../explore/explore-options.ts";
import { sessionCommand, type SessionContext } from "../explore/run-session.ts";
import type { HelpText } from "../help.ts";
import { isColored } from "../io.ts";
import { readPlatform } from "../read-platform.ts";
import { writeFailure } from "../write-problem.ts";

const options: readonly OptionSpec[] = exploreOptions.map((option) =>
  option.name === "platform"
    ? {
        ...option,
        help: "only these platforms; may be given several times (default: all that the image has, each of which is read)",
      }
    : option,
);

const help: HelpText = {
  usage: ["fromage compare REF … [options]"],
  about:
    "Puts images beside each other: size to download and on disk, layers and those that are shared, files, packages, C library, shell, package manager, user, day and digest. What is not known is ?.",
  options,
  more: [
    "The shared layers are those of the first image: their bytes need not be fetched where it is there already.",
    `${imageHelp} An id of the catalogue alone does too.`,
    "Exit code: 0 compared; 2 bad usage; 3 could not finish; 4 something was not read; 130 interrupted.",
  ],
  examples: [
    ["fromage compare alpine-3.20 debian-12-slim", "two bases of the catalogue"],
    ["fromage compare archive:old.tar archive:new.tar", "before and after"],
    ["fromage compare oci:layout --platform linux/amd64 --platform linux/arm64", "two platforms"],
  ],
};

export const command = sessionCommand({
  verb: "compare",
  help,
  options,
  maxPositionals: Number.MAX_SAFE_INTEGER,
  run: runCompare,
});

async function runCompare(context: SessionContext): Promise<number> {
  const { args, io, progress } = context;
  if (args.positionals.length === 0) throw new UsageError("no REF");
  keepYoungSmall();
  const images: ImageSummary[] = [];
  for (const reference of args.positionals) {
    const summaries = await summarise(reference, context);
    progress.clear();
    if (io.signal.aborted) return exitCodes.interrupted;
    if (!summaries.ok) return writeFailure(io, summaries.failure);
    images.push(...summaries.value);
  }
  const { columns, isTerminal } = io;
  io.stdout.write(
    args.has("json")
      ? renderComparisonJson({ tool: readVersion(), images })
      : renderComparison(images, { columns, isTerminal, color: isColored(io) }),
  );
  const failures = images.flatMap((image) => image.failures);
  for (const failure of failures) writeFailure(io, failure);
  return failures.length > 0 ? exitCodes.partial : exitCodes.yes;
}

async function summarise(
  reference: string,
  context: SessionContext,
): Promise<Result<readonly ImageSummary[]>> {
  const { args, io, open } = context;
  const asked = args.values("platform").map(readPlatform);
  const known = await findBase(reference, context);
  if (!known.ok) return known;
  const name = known.value?.reference ?? reference;
  const all = known.value?.platforms ?? everyPlatform;
  const opened = await open(name, { platforms: asked.length > 0 ? asked : all });
  if (!opened.ok) return opened;
  const summaries: ImageSummary[] = [];
  for (const view of opened.value) {
    const summary = await summariseImage(view, io.signal);
    if (!summary.ok) return failed(summary.failure);
    summaries.push(summary.value);
  }
  return success(summaries);
}

interface KnownBase {
  readonly reference: string;
  /** For which it is known. */
  readonly platforms: readonly NonNullable<ReturnType<typeof parsePlatform>>[];
}

/** A base of the catalogue, under its id alone where no file has that name. Null: it is something else. */
async function findBase(
  reference: string,
  { io }: SessionContext,
): Promise<Result<KnownBase | null>> {
  const isSaid = reference.startsWith("base:");
  const mayBe = /^[A-Za-z0-9][\w.-]*$/.test(reference) && !existsSync(resolve(io.cwd, reference));
  if (!isSaid && !mayBe) return success(null);
  const { loadInstalledCatalogue } = await import("../../catalogue/installed-catalogue.ts");
  const loaded = loadInstalledCatalogue(io.env);
  if (!loaded.ok) return loaded;
  for (const failure of loaded.value.failures) writeFailure(io, failure);
  const id = reference.replace(/^base:/, "");
  const platforms = loaded.value.catalogue.bases
    .filter((base) => base.id === id)
    .map(({ platform }) => parsePlatform(platform))
    .filter((platform) => platform !== null);
  if (platforms.length === 0) return success(isSaid ? { reference, platforms: [] } : null);
  return success({ reference: `base:${id}`, platforms });
}
