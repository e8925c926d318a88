import { answerProvides } from "../../answer/answer-provides.ts";
import {
  outcomeOf,
  type BaseAnswer,
  type NameKind,
  type ProvidesAnswer,
  type ProvidesRequest,
} from "../../answer/provides-answer.ts";
import { loadInstalledCatalogue } from "../../catalogue/installed-catalogue.ts";
import type { Failure } from "../../model/failure.ts";
import { renderProvidesJson } from "../../report/provides-json.ts";
import { renderProvides } from "../../report/provides.ts";
import { parseArguments, UsageError, type OptionSpec, type ParsedArguments } from "../arguments.ts";
import type { Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { renderHelp, type HelpText } from "../help.ts";
import { isColored, type CliIo } from "../io.ts";
import { openRepositories } from "../open-repositories.ts";
import { ProgressLine } from "../progress.ts";
import { repeatOption } from "../repeat-option.ts";
import { openSession, sessionOptions } from "../session.ts";
import { askedBases, baseOption, readAnswerOptions } from "../target-options.ts";
import { writeFailure, writeUsage } from "../write-problem.ts";

const kinds: readonly NameKind[] = ["library", "command", "file", "package"];

const ownBase: OptionSpec = {
  ...baseOption,
  help: "a base to look for: an id of the catalogue or any image; may be given several times, and takes several behind NAME (default: all of the catalogue that have a package manager)",
};

const options: readonly OptionSpec[] = [
  ownBase,
  {
    name: "platform",
    value: "OS/ARCH[/VARIANT]",
    isMultiple: true,
    help: "for what it is to be; may be given several times (default: this machine's)",
  },
  { name: "kind", value: "KIND", kind: kinds, help: `what NAME is: ${kinds.join(", ")}` },
  {
    name: "versions",
    value: "VERSION,…",
    isMultiple: true,
    help: "symbol versions that the library must have, as GLIBCXX_3.4.32; the best packages are fetched and looked into",
  },
  { name: "all", short: "a", help: "every package, not the first few" },
  { name: "json", help: "one JSON document; its schema is in schema/" },
  ...sessionOptions,
  { name: "help", short: "h", help: "this text" },
];

const help: HelpText = {
  usage: ["fromage provides NAME … [options]"],
  about:
    "Says which packages bring a library, a command or a file on each base, from the repositories that the base itself names, and what installing the best one comes to. Nothing is installed.",
  options,
  more: [
    "NAME is a file where it starts with /, a library where it has .so in it, else a command, and where there is none a package of that name.",
    "A base without a package manager is answered from the repositories of the base of its release that has one: packages are copied from there.",
    "Exit code: 0 found on every base; 1 not found on one; 2 bad usage; 3 could not finish; 4 an index could not be had; 130 interrupted.",
  ],
  examples: [
    [
      "fromage provides libpq.so.5 --base debian-12-slim --base alpine-3.20",
      "a library on two bases",
    ],
    ["fromage provides ssh", "a command, on all bases that have a package manager"],
    ["fromage provides /usr/bin/convert --base debian:bookworm-slim", "a file, on an image"],
    [
      "fromage provides libstdc++.so.6 --versions GLIBCXX_3.4.32 --base debian-12-slim",
      "a library that is new enough",
    ],
  ],
};

export const command: Command = {
  words: { options, positionals: [[]] },
  async run(args, io) {
    try {
      return await runProvides(args, io);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      return writeUsage(io, "provides", error);
    }
  },
};

async function runProvides(args: readonly string[], io: CliIo): Promise<number> {
  const words = repeatOption(args, ownBase, options);
  const parsed = parseArguments(words, { options, maxPositionals: Number.MAX_SAFE_INTEGER });
  if (parsed.has("help")) {
    io.stdout.write(renderHelp(help, io.columns));
    return exitCodes.yes;
  }
  const request = readRequest(parsed);
  const session = openSession(parsed, io);
  const progress = new ProgressLine(io);
  const repositories = openRepositories(session, io, progress);
  try {
    const installed = loadInstalledCatalogue(io.env);
    if (!installed.ok) return writeFailure(io, installed.failure);
    const { catalogue, failures } = installed.value;
    for (const failure of failures) writeFailure(io, failure);
    const answer = await answerProvides(request, {
      ...readAnswerOptions(parsed, io, { session, progress, catalogue }),
      bases: askedBases(parsed, io),
      repositories,
    });
    progress.clear();
    if (io.signal.aborted) return exitCodes.interrupted;
    if (!answer.ok) return writeFailure(io, answer.failure);
    return print(answer.value, parsed, io);
  } finally {
    progress.clear();
    void repositories.close();
    session.close();
  }
}

/** Throws UsageError. */
function readRequest(args: ParsedArguments): ProvidesRequest {
  const names = [...new Set(args.positionals)];
  if (names.length === 0) throw new UsageError("no NAME");
  const said = args.value("kind");
  const kind = kinds.find((word) => word === said) ?? null;
  if (said !== null && kind === null) {
    throw new UsageError(`--kind is ${JSON.stringify(said)}, expected ${kinds.join(", ")}`);
  }
  for (const name of names) checkName(name, kind);
  const versions = args.values("versions").flatMap((text) => text.split(","));
  return { names, kind, versions: [...new Set(versions.filter((one) => one !== ""))].toSorted() };
}

/** Only a file has folders, and they begin at the root. */
function checkName(name: string, kind: NameKind | null): void {
  const isFile = name.startsWith("/");
  const isWrong = kind === "file" ? !isFile : kind === null ? !isFile && name.includes("/") : false;
  if (isWrong) throw new UsageError(`${JSON.stringify(name)} is no absolute path`);
  if (kind !== null && kind !== "file" && name.includes("/")) {
    throw new UsageError(`${JSON.stringify(name)} is no ${kind}: it has a slash`);
  }
}

function print(answer: ProvidesAnswer, args: ParsedArguments, io: CliIo): number {
  const { columns } = io;
  io.stdout.write(
    args.has("json")
      ? renderProvidesJson(answer)
      : renderProvides(answer, { columns, color: isColored(io), all: args.has("all") }),
  );
  // What the text says of a base is not said again.
  const told = new Set(args.has("json") ? [] : answer.bases.flatMap(toldFailures).map(keyOf));
  for (const failure of answer.failures) if (!told.has(keyOf(failure))) writeFailure(io, failure);
  return exitCodes[outcomeOf(answer)];
}

const keyOf = (failure: Failure): string => JSON.stringify(failure);

function toldFailures(answer: BaseAnswer): readonly Failure[] {
  if (answer.state === "unavailable") return [answer.failure];
  return answer.state === "answered" ? answer.names.flatMap(({ failures }) => failures) : [];
}
