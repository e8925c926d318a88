import { findPath } from "../../explore/find-path.ts";
import type { View } from "../../explore/open-view.ts";
import { readTree, type TreeRoot } from "../../explore/read-tree.ts";
import type { SectionName } from "../../image/readers/section-names.ts";
import { success, type Result } from "../../model/failure.ts";
import { renderTree, renderTreeJson, treeData } from "../../report/explore/tree.ts";
import { readVersion } from "../../answer/version.ts";
import type { OptionSpec, ParsedArguments } from "../arguments.ts";
import { exitCodes } from "../exit-codes.ts";
import { exploreOptions, imageHelp, readNumber } from "../explore/explore-options.ts";
import { platformHeading } from "../explore/platform-heading.ts";
import { exploreCommand, type ExploreContext } from "../explore/run-explore.ts";
import type { HelpText } from "../help.ts";
import type { CliIo } from "../io.ts";
import { writeFailure } from "../write-problem.ts";

const options: readonly OptionSpec[] = [
  { name: "level", short: "L", value: "N", help: "levels below PATH (default: all)" },
  { name: "directories", short: "d", help: "directories only" },
  { name: "all", short: "a", help: "names that start with a dot too" },
  { name: "du", help: "sizes in bytes, of a directory all that lies in it" },
  { name: "human-readable", short: "h", help: "with --du, sizes as 12K, in powers of 1024" },
  ...exploreOptions,
];

const help: HelpText = {
  usage: ["fromage tree REF [PATH] [options]"],
  about: "Draws the directories of an image as a tree, without running it.",
  options,
  more: [
    "PATH starts at / with a slash before it or without one (default: /).",
    imageHelp,
    "Exit code: 0 drawn; 1 PATH is not in the image; 2 bad usage; 3 could not finish; 4 something was not read; 130 interrupted.",
  ],
  examples: [
    ["fromage tree debian:12-slim -L 2 -d", "the directories of the first two levels"],
    ["fromage tree --du -h archive:app.tar /app", "with sizes"],
  ],
};

export const command = exploreCommand({
  verb: "tree",
  help,
  options,
  maxOperands: 1,
  sections: (args) => new Set<SectionName>(args.has("json") ? ["texts"] : []),
  run: runTree,
});

function runTree(context: ExploreContext): number {
  const { args, io, views, reference } = context;
  const maxDepth = readNumber(args, "level", 1);
  const roots = views.map((view) => ({ view, root: openRoot(view, { context, maxDepth }) }));
  if (args.has("json")) {
    const images = roots.map(({ view, root }) => treeData(view, root));
    io.stdout.write(renderTreeJson({ tool: readVersion(), reference, images }));
  }
  let isMissing = false;
  for (const { view, root } of roots) {
    if (!root.ok) isMissing = writeFailure(io, root.failure) !== exitCodes.yes;
    else if (!args.has("json")) {
      const text = renderTree(root.value, {
        isTerminal: io.isTerminal,
        isAscii: !isUtf8Locale(io),
        hasFiles: !args.has("directories"),
        sizes: args.has("du") ? sizeForm(args) : "none",
      });
      io.stdout.write(platformHeading(view, views) + text);
    }
  }
  return isMissing ? exitCodes.no : exitCodes.yes;
}

const sizeForm = (args: ParsedArguments): "human" | "bytes" =>
  args.has("human-readable") ? "human" : "bytes";

function openRoot(
  view: View,
  { context, maxDepth }: { readonly context: ExploreContext; readonly maxDepth: number | null },
): Result<TreeRoot> {
  const { args, operands, reference } = context;
  const [path = "/"] = operands;
  const found = findPath(view.rootfs, path, { where: reference, followsLast: true });
  if (!found.ok) return found;
  const shown = { ...found.value, name: path };
  return success(
    readTree(view.rootfs, shown, {
      maxDepth,
      hasHidden: args.has("all"),
      isDirectoriesOnly: args.has("directories"),
    }),
  );
}

/** Source: POSIX, Environment Variables 8.2: the first of them that is set decides. */
function isUtf8Locale({ env }: CliIo): boolean {
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "";
  return /utf-?8/i.test(locale);
}
