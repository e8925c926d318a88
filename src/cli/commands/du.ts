import { describeUsage, usageKinds, type UsageKind } from "../../explore/du/describe-usage.ts";
import { findPath } from "../../explore/find-path.ts";
import { viewOrigin } from "../../explore/view-origin.ts";
import { viewPlatform } from "../../explore/view-platform.ts";
import type { SectionName } from "../../image/readers/section-names.ts";
import type { Failure } from "../../model/failure.ts";
import { renderDu, type DuStyle } from "../../report/explore/du.ts";
import { renderDuJson, type DuData } from "../../report/explore/du-json.ts";
import { readVersion } from "../../answer/version.ts";
import { UsageError, type OptionSpec, type ParsedArguments } from "../arguments.ts";
import { exitCodes } from "../exit-codes.ts";
import { exploreOptions, imageHelp, readNumber } from "../explore/explore-options.ts";
import { platformHeading } from "../explore/platform-heading.ts";
import { exploreCommand, type ExploreContext } from "../explore/run-explore.ts";
import type { HelpText } from "../help.ts";
import { writeFailure } from "../write-problem.ts";

const options: readonly OptionSpec[] = [
  { name: "max-depth", short: "d", value: "N", help: "only directories down to N levels below" },
  { name: "summarize", short: "s", help: "the sum alone, as -d 0" },
  { name: "all", short: "a", help: "files too" },
  { name: "human-readable", short: "h", help: "sizes as 12K, in powers of 1024 (default: bytes)" },
  {
    name: "by",
    value: "KIND",
    isMultiple: true,
    help: "directory (default), layer, package or extension; may be given several times",
  },
  { name: "top", value: "N", help: "the N biggest files" },
  {
    name: "waste",
    help: "bytes in each layer that an upper one overwrote or deleted, with the biggest files (10, or as many as --top says)",
  },
  { name: "duplicates", help: "the same program or library in several files" },
  { name: "null", short: "0", help: "with directories and files: each line ends in a NUL" },
  ...exploreOptions,
];

const help: HelpText = {
  usage: ["fromage du REF [PATH] [options]"],
  about:
    "Says what takes the space in an image: by directory as du does, by layer, package or kind of file, and what is stored and never seen. Sizes are apparent: the bytes of files' contents. Directories and links count nothing, a file with several names counts once.",
  options,
  more: [
    "PATH starts at / (default: /); links in it are followed.",
    imageHelp,
    "Exit code: 0 measured; 1 PATH is not in the image; 2 bad usage; 3 could not finish; 4 something was not read; 130 interrupted.",
  ],
  examples: [
    ["fromage du -h -d 2 debian:12-slim", "directories, two levels deep"],
    ["fromage du -h --by package oci-archive:image.tar", "which packages are big"],
    ["fromage du -h --by layer --waste archive:app.tar", "what layers hold that nobody sees"],
    ["fromage du -h --top 20 archive:app.tar /usr", "the biggest files below /usr"],
  ],
};

export const command = exploreCommand({
  verb: "du",
  help,
  options,
  maxOperands: 1,
  sections: (args) =>
    new Set<SectionName>([
      ...(readKinds(args).has("package") ? (["packages", "texts"] as const) : []),
      ...(args.has("duplicates") ? (["elf"] as const) : []),
    ]),
  run: runDu,
});

function runDu(context: ExploreContext): number {
  const { args, io, views, reference, operands } = context;
  const top = readNumber(args, "top", 1);
  const hasWaste = args.has("waste");
  const question = {
    by: readKinds(args),
    maxDepth: readDepth(args),
    hasFiles: args.has("all"),
    top: hasWaste ? null : top,
    hasWaste,
    hasDuplicates: args.has("duplicates"),
  };
  const style: DuStyle = {
    isTerminal: io.isTerminal,
    isHuman: args.has("human-readable"),
    hasNulls: args.has("null"),
    maxWasted: top ?? maxWasted,
  };
  const images: DuData[] = [];
  const failures: Failure[] = [];
  for (const view of views) {
    const start = findPath(view.rootfs, operands[0] ?? "/", {
      where: reference,
      followsLast: true,
    });
    if (!start.ok) return missing(context, start.failure);
    const answer = describeUsage(view, start.value, question);
    images.push({
      platform: viewPlatform(view),
      ...viewOrigin(view),
      answer,
      failures: view.failures,
    });
    failures.push(...answer.problems);
    if (args.has("json")) continue;
    io.stdout.write(platformHeading(view, views) + renderDu(answer, view.layers, style));
  }
  if (args.has("json")) {
    io.stdout.write(renderDuJson({ tool: readVersion(), reference, images }));
  }
  for (const failure of failures) writeFailure(io, failure);
  return failures.length > 0 ? exitCodes.partial : exitCodes.yes;
}

function missing({ io }: ExploreContext, failure: Failure): number {
  writeFailure(io, failure);
  return exitCodes.no;
}

/** Most wasted files of a layer that are shown where nobody says how many. */
const maxWasted = 10;

function readKinds(args: ParsedArguments): ReadonlySet<UsageKind> {
  const asked = args.values("by").map((text) => {
    const kind = usageKinds.find((one) => one === text);
    if (kind !== undefined) return kind;
    const known = usageKinds.join(", ");
    throw new UsageError(`--by is ${JSON.stringify(text)}, expected one of ${known}`);
  });
  const hasOther = args.has("waste") || args.has("duplicates") || args.value("top") !== null;
  return new Set(asked.length === 0 && !hasOther ? ["directory"] : asked);
}

function readDepth(args: ParsedArguments): number | null {
  const depth = readNumber(args, "max-depth", 0);
  if (!args.has("summarize")) return depth;
  if (args.has("all")) throw new UsageError("-s and -a exclude each other");
  if (depth !== null && depth !== 0) throw new UsageError("-s is -d 0");
  return 0;
}
