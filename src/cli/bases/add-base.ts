import type { OpenBase } from "../../catalogue/catalogue.ts";
import { openCatalogueFolder, writeCatalogueFolder } from "../../catalogue/catalogue-files.ts";
import { readShippedSupport } from "../../catalogue/installed-catalogue.ts";
import { loadCatalogue } from "../../catalogue/load-catalogue.ts";
import { measureBase, type MeasureOptions } from "../../catalogue/measure-base.ts";
import { packCatalogue } from "../../catalogue/pack-catalogue.ts";
import { describeSource } from "../../image/describe-source.ts";
import { openImages } from "../../image/sources/open-images.ts";
import { isDigest } from "../../model/digest.ts";
import { failed, success, type Result } from "../../model/failure.ts";
import { formatBytes } from "../../report/amounts.ts";
import { clean } from "../../report/clean.ts";
import { parseArguments, UsageError, type OptionSpec, type ParsedArguments } from "../arguments.ts";
import { exitCodes } from "../exit-codes.ts";
import { renderHelp, type HelpText } from "../help.ts";
import type { CliIo } from "../io.ts";
import { ProgressLine } from "../progress.ts";
import { openSession, sessionOptions, type Session } from "../session.ts";
import { readPlatform } from "../read-platform.ts";
import { writeFailure } from "../write-problem.ts";
import { libcWords, renderBases } from "./list-bases.ts";
import { readDay } from "../read-day.ts";
import { catalogueOption, ownCatalogueFolder } from "./open-known-bases.ts";
import { failuresOf } from "./show-base.ts";

const options: readonly OptionSpec[] = [
  {
    name: "id",
    value: "ID",
    help: "what base:ID and --base ID will name it; it takes the place of one of that name",
  },
  {
    name: "reference",
    value: "NAME",
    help: "what FROM would name it, as alpine:3.20.3 (default: nothing)",
  },
  {
    name: "kind",
    value: "KIND",
    help: "measured (default): these are the publisher's bytes; stand-in: the same packages put together by somebody else",
  },
  { name: "source", value: "TEXT", help: "where the bytes came from, in one line (default: REF)" },
  { name: "date", value: "DAY", help: "day of the measurement, as 2026-11-25 (default: today)" },
  {
    name: "digest",
    value: "SHA256",
    help: "digest of the publisher's manifest; the image must have it",
  },
  {
    name: "platform",
    value: "OS/ARCH",
    isMultiple: true,
    help: "which of its platforms; may be given several times (default: this machine's, or the only one)",
  },
  catalogueOption,
  { name: "json", help: "one JSON document" },
  ...sessionOptions,
  { name: "help", short: "h", help: "this text" },
];

const help: HelpText = {
  usage: ["fromage bases add REF --id ID [options]"],
  about:
    "Measures an image once and keeps it as a base that every later command knows. It is read, not run; what is kept are names, sizes, packages and symbols, no file of it.",
  options,
  more: [
    "Exit code: 0 added; 2 bad usage; 3 could not finish, nothing was changed; 4 added, but a part of the image could not be read.",
  ],
  examples: [
    ["fromage bases add oci-archive:base.tar --id ours-1", "a base image of one's own"],
    [
      "fromage bases add rootfs:alpine-minirootfs-3.20.3-x86_64.tar.gz --id alpine-3.20 --reference alpine:3.20.3",
      "a root filesystem as its publisher gives it",
    ],
  ],
};

/** `fromage bases add`. Throws UsageError. */
export async function addBase(args: readonly string[], io: CliIo): Promise<number> {
  const parsed = parseArguments(args, { options, maxPositionals: 1 });
  if (parsed.has("help")) {
    io.stdout.write(renderHelp(help, io.columns));
    return exitCodes.yes;
  }
  const [reference] = parsed.positionals;
  if (reference === undefined) throw new UsageError("no REF");
  const measure = readMeasureOptions(parsed, io);
  const session = openSession(parsed, io);
  const progress = new ProgressLine(io);
  try {
    const measured = await measureAll(reference, parsed, { io, session, measure, progress });
    progress.clear();
    if (!measured.ok) return writeFailure(io, measured.failure);
    const folder = ownCatalogueFolder(parsed, io);
    const kept = await openOthers(folder, measured.value);
    if (!kept.ok) return writeFailure(io, kept.failure);
    const files = packCatalogue([...kept.value, ...measured.value]);
    const failure = writeCatalogueFolder(folder, files);
    if (failure !== null) return writeFailure(io, failure);
    return writeAdded(measured.value, io, { isJson: parsed.has("json"), folder });
  } finally {
    progress.clear();
    session.close();
  }
}

