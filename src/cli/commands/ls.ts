import { readAccountNames } from "../../explore/account-names.ts";
import { countLinks } from "../../explore/link-counts.ts";
import { listPaths, type Listing, type Order } from "../../explore/listing.ts";
import type { View } from "../../explore/open-view.ts";
import type { SectionName } from "../../image/readers/section-names.ts";
import { renderLs, type LsOptions } from "../../report/explore/ls.ts";
import { lsData, renderLsJson } from "../../report/explore/ls-json.ts";
import { readVersion } from "../../answer/version.ts";
import { UsageError, type OptionSpec, type ParsedArguments } from "../arguments.ts";
import { exitCodes } from "../exit-codes.ts";
import { exploreOptions, imageHelp } from "../explore/explore-options.ts";
import { platformHeading } from "../explore/platform-heading.ts";
import { exploreCommand, type ExploreContext } from "../explore/run-explore.ts";
import type { HelpText } from "../help.ts";
import { isColored } from "../io.ts";
import { writeFailure } from "../write-problem.ts";

const options: readonly OptionSpec[] = [
  { name: "long", short: "l", help: "mode, links, owner, group, size, time (UTC), name -> target" },
  { name: "all", short: "a", help: "names that start with a dot too, and . and .." },
  { name: "almost-all", short: "A", help: "names that start with a dot too" },
  { name: "directory", short: "d", help: "directories themselves, not what lies in them" },
  { name: "recursive", short: "R", help: "directories below too" },
  { name: "numeric-uid-gid", short: "n", help: "as -l, with numbers of owners and groups" },
  { name: "human-readable", short: "h", help: "with -l, sizes as 12K, in powers of 1024" },
  { name: "by-size", short: "S", help: "largest first" },
  { name: "by-time", short: "t", help: "newest first" },
  { name: "reverse", short: "r", help: "the other way round" },
  { name: "one", short: "1", help: "one name a line (default where stdout is no terminal)" },
  { name: "layer", help: "which layer each came from: its place, 0 the bottom, and its diffId" },
  {
    name: "null",
    short: "0",
    help: "each name ends in a NUL; of several directories, whole paths",
  },
  ...exploreOptions,
];

const help: HelpText = {
  usage: ["fromage ls REF [PATH …] [options]"],
  about:
    "Lists files of an image, which needs no shell for that and is not run. Owners have the names that the image gives them; times are in UTC; a capability stands behind the name.",
  options,
  more: [
    "PATH starts at / with a slash before it or without one (default: /). A directory is listed, a file shown itself.",
    imageHelp,
    "Exit code: 0 listed; 1 a PATH is not in the image; 2 bad usage; 3 could not finish; 4 something was not read; 130 interrupted.",
  ],
  examples: [
    ["fromage ls debian:12-slim /etc", "what lies in a directory"],
    ["fromage ls -la oci-archive:image.tar", "the root, with modes, owners and times"],
    ["fromage ls -lRS --layer archive:app.tar /app", "largest files, and which layer brought them"],
  ],
};

export const command = exploreCommand({
  verb: "ls",
  help,
  options,
  maxOperands: Number.MAX_SAFE_INTEGER - 1,
  sections: (args) => new Set<SectionName>(hasNames(args) ? ["texts"] : []),
  run: runLs,
});

const isLong = (args: ParsedArguments): boolean => args.has("long") || args.has("numeric-uid-gid");

const hasNames = (args: ParsedArguments): boolean =>
  args.has("json") || (args.has("long") && !args.has("numeric-uid-gid"));

function runLs(context: ExploreContext): number {
  const { args, io, views, reference } = context;
  const order = readOrder(args);
  const listings = views.map((view) => ({ view, listing: list(context, view, order) }));
  if (args.has("json")) {
    const images = listings.map(({ view, listing }) => lsData(view, listing));
    io.stdout.write(renderLsJson({ tool: readVersion(), reference, images }));
  } else {
    for (const { view, listing } of listings) {
      const text = renderLs(listing, lsOptions(context, view));
      io.stdout.write(platformHeading(view, views) + text);
    }
  }
  const missing = listings.flatMap(({ listing }) => listing.failures);
  for (const failure of missing) writeFailure(io, failure);
  return missing.length > 0 ? exitCodes.no : exitCodes.yes;
}

function readOrder(args: ParsedArguments): Order {
  if (args.has("by-size") && args.has("by-time")) {
    throw new UsageError("-S and -t exclude each other");
  }
  const by = args.has("by-size") ? "size" : args.has("by-time") ? "time" : "name";
  return { by, isReversed: args.has("reverse") };
}

function list({ args, operands, reference }: ExploreContext, view: View, order: Order): Listing {
  const isItself = args.has("directory");
  return listPaths(view.rootfs, operands.length > 0 ? operands : ["/"], {
    where: reference,
    isItself,
    isRecursive: args.has("recursive") && !isItself,
    hidden: args.has("all") ? "all" : args.has("almost-all") ? "almost" : "none",
    // As ls does: what is asked for in full is told of the link itself.
    followsLinks: !isLong(args) && !isItself,
    order,
  });
}

function lsOptions({ args, io, operands }: ExploreContext, view: View): LsOptions {
  const isNarrow = args.has("one") || args.has("layer") || !io.isTerminal;
  const short = isNarrow ? "names" : "columns";
  return {
    form: args.has("null") ? "null" : isLong(args) ? "long" : short,
    columns: io.columns,
    hasHeadings: operands.length > 1 || args.has("recursive"),
    isTerminal: io.isTerminal,
    isColored: isColored(io),
    isHuman: args.has("human-readable"),
    accounts: hasNames(args) ? readAccountNames(view.rootfs) : null,
    links: countLinks(view),
    layers: args.has("layer") ? view.layers : null,
  };
}
