import { FormatError } from "../format-error.ts";
import type { RandomAccess } from "../random-access.ts";
import type { ProblemLog } from "../record-problem.ts";
import { SqlitePages } from "./pages.ts";
import { readRecord, type SqliteValue } from "./record.ts";
import { readCell, readPayload, readTablePage, type Cell, type LeafPage } from "./table-page.ts";

/** One row of a table, columns in the order of its definition. `offsetBytes`: where its cell begins in the file. */
export interface SqliteRow {
  readonly rowId: number;
  readonly values: readonly SqliteValue[];
  readonly offsetBytes: number;
}

/** A row and where it is: its leaf, and the pages of its chain. */
export interface PlacedRow extends SqliteRow {
  readonly leaf: number;
  readonly cell: Cell;
  readonly overflow: readonly number[];
}

/** Levels of a table's tree; SQLite itself stops at 20 (BTCURSOR_MAX_DEPTH in btreeInt.h). */
export const maxLevels = 20;

/**
 * The rows of one table, by row number, read straight from the pages: no SQL, no index, no write-ahead log.
 * A broken page or row is logged and loses only itself. Throws FormatError when the file is no SQLite database
 * or has no such table. Source: https://www.sqlite.org/fileformat2.html sections 1.6 and 2.6.
 */
export function* readTable(
  file: RandomAccess,
  table: string,
  problems: ProblemLog,
): Generator<SqliteRow> {
  yield* new SqliteTable(file, table, problems).rows();
}

/** One table of a file, with its tree as far as it was read. */
export class SqliteTable {
  readonly #problems: ProblemLog;
  readonly pages: SqlitePages;
  /** Number of its first page. */
  readonly root: number;
  /** Pages that lead on, with those they lead to. */
  readonly interiors = new Map<number, readonly number[]>();

  /** Throws FormatError when the file is no SQLite database or has no such table. */
  constructor(file: RandomAccess, name: string, problems: ProblemLog) {
    this.#problems = problems;
    this.pages = new SqlitePages(file);
    const root = this.#findRoot(name);
    if (root === null) throw new FormatError("sqlite", `There is no table "${name}"`);
    this.root = root;
    this.pages.release();
    this.interiors.clear();
  }

  /** As `readTable`. Once only: pages are taken. */
  rows(): Generator<PlacedRow> {
    return this.#walk(this.root);
  }

  /** Page 1 is the root of the schema. */
  #findRoot(table: string): number | null {
    for (const { values } of this.#walk(1)) {
      const root = rootOf(values, table);
      if (root !== null) return root;
    }
    return null;
  }

  /** Depth first, left to right, with a stack of its own. */
  *#walk(root: number): Generator<PlacedRow> {
    const { pages } = this;
    const open = [{ number: root, level: 1 }];
    for (let top = open.pop(); top !== undefined; top = open.pop()) {
      const { number, level } = top;
      const page = attempt(this.#problems, pages.offsetOf(number), () =>
        readTablePage(pages.take(number), number, pages.usableBytes),
      );
      if (page === null) continue;
      if (page.kind === "leaf") {
        yield* this.#readRows(page);
      } else if (level >= maxLevels) {
        const what = `The tree is deeper than ${maxLevels} levels`;
        this.#problems.malformed(what, pages.offsetOf(number));
      } else {
        this.interiors.set(number, page.children);
        const children = page.children.map((child) => ({ number: child, level: level + 1 }));
        open.push(...children.toReversed());
      }
    }
  }

  /** Cells of a sound page do not overlap; those of a hostile one may, to be read a thousand times. */
  *#readRows(leaf: LeafPage): Generator<PlacedRow> {
    const { pages } = this;
    let leftBytes = pages.usableBytes;
    for (const cellAt of leaf.cells) {
      const offsetBytes = pages.offsetOf(leaf.number) + cellAt;
      const row = attempt(this.#problems, offsetBytes, () => {
        const cell = readCell(leaf.bytes, cellAt, pages);
        const { payload, overflow } = readPayload(cell, pages);
        leftBytes -= cell.cellBytes;
        if (leftBytes < 0) {
          throw new FormatError("sqlite", `The cells of page ${leaf.number} overlap`);
        }
        const values = readRecord(payload);
        return { rowId: cell.rowId, values, offsetBytes, leaf: leaf.number, cell, overflow };
      });
      if (row !== null) yield row;
    }
  }
}

/** Of a row of the schema, (type, name, tbl_name, rootpage, sql), the root of the table of that name; else null. */
export function rootOf(values: readonly SqliteValue[], table: string): number | null {
  const [type, name, , root] = values;
  return type === "table" && name === table && typeof root === "number" ? root : null;
}

/** Runs one step; a FormatError of it is logged at `offsetBytes`. */
export function attempt<Value>(
  problems: ProblemLog,
  offsetBytes: number | null,
  step: () => Value,
): Value | null {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    problems.malformed(error.message, offsetBytes);
    return null;
  }
}
