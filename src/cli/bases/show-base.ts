import { noSuchBase, type OpenBase } from "../../catalogue/catalogue.ts";
import { judgeSupport } from "../../catalogue/support.ts";
import type { LayerFacts } from "../../image/layer-facts.ts";
import { sectionNames } from "../../image/readers/section-names.ts";
import type { Failure } from "../../model/failure.ts";
import { count, formatBytes } from "../../report/amounts.ts";
import { clean } from "../../report/clean.ts";
import { writeJson } from "../../report/json.ts";
import { parseArguments, UsageError, type OptionSpec } from "../arguments.ts";
import { exitCodes } from "../exit-codes.ts";
import { renderHelp, type HelpText } from "../help.ts";
import type { CliIo } from "../io.ts";
import { readVersion } from "../../answer/version.ts";
import { writeFailure } from "../write-problem.ts";
import { libcWords, packageWords, supportWords } from "./list-bases.ts";
import { asOfOption, catalogueOption, openKnownBases, selectBases } from "./open-known-bases.ts";
import { readDay } from "../read-day.ts";

const options: readonly OptionSpec[] = [
  {
    name: "platform",
    value: "OS/ARCH",
    isMultiple: true,
    help: "only for this platform; may be given several times (default: all)",
  },
  asOfOption,
  catalogueOption,
  { name: "json", help: "one JSON document" },
  { name: "help", short: "h", help: "this text" },
];

const help: HelpText = {
  usage: ["fromage bases show ID [options]"],
  about:
    "Says all that is known of one base: what it is, where its bytes came from, its config and layers.",
  options,
  more: [
    "Exit code: 0 shown; 2 bad usage; 3 there is no such base, or it could not be read; 4 a part of the base was not read when it was measured.",
  ],
  examples: [
    ["fromage bases show alpine-3.20", "for every platform that is known"],
    ["fromage bases show debian-12-slim --json | jq '.bases[0].config.env'", "its environment"],
  ],
};

/** `fromage bases show`. Throws UsageError. */
export async function showBase(args: readonly string[], io: CliIo): Promise<number> {
  const parsed = parseArguments(args, { options, maxPositionals: 1 });
  if (parsed.has("help")) {
    io.stdout.write(renderHelp(help, io.columns));
    return exitCodes.yes;
  }
  const [named] = parsed.positionals;
  if (named === undefined) throw new UsageError("no ID");
  const id = named.replace(/^base:/, "");
  const asOf = readDay(parsed, "as-of", io);
  const known = openKnownBases(parsed, io);
  if (!known.ok) return writeFailure(io, known.failure);
  const { catalogue } = known.value;
  const infos = selectBases(catalogue, parsed).filter((info) => info.id === id);
  if (infos.length === 0) {
    const platform = parsed.values("platform").join(" or ") || "any platform";
    return writeFailure(io, noSuchBase(catalogue.bases, id, platform));
  }
  const bases: OpenBase[] = [];
  for (const info of infos) {
    const opened = await catalogue.open(id, info.platform);
    if (!opened.ok) return writeFailure(io, opened.failure);
    bases.push(opened.value);
  }
  io.stdout.write(
    parsed.has("json")
      ? renderDocument(bases, asOf)
      : bases.map((base) => renderText(base, asOf)).join("\n"),
  );
  const isPartial = bases.some(({ layers }) =>
    layers.some((layer) => failuresOf(layer).length > 0),
  );
  return isPartial ? exitCodes.partial : exitCodes.yes;
}

/** What was not read of a layer, by the pass and by each reader. */
export function failuresOf(layer: LayerFacts): readonly Failure[] {
  return [...layer.failures, ...sectionNames.flatMap((name) => layer[name].failures)];
}

function renderDocument(bases: readonly OpenBase[], asOf: string): string {
  const shown = bases.map(({ info, config, layers }) => ({
    info,
    supportAsOf: judgeSupport(info, asOf),
    config,
    layers: layers.map((layer) => ({
      diffId: layer.diffId,
      compressedBytes: layer.compressedBytes,
      uncompressedBytes: layer.uncompressedBytes,
      entries: layer.entries.length,
      elfFiles: Object.keys(layer.elf.byPath).length,
      failures: failuresOf(layer),
    })),
  }));
  return writeJson({ schema: "fromage/base@1", tool: readVersion(), asOf, bases: shown });
}

function renderText({ info, config, layers }: OpenBase, asOf: string): string {
  const { id, platform, reference, measurement, support, distro } = info;
  const command = [...(config.entrypoint ?? []), ...(config.cmd ?? [])];
  const rule = support?.rule === undefined || support.rule === null ? "" : ` (${support.rule})`;
  const from = support === null ? "" : `, by ${support.source} of ${support.sourceDate}`;
  const sizes = `${formatBytes(info.compressedBytes)} to download, ${formatBytes(info.unpackedBytes)} on disk`;
  const lines = [
    ["Reference", reference ?? "none"],
    ["Bytes", `${measurement.kind}, ${measurement.date}: ${measurement.source}`],
    ["Digest", measurement.digest ?? "not known"],
    ["Size", sizes],
    ["System", distro === null ? "-" : `${distro.id} ${distro.version ?? ""}`.trimEnd()],
    ["C library", libcWords(info)],
    ["Shell", info.shell ?? "-"],
    ["Packages", packageWords(info)],
    ["Processor", info.cpuLevel],
    ["Support", `${supportWords(info, asOf)}${rule}${from}`],
    ["User", info.user === "" ? "root" : info.user],
    ["Starts", command.length === 0 ? "-" : JSON.stringify(command)],
    ["Environment", config.env.join(" ") || "-"],
    ...layers.map((layer) => ["Layer", layerWords(layer)]),
  ];
  const body = lines.map(([name = "", value = ""]) => `  ${name.padEnd(12)}${clean(value, 400)}\n`);
  return `${clean(id)} for ${clean(platform)}\n${body.join("")}`;
}

function layerWords(layer: LayerFacts): string {
  const elfFiles = count(Object.keys(layer.elf.byPath).length, "ELF file");
  const unread = failuresOf(layer).length;
  const missing = unread === 0 ? "" : `, ${count(unread, "part")} not read`;
  const entries = `${count(layer.entries.length, "path")}, ${elfFiles}${missing}`;
  return `${layer.diffId ?? "no diffId"}: ${entries}`;
}
