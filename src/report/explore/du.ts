import type { Duplicate } from "../../explore/du/duplicates.ts";
import type { MeasuredLayer, UsageAnswer } from "../../explore/du/describe-usage.ts";
import type { FileGroup } from "../../explore/du/group-files.ts";
import { biggest, type UsageEntry, type UsedFile } from "../../explore/du/usage.ts";
import type { WastedFile } from "../../explore/du/waste.ts";
import type { InstalledPackage, LayerFacts } from "../../image/layer-facts.ts";
import { count } from "../amounts.ts";
import { alignRows } from "./align-rows.ts";
import { humanBytes } from "./file-words.ts";
import { layerWords, shortDiffId } from "./layer-words.ts";
import { nameWords, type NameStyle } from "./name-words.ts";

export interface DuStyle extends NameStyle {
  /** `12K` in place of bytes. */
  readonly isHuman: boolean;
  /** Lines of directories and files end in a NUL. */
  readonly hasNulls: boolean;
  /** Most wasted files of a layer that are shown. */
  readonly maxWasted: number;
}

/** What was asked for, in the order of the help. Where it is more than one thing, each has a heading. */
export function renderDu(
  answer: UsageAnswer,
  layers: readonly Pick<LayerFacts, "diffId">[],
  style: DuStyle,
): string {
  const { entries, packages, extensions, waste, duplicates } = answer;
  const isLayers = answer.layers !== null;
  const sections: readonly (readonly [string, string | null])[] = [
    ["directories", entries === null ? null : entryLines(entries, style)],
    ["layers", isLayers ? textOf(layerLines(answer.layers, style)) : null],
    ["packages", packages === null ? null : textOf(packageLines(packages, style))],
    ["kinds of files", extensions === null ? null : textOf(extensionLines(extensions, style))],
    [
      "biggest files",
      answer.biggest === null ? null : textOf(topLines(answer.biggest, layers, style)),
    ],
    ["waste", waste === null ? null : textOf(wasteLines(waste, answer.layers ?? [], style))],
    ["duplicates", duplicates === null ? null : textOf(duplicateLines(duplicates, style))],
  ];
  const shown = sections.filter((one): one is [string, string] => one[1] !== null);
  const hasHeadings = shown.length > 1;
  return shown.map(([title, text]) => (hasHeadings ? `${title}:\n${text}` : text)).join("\n");
}

const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");

const right: ReadonlySet<number> = new Set([0, 1, 2, 3]);

/** Bytes, or as `du -h` writes them; `?` where it is not known. */
export function sizeCell(bytes: number | null, { isHuman }: Pick<DuStyle, "isHuman">): string {
  if (bytes === null) return "?";
  return isHuman ? humanBytes(bytes) : String(bytes);
}

/** As `du` prints them: size, a tab, path. With a NUL behind it a path stays as it is. */
function entryLines(entries: readonly UsageEntry[], style: DuStyle): string {
  const { hasNulls } = style;
  const ending = hasNulls ? "\0" : "\n";
  const nameOf = (path: string): string => (hasNulls ? path : nameWords(path, style));
  return entries
    .map(({ path, sizeBytes }) => `${sizeCell(sizeBytes, style)}\t${nameOf(path)}${ending}`)
    .join("");
}

/** One line per layer, bottom first. */
function layerLines(layers: readonly MeasuredLayer[], style: DuStyle): readonly string[] {
  const rows = layers.map((layer) => [
    sizeCell(layer.storedBytes, style),
    sizeCell(layer.sizeBytes, style),
    sizeCell(layer.seenBytes, style),
    sizeCell(layer.wastedBytes, style),
    layerName(layer),
    nameWords((layer.command ?? "").slice(0, maxCommand), style),
  ]);
  return alignRows([["STORED", "FILES", "SEEN", "WASTED", "LAYER", "MADE BY"], ...rows], right);
}

/** Characters of a command in a table; `fromage history --no-trunc` has all. */
const maxCommand = 60;

