import { cellsOf, shorten } from "./clean.ts";

/** How an answer is printed. */
export interface TextOptions {
  /** Characters per line. Tables fit into it; a path that is longer than a line stays whole. */
  readonly columns: number;
  readonly color: boolean;
  /** All findings, where was searched, evidence, measurements. */
  readonly explain: boolean;
  /** False leaves the Dockerfile out. */
  readonly dockerfile?: boolean;
}

export type Style = "good" | "doubtful" | "bad" | "strong" | "faint";

/** SGR parameters. Source: ECMA-48, 8.3.117. */
const codes: Readonly<Record<Style, number>> = {
  good: 32,
  doubtful: 33,
  bad: 31,
  strong: 1,
  faint: 2,
};

/** Colours text that takes no more room for it; as it is when no colour is wanted. */
export function paint(text: string, style: Style, isColored: boolean): string {
  return isColored ? `\u001b[${codes[style]}m${text}\u001b[0m` : text;
}

/**
 * Breaks text at spaces into lines of at most `columns`; the first is indented by `indent`, the others by two more.
 * A word that is too long has a line of its own.
 */
export function wrap(text: string, columns: number, indent: string): readonly string[] {
  const lines: string[] = [];
  let line = indent;
  let isEmpty = true;
  for (const word of text.split(" ")) {
    if (!isEmpty && cellsOf(line) + 1 + cellsOf(word) > columns) {
      lines.push(line);
      line = `${indent}  `;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}

export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
  /** One per row. */
  readonly cells: readonly string[];
  /** Least cells it may be shortened to; absent: it is shown whole or not at all. */
  readonly minCells?: number;
  /** Comes only when those before it have all the room that they want. */
  readonly isExtra?: boolean;
  readonly styles?: readonly (Style | null)[];
}

const gap = "  ";

/**
 * Lines of a table, titles first. Columns come in order of importance; one that does not fit is left out, or shortened
 * where it can be. What remains of the line goes to those that were shortened. `order` is the order on the line, as
 * positions in `columns`.
 */
export function tableLines(
  columns: readonly Column[],
  order: readonly number[],
  options: Pick<TextOptions, "columns" | "color">,
): readonly string[] {
  const widths = fitColumns(columns, options.columns);
  const shown = order.filter((at) => widths.has(at));
  const rows = columns[0]?.cells.length ?? 0;
  const title = shown.map((at) => pad(columns[at]?.title ?? "", at)).join(gap);
  const lines = Array.from({ length: rows }, (_, row) =>
    shown
      .map((at) => {
        const column = columns[at];
        const style = column?.styles?.[row] ?? null;
        const cell = pad(column?.cells[row] ?? "", at);
        return style === null ? cell : paintTrimmed(cell, style);
      })
      .join(gap)
      .trimEnd(),
  );
  return [paint(title.trimEnd(), "strong", options.color), ...lines];

  function pad(text: string, at: number): string {
    const width = widths.get(at) ?? 0;
    const cut = shortenCells(text, width);
    const filler = " ".repeat(Math.max(0, width - cellsOf(cut)));
    return columns[at]?.align === "right" ? filler + cut : cut + filler;
  }
  function paintTrimmed(cell: string, style: Style): string {
    const text = cell.trimEnd();
    return paint(text, style, options.color) + cell.slice(text.length);
  }
}

/** Cells of each column that is shown, by its position. */
function fitColumns(columns: readonly Column[], total: number): ReadonlyMap<number, number> {
  const natural = columns.map(({ title, cells }) => Math.max(...[title, ...cells].map(cellsOf)));
  const widths = new Map<number, number>();
  let left = total;
  const widen = (): void => {
    for (const [at, width] of widths) {
      const more = Math.max(0, Math.min((natural[at] ?? 0) - width, left));
      widths.set(at, width + more);
      left -= more;
    }
  };
  for (const [at, column] of columns.entries()) {
    if (column.isExtra === true) widen();
    const whole = natural[at] ?? 0;
    const least = Math.min(whole, column.minCells ?? whole);
    const room = left - (widths.size === 0 ? 0 : gap.length);
    // The first two are always there: without them a row says nothing.
    if (least > room && at > 1) continue;
    widths.set(at, least);
    left = room - least;
  }
  widen();
  return widths;
}

function shortenCells(text: string, cells: number): string {
  let characters = Math.min(cells, text.length);
  let cut = shorten(text, characters);
  // Wide characters take two cells.
  while (cellsOf(cut) > cells && characters > 0) cut = shorten(text, --characters);
  return cut;
}
