import type { AnswerOptions } from "../answer/options.ts";
import { readShippedSupport } from "../catalogue/installed-catalogue.ts";
import { readLibcSonames } from "../choose/libc-sonames.ts";
import type { PackagesWanted } from "../answer/search-packages.ts";
import type { Catalogue } from "../catalogue/catalogue.ts";

import { UsageError, type OptionSpec, type ParsedArguments } from "./arguments.ts";
import type { CliIo } from "./io.ts";
import type { ProgressLine } from "./progress.ts";
import { readDay } from "./read-day.ts";
import { readFinalStage } from "./read-final-stage.ts";
import { askedPlatforms } from "./read-platform.ts";
import { sessionOptions, type Session } from "./session.ts";
import { readVersion } from "../answer/version.ts";

export const baseOption: OptionSpec = {
  name: "base",
  short: "b",
  value: "REF",
  isMultiple: true,
  help: "a base to look at: an id of the catalogue or any image; may be given several times, and takes several behind TARGET (default: all of the catalogue)",
};

const packageWords: readonly PackagesWanted[] = ["auto", "all", "never"];

/** What `--packages` says; null where it is not given. Throws UsageError for another word. */
export function readPackagesWanted(args: ParsedArguments): PackagesWanted | null {
  const given = args.value("packages");
  if (given === null) return null;
  const known = packageWords.find((word) => word === given);
  if (known !== undefined) return known;
  throw new UsageError(
    `--packages is ${JSON.stringify(given)}, expected ${packageWords.join(", ")}`,
  );
}

/** Options of `choose` and `check`. */
export const targetOptions: readonly OptionSpec[] = [
  baseOption,
  {
    name: "platform",
    value: "OS/ARCH[/VARIANT]",
    isMultiple: true,
    help: "what it is to run on; may be given several times (default: what the target is for). linux/amd64/v3 promises a processor with x86-64-v3",
  },
  {
    name: "base-is",
    value: "REF",
    help: "the base that the target image stands on now, where its layers do not show it",
  },
  {
    name: "dockerfile",
    value: "FILE",
    help: "the Dockerfile that the target image was built with: its FROM tells the present base",
    kind: "file",
  },
  { name: "target", value: "STAGE", help: "the stage of it that was built (default: the last)" },
  {
    name: "build-arg",
    value: "NAME=VALUE",
    isMultiple: true,
    help: "a build argument that its FROM lines use",
  },
  {
    name: "app",
    value: "PATH",
    isMultiple: true,
    help: "a path of the target image that belongs to the app, whoever owns it",
  },
  {
    name: "program",
    value: "PATH",
    isMultiple: true,
    help: "what is started (default: entrypoint of an image, programs of a folder)",
  },
  {
    name: "load",
    value: "PATH",
    isMultiple: true,
    help: "a shared object of the target that what is started opens by itself: an extension module of Python, a plugin",
  },
  {
    name: "packages",
    value: "WHEN",
    help: "look in the repositories of a base's release for packages that bring what is missing: auto (those bases that could be chosen then), all, never (default: auto to choose, all to check)",
    kind: packageWords,
  },
  {
    name: "as-of",
    value: "DATE",
    help: "day at which support is judged, as 2026-11-25 (default: today)",
  },
  { name: "explain", short: "e", help: "every reason, and where each library was looked for" },
  { name: "json", help: "one JSON document; its schema is in schema/" },
  ...sessionOptions,
  { name: "help", short: "h", help: "this text" },
];

/** What a target and a base may be. */
export const referenceHelp =
  "TARGET and REF: a file or folder, recognised by its content; an image by its name, in an engine, then in its registry (docker:NAME, registry:NAME: there only); oci:DIR[:TAG], oci-archive:FILE[:TAG], archive:FILE (docker save), rootfs:DIR, rootfs:FILE.tar[.gz|.xz|.zst]; REF also base:ID, an id of `fromage bases list`; --base takes the id alone too.";

/** Throws UsageError for what is no platform or no date. */
export function readAnswerOptions(
  args: ParsedArguments,
  io: CliIo,
  {
    session,
    progress,
    catalogue,
  }: {
    readonly session: Session;
    readonly progress: ProgressLine;
    readonly catalogue: Catalogue;
  },
): AnswerOptions {
  const finalStage = readFinalStage(args, io);
  return {
    tool: readVersion(),
    asOf: readDay(args, "as-of", io),
    cwd: io.cwd,
    catalogue,
    support: readShippedSupport(),
    libcSonames: readLibcSonames(),
    ...(session.cache === null ? {} : { cache: session.cache }),
    temporaryFolder: session.temporaryFolder,
    remote: session.remote,
    platforms: askedPlatforms(args, io),
    bases: args.values("base"),
    baseIs: args.value("base-is"),
    ...(finalStage === null ? {} : { finalStage }),
    appPaths: args.values("app").map(readAppPath),
    programs: args.values("program"),
    loads: args.values("load"),
    signal: io.signal,
    onProgress: (what, read) => progress.show(what, read),
  };
}

/** What `--base` says, else the settings. */
export function askedBases(args: ParsedArguments, io: CliIo): readonly string[] {
  const given = args.values("base");
  return given.length > 0 ? given : (io.settings?.bases ?? []);
}

function readAppPath(text: string): string {
  if (text.startsWith("/")) return text.length > 1 ? text.replace(/\/+$/, "") : text;
  throw new UsageError(`--app is ${JSON.stringify(text)}, expected an absolute path in the image`);
}