/** What was said of the base; without a source it is where the image comes from. */
type AskedMeasure = Omit<MeasureOptions, "source"> & { readonly source: string | null };

/** An id is a word of the command line and part of `base:ID`. */
const idPattern = /^[a-z0-9][a-z0-9._-]{0,127}$/;

function readMeasureOptions(args: ParsedArguments, io: CliIo): AskedMeasure {
  const id = args.value("id");
  if (id === null) throw new UsageError("no --id");
  if (!idPattern.test(id)) {
    throw new UsageError(
      `--id is ${JSON.stringify(id)}, expected a-z, 0-9, dot, hyphen, underscore`,
    );
  }
  const kind = args.value("kind") ?? "measured";
  if (kind !== "measured" && kind !== "stand-in") {
    throw new UsageError(`--kind is ${JSON.stringify(kind)}, expected measured or stand-in`);
  }
  const digest = args.value("digest");
  if (digest !== null && !isDigest(digest)) {
    throw new UsageError(
      `--digest is ${JSON.stringify(digest)}, expected sha256: and 64 hex digits`,
    );
  }
  if (digest !== null && kind === "stand-in") throw new UsageError("a stand-in has no --digest");
  return {
    id,
    reference: args.value("reference"),
    kind,
    source: args.value("source"),
    date: readDay(args, "date", io),
    digest,
    support: readShippedSupport(),
    signal: io.signal,
  };
}

interface Work {
  readonly io: CliIo;
  readonly session: Session;
  readonly measure: AskedMeasure;
  readonly progress: ProgressLine;
}

async function measureAll(
  reference: string,
  args: ParsedArguments,
  { io, session, measure, progress }: Work,
): Promise<Result<readonly OpenBase[]>> {
  const images = await openImages(reference, {
    cwd: io.cwd,
    platforms: args.values("platform").map(readPlatform),
    temporaryFolder: session.temporaryFolder,
    remote: session.remote,
    signal: io.signal,
  });
  if (!images.ok) return images;
  const bases: OpenBase[] = [];
  for (const image of images.value) {
    if (image.source === "path") {
      const reason = "it is a file or folder, a base is an image or a root filesystem";
      return failed({ kind: "unsupported", what: reference, where: null, reason });
    }
    const base = await measureBase(image, {
      ...measure,
      source: measure.source ?? describeSource(image),
      ...(session.cache === null ? {} : { cache: session.cache }),
      onProgress: (read) => progress.show(reference, read),
    });
    if (!base.ok) return base;
    bases.push(base.value);
  }
  return success(bases);
}

/** The bases of the folder that these do not take the place of; none when there is no catalogue yet. */
async function openOthers(
  folder: string,
  added: readonly OpenBase[],
): Promise<Result<readonly OpenBase[]>> {
  const catalogue = loadCatalogue(openCatalogueFolder(folder));
  if (!catalogue.ok) return catalogue.failure.kind === "not-found" ? success([]) : catalogue;
  const others: OpenBase[] = [];
  for (const { id, platform } of catalogue.value.bases) {
    if (added.some(({ info }) => info.id === id && info.platform === platform)) continue;
    const base = await catalogue.value.open(id, platform);
    if (!base.ok) return base;
    others.push(base.value);
  }
  return success(others);
}

function writeAdded(
  bases: readonly OpenBase[],
  io: CliIo,
  { isJson, folder }: { readonly isJson: boolean; readonly folder: string },
): number {
  const failures = bases.flatMap(({ layers }) => layers.flatMap(failuresOf));
  const infos = bases.map(({ info }) => info);
  if (isJson) {
    io.stdout.write(renderBases(infos, { asOf: io.now().toISOString().slice(0, 10), failures }));
  } else {
    for (const info of infos) {
      const { id, platform, compressedBytes, unpackedBytes } = info;
      const sizes = `${formatBytes(compressedBytes)} to download, ${formatBytes(unpackedBytes)} on disk`;
      const words = `${id} for ${platform}: ${sizes}, C library ${libcWords(info)}`;
      io.stdout.write(`Added ${clean(words, 400)}\n`);
    }
    io.stdout.write(`The catalogue is in ${clean(folder, 400)}\n`);
  }
  for (const failure of failures) writeFailure(io, failure);
  return failures.length > 0 ? exitCodes.partial : exitCodes.yes;
}
