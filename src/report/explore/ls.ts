import type { ListedFile, Listing } from "../../explore/listing.ts";
import { cellsOf } from "../clean.ts";
import { layerWords } from "./layer-words.ts";
import { longLines, type LongOptions } from "./long-line.ts";
import { paintName } from "./name-colors.ts";
import { nameWords } from "./name-words.ts";

export interface LsOptions extends LongOptions {
  readonly form: "names" | "columns" | "long" | "null";
  /** Cells of a line, for columns. */
  readonly columns: number;
  /** Whether each directory is named before what lies in it. */
  readonly hasHeadings: boolean;
}

/** What `ls` prints: files first, then the directories, an empty line between. With `null` each name ends in a NUL. */
export function renderLs({ files, directories }: Listing, options: LsOptions): string {
  if (options.form === "null") return nullNames({ files, directories, failures: [] });
  const blocks: string[] = files.length === 0 ? [] : [blockOf(files, options)];
  for (const directory of directories) {
    const heading = options.hasHeadings ? `${nameWords(directory.name, options)}:\n` : "";
    blocks.push(heading + blockOf(directory.files, options));
  }
  return blocks.join("\n");
}

/** Headings would end in NULs too, and could not be told from names: `ls --zero` does so, and is of no use. */
function nullNames({ files, directories }: Listing): string {
  const [only] = directories;
  const isOne = files.length === 0 && directories.length === 1;
  if (isOne && only !== undefined) return only.files.map(({ name }) => `${name}\0`).join("");
  const all = [...files, ...directories.flatMap((one) => one.files)];
  return all.map(({ path }) => `${path}\0`).join("");
}

function blockOf(files: readonly ListedFile[], options: LsOptions): string {
  const lines = linesOf(files, options);
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

function linesOf(files: readonly ListedFile[], options: LsOptions): readonly string[] {
  if (options.form === "long") return longLines(files, options);
  const { layers } = options;
  const names = files.map(({ name, node }): Name => {
    const plain = nameWords(name, options);
    const shown = options.isColored ? paintName(plain, node.entry) : plain;
    const lead = layers === null ? "" : `${layerWords(node.layerIndex, layers)} `;
    return { shown: lead + shown, cells: cellsOf(lead + plain) };
  });
  return options.form === "columns"
    ? columnLines(names, options.columns)
    : names.map(({ shown }) => shown);
}

/** `cells`: what it takes of a line, its colour apart. */
interface Name {
  readonly shown: string;
  readonly cells: number;
}

const gap = 2;

/** As many columns as fit, names down each one in turn. */
function columnLines(names: readonly Name[], width: number): readonly string[] {
  // The narrowest name alone takes three cells with its gap.
  for (let count = Math.min(names.length, Math.floor(width / (1 + gap)) + 1); count > 1; count--) {
    const rows = Math.ceil(names.length / count);
    const widths = widthsOf(names, rows);
    const total = widths.reduce((sum, one) => sum + one + gap, -gap);
    if (total <= width) return rowsOf(names, rows, widths);
  }
  return names.map(({ shown }) => shown);
}

function widthsOf(names: readonly Name[], rows: number): readonly number[] {
  const widths: number[] = [];
  for (const [at, { cells }] of names.entries()) {
    const column = Math.floor(at / rows);
    widths[column] = Math.max(widths[column] ?? 0, cells);
  }
  return widths;
}

function rowsOf(
  names: readonly Name[],
  rows: number,
  widths: readonly number[],
): readonly string[] {
  return Array.from({ length: rows }, (_, row) => {
    let line = "";
    for (let at = row, column = 0; at < names.length; at += rows, column++) {
      const isLast = at + rows >= names.length;
      const { shown = "", cells = 0 } = names[at] ?? {};
      line += shown + " ".repeat(isLast ? 0 : (widths[column] ?? 0) + gap - cells);
    }
    return line;
  });
}
