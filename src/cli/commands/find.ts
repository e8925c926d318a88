import { readAccountNames } from "../../explore/account-names.ts";
import { countLinks } from "../../explore/link-counts.ts";
import { findFiles, type FileTest } from "../../explore/find/find-files.ts";
import type { View } from "../../explore/open-view.ts";
import type { WalkedFile } from "../../explore/walk-files.ts";
import type { SectionName } from "../../image/readers/section-names.ts";
import { success, type Failure, type Result } from "../../model/failure.ts";
import { findData, renderFind, renderFindJson, type Found } from "../../report/explore/find.ts";
import { readVersion } from "../../answer/version.ts";
import { UsageError, type ParsedArguments } from "../arguments.ts";
import { exitCodes } from "../exit-codes.ts";
import { imageHelp, noSuchLayer, readNumber } from "../explore/explore-options.ts";
import { findOptions, joinFindValues } from "../explore/find-options.ts";
import { plainTests, viewTests } from "../explore/find-tests.ts";
import { grepView, readPattern } from "../explore/grep-view.ts";
import { platformHeading } from "../explore/platform-heading.ts";
import { exploreCommand, type ExploreContext } from "../explore/run-explore.ts";
import type { HelpText } from "../help.ts";
import { isColored } from "../io.ts";
import { writeFailure } from "../write-problem.ts";

const help: HelpText = {
  usage: ["fromage find REF [PATH …] [options]"],
  about:
    "Finds files of an image by name, kind, size, mode, owner, package, library or contents, without running it. All tests must hold; links are not followed.",
  options: findOptions,
  more: [
    "PATH starts at / with a slash before it or without one (default: /).",
    imageHelp,
    "Exit code: 0 searched, whether something was found or not; 1 a PATH or a package is not in the image; 2 bad usage; 3 could not finish; 4 something was not read; 130 interrupted.",
  ],
  examples: [
    ["fromage find debian:12-slim --setuid -l", "programs that give rights"],
    ["fromage find --needed 'libssl.so.*' archive:app.tar", "what needs OpenSSL"],
    ["fromage find archive:app.tar /app --size +10M", "big files"],
    ["fromage find archive:app.tar /etc --grep 'BEGIN .*PRIVATE KEY'", "files with such a line"],
  ],
};

export const command = exploreCommand({
  verb: "find",
  help,
  options: findOptions,
  maxOperands: Number.MAX_SAFE_INTEGER - 1,
  prepare: joinFindValues,
  sections: sectionsFor,
  run: runFind,
});

function sectionsFor(args: ParsedArguments): ReadonlySet<SectionName> {
  const sections = new Set<SectionName>();
  const isElf = args.has("elf") || args.value("soname") !== null || args.value("needed") !== null;
  if (isElf) sections.add("elf");
  const isNamed = args.value("user") !== null || args.value("group") !== null;
  if (isNamed || args.has("long") || args.has("json")) sections.add("texts");
  if (args.value("package") !== null) sections.add("packages").add("texts");
  return sections;
}

async function runFind(context: ExploreContext): Promise<number> {
  const { args, io, views, reference } = context;
  if (args.has("count") && args.value("grep") === null)
    throw new UsageError("--count needs --grep");
  const pattern = readPattern(args);
  const plain = plainTests(args);
  checkLayer(context);
  const all: Answer[] = [];
  for (const view of views) {
    const found = findIn(view, await viewTests(args, view), { context, plain });
    const { files, failures } = found.ok ? found.value : { files: [], failures: [found.failure] };
    const grepped = await grepView(view, files, { context, pattern });
    if (!grepped.ok) return writeFailure(io, grepped.failure);
    all.push({ view, found: grepped.value, missing: failures });
  }
  if (args.has("json")) {
    const images = all.map(({ view, found, missing }) => findData(view, found, missing));
    io.stdout.write(renderFindJson({ tool: readVersion(), reference, images }));
  } else {
    for (const { view, found } of all) {
      io.stdout.write(platformHeading(view, views) + textOf(view, found, context));
    }
  }
  const missing = all.flatMap((one) => one.missing);
  for (const failure of missing) writeFailure(io, failure);
  return missing.length > 0 ? exitCodes.no : exitCodes.yes;
}

/** A layer that no platform has is a mistake of who asks. Throws UsageError. */
function checkLayer({ args, views, reference }: ExploreContext): void {
  const index = readNumber(args, "layer", 0);
  const last = Math.max(...views.map(({ layers }) => layers.length)) - 1;
  if (index !== null && index > last) throw noSuchLayer(index, { reference, last });
}

/** Of one platform. */
interface Answer {
  readonly view: View;
  readonly found: Found;
  /** Paths or a package that the image does not have. */
  readonly missing: readonly Failure[];
}

interface FindRequest {
  readonly context: ExploreContext;
  readonly plain: readonly FileTest[];
}

function findIn(
  view: View,
  own: Result<readonly FileTest[]>,
  { context, plain }: FindRequest,
): Result<{ readonly files: readonly WalkedFile[]; readonly failures: readonly Failure[] }> {
  if (!own.ok) return own;
  const { args, operands, reference } = context;
  const found = findFiles(view, operands.length > 0 ? operands : ["/"], {
    where: reference,
    maxDepth: readNumber(args, "max-depth", 0),
    tests: [...plain, ...own.value],
  });
  return success(found);
}

function textOf(view: View, found: Found, { args, io }: ExploreContext): string {
  const isLong = args.has("long");
  return renderFind(found, {
    form: args.has("null") ? "null" : isLong ? "long" : args.has("count") ? "count" : "names",
    isTerminal: io.isTerminal,
    isColored: isColored(io),
    isHuman: false,
    accounts: isLong ? readAccountNames(view.rootfs) : null,
    links: countLinks(view),
    layers: null,
  });
}
