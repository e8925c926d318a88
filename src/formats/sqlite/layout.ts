import { createHash } from "node:crypto";
import type { PlacedRow, SqliteTable } from "./table.ts";
import type { Cell } from "./table-page.ts";

/**
 * Where the rows of one table are in the pages of a file, without the rows: enough to tell which of them a write-ahead log
 * leaves as they are. Keys are page numbers.
 */
export interface SqliteLayout {
  readonly pageBytes: number;
  /** Page size without the reserved bytes at its end. */
  readonly usableBytes: number;
  readonly root: number;
  /** Pages that lead on, with those they lead to, by row number. */
  readonly interiors: Readonly<Record<string, readonly number[]>>;
  /** Pages with rows. */
  readonly leaves: Readonly<Record<string, readonly LayoutRow[]>>;
}

/** A row as its leaf has it. */
export interface LayoutRow {
  readonly rowId: number;
  readonly payloadBytes: number;
  /** First 16 hex digits of the sha256 of the part of the payload that is in the leaf. */
  readonly localSum: string;
  /** The pages with the rest, in their order. */
  readonly overflow: readonly number[];
  /** Which of the things that were read from the file it is; null where nothing came of it. */
  readonly item: number | null;
}

/** See `LayoutRow.localSum`. */
export function sumOfLocal({ local }: Cell): string {
  return createHash("sha256").update(local).digest("hex").slice(0, 16);
}

/** Notes where rows are while they are read. */
export class LayoutRecorder {
  readonly #leaves = new Map<
    number,
    (Omit<LayoutRow, "item"> & { readonly offsetBytes: number })[]
  >();

  add({ leaf, rowId, cell, overflow, offsetBytes }: PlacedRow): void {
    const { payloadBytes } = cell;
    const row = { rowId, payloadBytes, localSum: sumOfLocal(cell), overflow, offsetBytes };
    const rows = this.#leaves.get(leaf);
    if (rows === undefined) this.#leaves.set(leaf, [row]);
    else rows.push(row);
  }

  /** The layout of the table that they are of; `itemOf` says what came of each, by `offsetBytes`. */
  toLayout(table: SqliteTable, itemOf: (offsetBytes: number) => number | null): SqliteLayout {
    const leaves = Object.fromEntries(
      [...this.#leaves].map(([leaf, rows]) => [
        leaf,
        rows.map(({ offsetBytes, ...row }) => ({ ...row, item: itemOf(offsetBytes) })),
      ]),
    );
    const { pageBytes, usableBytes } = table.pages;
    const interiors = Object.fromEntries(table.interiors);
    return { pageBytes, usableBytes, root: table.root, interiors, leaves };
  }
}
