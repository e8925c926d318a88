import { shareLayers, type ImageSummary } from "../../explore/compare/summarise.ts";
import { formatBytes } from "../amounts.ts";
import { cellsOf, shorten } from "../clean.ts";
import { paint } from "../layout.ts";
import { orderFailure, writeJson } from "../json.ts";
import { isoMinute } from "./iso-minute.ts";
import { nameWords, type NameStyle } from "./name-words.ts";

export interface CompareStyle extends NameStyle {
  /** Cells of a line. */
  readonly columns: number;
  readonly color: boolean;
}

interface Row {
  readonly title: string;
  readonly cell: (image: ImageSummary, all: readonly ImageSummary[]) => string;
}

/** Not known is `?`, that there is none is `none`. */
const rows: readonly Row[] = [
  { title: "platform", cell: ({ platform }) => platform ?? "?" },
  { title: "download", cell: ({ downloadBytes }) => formatBytes(downloadBytes) },
  { title: "on disk", cell: ({ unpackedBytes }) => formatBytes(unpackedBytes) },
  { title: "layers", cell: ({ layers }) => String(layers.length) },
  { title: "shared with 1", cell: sharedWords },
  { title: "files", cell: ({ files }) => String(files) },
  { title: "system", cell: ({ distro }) => versionWords(distro?.id, distro?.version) },
  { title: "packages", cell: packageWords },
  { title: "C library", cell: ({ libc }) => versionWords(libc?.kind, libc?.version) },
  { title: "shell", cell: ({ shell }) => shell ?? "none" },
  { title: "installs with", cell: ({ packageManager }) => packageManager ?? "none" },
  { title: "user", cell: ({ user }) => (user === null ? "?" : user === "" ? "root" : user) },
  { title: "created", cell: ({ created }) => (created === null ? "?" : isoMinute(created)) },
  { title: "digest", cell: ({ digest }) => digest?.replace(/^sha\d+:/, "").slice(0, 12) ?? "?" },
];

/** Layers that the first image has too, and what a host that has it saves. */
function sharedWords(image: ImageSummary, [first = image]: readonly ImageSummary[]): string {
  if (image === first) return "-";
  const { layers, storedBytes } = shareLayers(image, first);
  return layers === 0 ? "none" : `${layers}, ${formatBytes(storedBytes)}`;
}

function packageWords({ packages }: ImageSummary): string {
  return packages === null ? "no database" : `${packages.count} ${packages.manager}`;
}

function versionWords(kind: string | undefined, version: string | null | undefined): string {
  return kind === undefined ? "none" : `${kind} ${version ?? "?"}`;
}

const gap = "  ";
/** Widest and least cells of one image's column. */
const [widest, least] = [34, 18];

/** One column per image; those that do not fit beside each other come below. Ends in a line end. */
export function renderComparison(images: readonly ImageSummary[], style: CompareStyle): string {
  const titles = images.map(({ reference }, at) => `${at + 1} ${reference}`);
  const titleWidth = Math.max(...rows.map(({ title }) => title.length));
  const room = style.columns - titleWidth;
  const most = Math.max(1, Math.floor(room / (gap.length + least)));
  const perBlock = Math.min(images.length, most);
  const width = Math.min(widest, Math.max(least, Math.floor(room / perBlock) - gap.length));
  const blocks: string[] = [];
  for (let from = 0; from < images.length; from += perBlock) {
    const shown = images.slice(from, from + perBlock);
    const line = (title: string, cells: readonly string[]): string => {
      const all = cells.map((cell) => fit(nameWords(cell, style), width));
      return [title.padEnd(titleWidth), ...all].join(gap).trimEnd();
    };
    const lines = [
      paint(line("", titles.slice(from, from + perBlock)), "strong", style.color),
      ...rows.map(({ title, cell }) =>
        line(
          title,
          shown.map((image) => cell(image, images)),
        ),
      ),
    ];
    blocks.push(lines.map((one) => `${one}\n`).join(""));
  }
  return blocks.join("\n");
}

function fit(text: string, width: number): string {
  let characters = width;
  let cut = shorten(text, characters);
  while (cellsOf(cut) > width && characters > 0) cut = shorten(text, --characters);
  return cut + " ".repeat(Math.max(0, width - cellsOf(cut)));
}

export interface CompareDocument {
  readonly tool: string;
  readonly images: readonly ImageSummary[];
}

/** Each with what it shares with every other one. Schema: schema/compare@1.json. */
export function renderComparisonJson({ tool, images }: CompareDocument): string {
  const documents = images.map(({ failures, ...image }) => ({
    ...image,
    // By position in `images`; null for itself.
    shared: images.map((other) =>
      other.layers === image.layers ? null : shareLayers(image, other),
    ),
    failures: failures.map(orderFailure),
  }));
  return writeJson({ schema: "fromage/compare@1", tool, images: documents });
}
