import { judgeSupport } from "../../catalogue/support.ts";
import type { BaseInfo } from "../../model/base.ts";
import { formatBytes } from "../../report/amounts.ts";
import { clean } from "../../report/clean.ts";
import { writeJson } from "../../report/json.ts";
import { parseArguments, type OptionSpec } from "../arguments.ts";
import { exitCodes } from "../exit-codes.ts";
import { renderHelp, type HelpText } from "../help.ts";
import type { CliIo } from "../io.ts";
import { readVersion } from "../../answer/version.ts";
import { writeFailure } from "../write-problem.ts";
import { asOfOption, catalogueOption, openKnownBases, selectBases } from "./open-known-bases.ts";
import { readDay } from "../read-day.ts";

const options: readonly OptionSpec[] = [
  {
    name: "platform",
    value: "OS/ARCH",
    isMultiple: true,
    help: "only bases for this platform; may be given several times",
  },
  asOfOption,
  catalogueOption,
  { name: "json", help: "one JSON document" },
  { name: "help", short: "h", help: "this text" },
];

const help: HelpText = {
  usage: ["fromage bases list [options]"],
  about: "Lists the bases that are known: those that ship and those that were added.",
  options,
  more: [
    "BYTES says how well they are known: `measured` on the publisher's own bytes; `stand-in` on the same packages put together by somebody else, which proves nothing of the publisher's image.",
    "Exit code: 0 listed; 2 bad usage; 3 could not finish; 4 the user's own bases could not be read.",
  ],
  examples: [
    ["fromage bases list --platform linux/arm64", "bases for one platform"],
    ["fromage bases list --json | jq -r '.bases[].id'", "their ids"],
  ],
};

/** `fromage bases list`. Reads the index only. Throws UsageError. */
export function listBases(args: readonly string[], io: CliIo): number {
  const parsed = parseArguments(args, { options, maxPositionals: 0 });
  if (parsed.has("help")) {
    io.stdout.write(renderHelp(help, io.columns));
    return exitCodes.yes;
  }
  const asOf = readDay(parsed, "as-of", io);
  const known = openKnownBases(parsed, io);
  if (!known.ok) return writeFailure(io, known.failure);
  const { catalogue, failures } = known.value;
  const bases = selectBases(catalogue, parsed);
  io.stdout.write(
    parsed.has("json") ? renderBases(bases, { asOf, failures }) : renderTable(bases, asOf),
  );
  for (const failure of failures) writeFailure(io, failure);
  return failures.length > 0 ? exitCodes.partial : exitCodes.yes;
}

/** The JSON document of `list` and `add`: each base with `supportAsOf`, its support at that day. */
export function renderBases(
  bases: readonly BaseInfo[],
  { asOf, failures }: { readonly asOf: string; readonly failures: readonly object[] },
): string {
  const judged = bases.map((info) => ({ ...info, supportAsOf: judgeSupport(info, asOf) }));
  const tool = readVersion();
  return writeJson({ schema: "fromage/bases@1", tool, asOf, bases: judged, failures });
}

const header = [
  "ID",
  "PLATFORM",
  "DOWNLOAD",
  "ON DISK",
  "LIBC",
  "SHELL",
  "PACKAGES",
  "SUPPORT",
  "BYTES",
] as const;
const rightAligned: ReadonlySet<string> = new Set(["DOWNLOAD", "ON DISK"]);

function renderTable(bases: readonly BaseInfo[], asOf: string): string {
  const rows = [header, ...bases.map((info) => toRow(info, asOf))];
  const widths = header.map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return rightAligned.has(header[column] ?? "") ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd(),
  );
  return `${lines.join("\n")}\n`;
}

function toRow(info: BaseInfo, asOf: string): readonly string[] {
  const { id, platform, compressedBytes, unpackedBytes, shell, measurement } = info;
  return [
    id,
    platform,
    formatBytes(compressedBytes),
    formatBytes(unpackedBytes),
    libcWords(info),
    shell ?? "-",
    packageWords(info),
    supportWords(info, asOf),
    measurement.kind,
  ].map((cell) => clean(cell));
}

/** `musl 1.2.5`, `glibc`, `-` for a base without a loader. */
export function libcWords({ libc }: BaseInfo): string {
  return libc === null ? "-" : `${libc.kind} ${libc.version ?? ""}`.trimEnd();
}

/** `14 apk`, `6`, `-` for a base without a package database. */
export function packageWords({ packages, packageManager }: BaseInfo): string {
  return packages === null
    ? (packageManager ?? "-")
    : `${packages} ${packageManager ?? ""}`.trimEnd();
}

/** `until 2028-08-10`, `ended 2026-04-02` (the first day without support), `supported`, `unknown`. */
export function supportWords(info: BaseInfo, asOf: string): string {
  const judged = judgeSupport(info, asOf);
  const ends = info.support?.ends ?? null;
  if (ends === null) return judged;
  return judged === "ended" ? `ended ${ends}` : `until ${ends}`;
}
