import {
  diffParts,
  diffViews,
  isDifferent,
  type DiffPart,
  type ImageDiff,
} from "../../explore/diff/diff-views.ts";
import type { View } from "../../explore/open-view.ts";
import { viewOrigin } from "../../explore/view-origin.ts";
import { viewPlatform } from "../../explore/view-platform.ts";
import type { SectionName } from "../../image/readers/section-names.ts";
import { keepYoungSmall } from "../../image/young-memory.ts";
import { failed, success, type Result } from "../../model/failure.ts";
import { renderDiff, undecidedWords } from "../../report/explore/diff.ts";
import { renderDiffJson, type DiffedImage } from "../../report/explore/diff-json.ts";
import { nameWords } from "../../report/explore/name-words.ts";
import { readVersion } from "../../answer/version.ts";
import { UsageError, type OptionSpec, type ParsedArguments } from "../arguments.ts";
import { exitCodes } from "../exit-codes.ts";
import { exploreOptions, imageHelp } from "../explore/explore-options.ts";
import { sessionCommand, tellFailures, type SessionContext } from "../explore/run-session.ts";
import type { HelpText } from "../help.ts";
import { isColored } from "../io.ts";
import { readPlatform } from "../read-platform.ts";
import { writeFailure } from "../write-problem.ts";

const options: readonly OptionSpec[] = [
  {
    name: "only",
    value: "PART",
    isMultiple: true,
    help: "files, packages, elf, config or layers; may be given several times (default: all)",
  },
  { name: "stat", help: "how much differs, not what" },
  { name: "times", help: "another time of modification is a difference too" },
  {
    name: "no-content",
    help: "leave files of equal size that no facts tell apart: no layer is read again for them",
  },
  { name: "null", short: "0", help: "names of files that differ alone, each with a NUL behind it" },
  ...exploreOptions.map((option) =>
    option.name === "platform"
      ? { ...option, isMultiple: false, help: "which of each image's platforms" }
      : option,
  ),
];

const help: HelpText = {
  usage: ["fromage diff A B [options]"],
  about:
    "Says in what image B is another than image A: layers, config, packages, what the loader sees of programs and libraries, and files with type, mode, owner, size, link target and content.",
  options,
  more: [
    "+ is only in B, - only in A, ~ in both and not the same. Contents of files of equal size are compared by reading their layers again, where facts do not tell. Layers alone make no difference: the same files may lie in others.",
    imageHelp.replace("REF", "A, B"),
    "Exit code: 0 no difference; 1 different; 2 bad usage; 3 could not finish; 4 no difference was found, and something was not read or compared; 130 interrupted.",
  ],
  examples: [
    ["fromage diff debian:12-slim debian:13-slim --only packages", "what an upgrade brings"],
    ["fromage diff archive:old.tar archive:new.tar --stat", "how much"],
    ["fromage diff oci:a oci:b --only files -0 | xargs -0 -n1", "names alone"],
  ],
};

export const command = sessionCommand({
  verb: "diff",
  help,
  options,
  maxPositionals: 2,
  run: runDiff,
});

async function runDiff(context: SessionContext): Promise<number> {
  const { args, io, progress } = context;
  const [a, b] = args.positionals;
  if (a === undefined || b === undefined) throw new UsageError("two images are needed, A and B");
  const parts = readParts(args);
  // Both images are held at once, before anything of them is big.
  keepYoungSmall();
  const before = await openOne(a, parts, context);
  if (!before.ok) return writeFailure(io, before.failure);
  const after = await openOne(b, parts, context);
  if (!after.ok) return writeFailure(io, after.failure);
  const views = [before.value, after.value] as const;
  const diff = await diffViews(...views, {
    parts,
    comparesTimes: args.has("times"),
    readsContents: !args.has("no-content"),
    signal: io.signal,
    onProgress: (what, read) => progress.show(what, read),
  });
  progress.clear();
  if (io.signal.aborted) return exitCodes.interrupted;
  io.stdout.write(text(diff, views, context));
  return judge(diff, views, context);
}

function readParts(args: ParsedArguments): ReadonlySet<DiffPart> {
  const asked = args.values("only").map((name) => {
    const part = diffParts.find((one) => one === name);
    if (part !== undefined) return part;
    const known = diffParts.join(", ");
    throw new UsageError(`--only is ${JSON.stringify(name)}, expected one of ${known}`);
  });
  if (!args.has("null")) return new Set(asked.length === 0 ? diffParts : asked);
  if (args.has("json") || args.has("stat")) {
    throw new UsageError("--null excludes --json and --stat");
  }
  if (asked.some((part) => part !== "files")) throw new UsageError("--null is of files only");
  return new Set(["files"]);
}

const sectionsOf: Readonly<Record<DiffPart, readonly SectionName[]>> = {
  layers: [],
  config: [],
  packages: ["packages", "texts"],
  elf: ["elf"],
  files: ["elf", "texts"],
};

async function openOne(
  reference: string,
  parts: ReadonlySet<DiffPart>,
  { args, open }: SessionContext,
): Promise<Result<View>> {
  const sections = new Set([...parts].flatMap((part) => sectionsOf[part]));
  const platforms = args.values("platform").slice(-1).map(readPlatform);
  const opened = await open(reference, { platforms, sections });
  if (!opened.ok) return opened;
  const [view] = opened.value;
  const none = { kind: "not-found", what: reference, where: null, near: [] } as const;
  return view === undefined ? failed(none) : success(view);
}

type Views = readonly [before: View, after: View];

function text(diff: ImageDiff, [before, after]: Views, { args, io }: SessionContext): string {
  if (args.has("json")) {
    return renderDiffJson({
      tool: readVersion(),
      before: nameOf(before),
      after: nameOf(after),
      isDifferent: isDifferent(diff),
      diff,
      failures: [...before.failures, ...after.failures, ...diff.failures],
    });
  }
  if (args.has("null")) return (diff.files ?? []).map(({ path }) => `${path}\0`).join("");
  const { isTerminal } = io;
  const body = renderDiff(diff, { isTerminal, color: isColored(io), isStat: args.has("stat") });
  const line = (mark: string, { reference, platform }: DiffedImage): string =>
    `${mark} ${nameWords(reference, { isTerminal })}${platform === null ? "" : ` (${platform})`}\n`;
  return body === "" ? "" : `${line("---", nameOf(before))}${line("+++", nameOf(after))}\n${body}`;
}

function nameOf(view: View): DiffedImage {
  const { reference, manifestDigest } = view.image;
  return { reference, platform: viewPlatform(view), ...viewOrigin(view), digest: manifestDigest };
}

function judge(diff: ImageDiff, views: Views, { args, io }: SessionContext): number {
  const platforms = [...new Set(views.map(viewPlatform))].filter((one) => one !== null);
  if (platforms.length > 1) {
    io.stderr.write(`The images are for different platforms: ${platforms.join(" and ")}\n`);
  }
  for (const failure of diff.failures) writeFailure(io, failure);
  const open = undecidedWords(diff);
  const why = args.has("no-content") ? " (--no-content)" : "";
  if (open !== "") io.stderr.write(`${open}${why}\n`);
  const isOther = isDifferent(diff);
  const isOpen = open !== "" || diff.failures.length > 0;
  const code = isOther ? exitCodes.no : isOpen ? exitCodes.partial : exitCodes.yes;
  return tellFailures(code, views, io);
}
