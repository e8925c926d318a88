import type { ConfigChange } from "../../explore/diff/config-changes.ts";
import type { ImageDiff } from "../../explore/diff/diff-views.ts";
import type { FileChange } from "../../explore/diff/file-changes.ts";
import { isOtherLayers, type LayerChanges } from "../../explore/diff/layer-changes.ts";
import type { PackageChange } from "../../explore/diff/package-changes.ts";
import { count, formatBytes } from "../amounts.ts";
import { paint, type Style } from "../layout.ts";
import { alignRows } from "./align-rows.ts";
import { elfHeading, elfLines } from "./diff-elf.ts";
import { fileChangeWords } from "./diff-file.ts";
import { shortDiffId } from "./layer-words.ts";
import { nameWords, type NameStyle } from "./name-words.ts";

export interface DiffStyle extends NameStyle {
  readonly color: boolean;
  /** Only how much differs, not what. */
  readonly isStat: boolean;
}

type Kind = "added" | "removed" | "changed";

/** Each with what stands at the start of its line. */
const marks: Readonly<Record<Kind, readonly [string, Style]>> = {
  added: ["+", "good"],
  removed: ["-", "bad"],
  changed: ["~", "doubtful"],
};

interface Section {
  readonly heading: string;
  readonly lines: readonly string[];
}

/** Parts in which something differs, each with a heading that counts; empty when nothing does. Ends in a line end. */
export function renderDiff(diff: ImageDiff, style: DiffStyle): string {
  const { layers, config, packages, elf, files } = diff;
  const sections: Section[] = [];
  if (layers !== null && isOtherLayers(layers)) sections.push(layerSection(layers, style));
  if (config !== null && config.length > 0) {
    const lines = config.map((change) => configLine(change, style));
    sections.push({ heading: `config: ${countKinds(config)}`, lines });
  }
  if (packages !== null && packages.length > 0) {
    const lines = packages.map((change) => packageLine(change, style));
    sections.push({ heading: `packages: ${countKinds(packages)}`, lines });
  }
  const linked = elf === null ? [] : elfLines(elf, style);
  if (elf !== null && linked.length > 0) {
    sections.push({ heading: `programs and libraries: ${elfHeading(elf)}`, lines: linked });
  }
  if (files !== null && files.length > 0) {
    const lines = style.isStat ? [] : files.map((change) => fileLine(change, style));
    sections.push({ heading: `files: ${countKinds(files)}`, lines });
  }
  const texts = sections.map(({ heading, lines }) => {
    const all = [paint(heading, "strong", style.color), ...(style.isStat ? [] : lines)];
    return all.map((line) => `${line}\n`).join("");
  });
  return texts.join(style.isStat ? "" : "\n");
}

/** `3 added, 1 changed`; what does not occur is left out. */
export function countKinds(changes: readonly { readonly kind: Kind }[]): string {
  const kinds: readonly Kind[] = ["added", "removed", "changed"];
  return kinds
    .map((kind) => [kind, changes.filter((change) => change.kind === kind).length] as const)
    .filter(([, amount]) => amount > 0)
    .map(([kind, amount]) => `${amount} ${kind}`)
    .join(", ");
}

/** A line with its mark; only the mark has a colour, so that a name stays as it is. */
export function markLine(kind: Kind, words: string, { color }: Pick<DiffStyle, "color">): string {
  const [mark, style] = marks[kind];
  return `${paint(mark, style, color)} ${words}`;
}

function layerSection(
  { before, after, beforeBytes, afterBytes }: LayerChanges,
  style: DiffStyle,
): Section {
  const shared = before.filter(({ isShared }) => isShared).length;
  const sizes = `${formatBytes(beforeBytes)} -> ${formatBytes(afterBytes)}`;
  const heading = `layers: ${before.length} -> ${after.length}, ${shared} shared; files ${sizes}`;
  const own = [
    ...before.filter(({ isShared }) => !isShared).map((layer) => ["removed", layer] as const),
    ...after.filter(({ isShared }) => !isShared).map((layer) => ["added", layer] as const),
  ];
  const rows = alignRows(
    own.map(([, { index, diffId, storedBytes, unpackedBytes }]) => [
      `${index} ${shortDiffId(diffId)}`,
      `${formatBytes(storedBytes)} stored`,
      `${formatBytes(unpackedBytes)} in files`,
    ]),
    new Set([1, 2]),
  );
  return { heading, lines: own.map(([kind], at) => markLine(kind, rows[at] ?? "", style)) };
}

function configLine({ kind, field, before, after }: ConfigChange, style: DiffStyle): string {
  const value = kind === "changed" ? `${before ?? ""} -> ${after ?? ""}` : (before ?? after ?? "");
  const words = value === "" ? field : `${field}: ${value}`;
  return markLine(kind, nameWords(words, style).replaceAll("\n", "\\n"), style);
}

function packageLine(change: PackageChange, style: DiffStyle): string {
  const { kind, name, architecture, before, after } = change;
  const versions = [before, after].filter((list) => list.length > 0).map((list) => list.join(", "));
  const named = architecture === null ? name : `${name}:${architecture}`;
  return markLine(kind, nameWords(`${named} ${versions.join(" -> ")}`, style), style);
}

function fileLine(change: FileChange, style: DiffStyle): string {
  return markLine(change.kind, fileChangeWords(change, style), style);
}

/** What is said where some files were not compared; empty when all were. */
export function undecidedWords({ undecided }: ImageDiff): string {
  if (undecided.length === 0) return "";
  const files = count(undecided.length, "file");
  return `${files} of equal size ${undecided.length === 1 ? "was" : "were"} not compared by content`;
}
