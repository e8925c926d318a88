import { cellsOf } from "../clean.ts";

/**
 * Cells in columns, two blanks between, nothing cut: a name that was cut is of no use behind a pipe. Columns whose position is in
 * `right` are aligned to the right. Nothing is added behind the last cell of a row.
 */
export function alignRows(
  rows: readonly (readonly string[])[],
  right: ReadonlySet<number> = new Set(),
): readonly string[] {
  const sizes = rows.map((row) => row.map(cellsOf));
  const widths: number[] = [];
  for (const row of sizes) {
    row.forEach((cells, at) => (widths[at] = Math.max(widths[at] ?? 0, cells)));
  }
  return rows.map((row, index) =>
    row
      .map((cell, at) => {
        const filler = " ".repeat((widths[at] ?? 0) - (sizes[index]?.[at] ?? 0));
        return right.has(at) ? filler + cell : cell + filler;
      })
      .join("  ")
      .trimEnd(),
  );
}