/** One line per package, biggest first; what no package owns among them. */
function packageLines(
  groups: readonly FileGroup<InstalledPackage | null>[],
  style: DuStyle,
): readonly string[] {
  const rows = groups.map(({ key, sizeBytes, files }) => [
    sizeCell(sizeBytes, style),
    String(files),
    key === null ? "(no package)" : nameWords(`${key.name} ${key.version}`, style),
  ]);
  return alignRows([["SIZE", "FILES", "PACKAGE"], ...rows], new Set([0, 1]));
}

/** One line per kind of file, biggest first. */
function extensionLines(groups: readonly FileGroup<string>[], style: DuStyle): readonly string[] {
  const rows = groups.map(({ key, sizeBytes, files }) => [
    sizeCell(sizeBytes, style),
    String(files),
    key === "" ? "(none)" : nameWords(key, style),
  ]);
  return alignRows([["SIZE", "FILES", "EXTENSION"], ...rows], new Set([0, 1]));
}

/** Biggest files, one a line, with the layer that each is of. */
function topLines(
  files: readonly UsedFile[],
  layers: readonly Pick<LayerFacts, "diffId">[],
  style: DuStyle,
): readonly string[] {
  const rows = files.map(({ path, node, sizeBytes }) => [
    sizeCell(sizeBytes, style),
    layerWords(node.layerIndex, layers),
    nameWords(path, style),
  ]);
  return alignRows([["SIZE", "LAYER", "FILE"], ...rows], new Set([0]));
}

/** Layers that waste something with their biggest files, and what all of them come to. */
function wasteLines(
  files: readonly WastedFile[],
  layers: readonly MeasuredLayer[],
  style: DuStyle,
): readonly string[] {
  const lines = layers.flatMap((layer) => {
    const own = files.filter(({ layerIndex }) => layerIndex === layer.layerIndex);
    return own.length === 0 ? [] : layerWasteLines(layer, own, style);
  });
  const total = layers.reduce((sum, { wastedBytes }) => sum + wastedBytes, 0);
  const held = layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return [...lines, `wasted in all: ${sizeCell(total, style)} of ${sizeCell(held, style)}`];
}

function layerWasteLines(
  layer: MeasuredLayer,
  files: readonly WastedFile[],
  style: DuStyle,
): readonly string[] {
  const [wasted, whole] = [sizeCell(layer.wastedBytes, style), sizeCell(layer.sizeBytes, style)];
  const shown = biggest(files, style.maxWasted);
  const rows = shown.map((file) => [
    `  ${sizeCell(file.sizeBytes, style)}`,
    nameWords(file.path, style),
    `${file.because} by layer ${file.byLayerIndex}`,
  ]);
  const more = files.length - shown.length;
  return [
    `layer ${layerName(layer)}: ${wasted} of ${whole} in ${count(files.length, "file")}`,
    ...alignRows(rows, new Set([0])),
    ...(more > 0 ? [`  and ${count(more, "more file")}`] : []),
  ];
}

const layerName = ({ layerIndex, diffId }: MeasuredLayer): string =>
  `${layerIndex} ${shortDiffId(diffId)}`;

/** Each content that is there several times, and where. */
function duplicateLines(duplicates: readonly Duplicate[], style: DuStyle): readonly string[] {
  const lines = duplicates.flatMap(({ sha256, sizeBytes, paths }) => [
    `${sizeCell(sizeBytes, style)} in ${count(paths.length, "file")}, sha256 ${sha256.slice(0, 12)}`,
    ...paths.map((path) => `  ${nameWords(path, style)}`),
  ]);
  const extra = duplicates.reduce(
    (sum, { sizeBytes, paths }) => sum + sizeBytes * (paths.length - 1),
    0,
  );
  return [
    ...lines,
    `twice or more, in all: ${sizeCell(extra, style)} (programs and libraries only)`,
  ];
}
