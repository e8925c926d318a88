import { FormatError } from "../format-error.ts";
import type { ProblemLog } from "../record-problem.ts";
import { sumOfLocal, type LayoutRow, type SqliteLayout } from "./layout.ts";
import { readRecord, type SqliteValue } from "./record.ts";
import { attempt, maxLevels, rootOf } from "./table.ts";
import {
  readCell,
  readPayload,
  readTablePage,
  type Cell,
  type PageSource,
  type TablePage,
} from "./table-page.ts";
import type { SqliteLog } from "./wal.ts";

/** A row of a table as the log makes it. */
export type JoinedRow =
  /** As it is in the file; `item` of its layout. */
  | { readonly kind: "kept"; readonly item: number | null }
  | { readonly kind: "written"; readonly rowId: number; readonly values: readonly SqliteValue[] };

/**
 * The rows of a table after what the log has, in the order of their numbers: what SQLite would show that opens both. Null
 * for a layout is a file without that table. A row of which only a part is in the log is logged, and is as it was before.
 * Throws FormatError when log and file do not fit together.
 */
export function* joinTable(
  layout: SqliteLayout | null,
  log: SqliteLog,
  { table, problems }: { readonly table: string; readonly problems: ProblemLog },
): Generator<JoinedRow> {
  if (layout !== null && layout.pageBytes !== log.pageBytes) {
    const sizes = `${log.pageBytes} bytes, those of the file ${layout.pageBytes}`;
    throw new FormatError("sqlite", `The pages of the write-ahead log have ${sizes}`);
  }
  const pages = new LogPages(log, layout);
  const root = findRoot(pages, table) ?? layout?.root ?? null;
  if (root === null) throw new FormatError("sqlite", `There is no table "${table}"`);
  pages.release();
  const rowsBefore = new Map(
    Object.values(layout?.leaves ?? {})
      .flat()
      .map((row) => [row.rowId, row]),
  );
  for (const leaf of walk(pages, root, problems)) {
    if (leaf.kind === "kept") yield* keepRows(leaf.rows, pages, problems);
    else yield* readRows(leaf.page, { pages, rowsBefore, problems });
  }
}

/** The pages of a log, each to be taken once. */
class LogPages implements PageSource {
  readonly #log: SqliteLog;
  readonly #taken = new Set<number>();
  readonly layout: SqliteLayout | null;
  readonly usableBytes: number;
  readonly pageCount: number;

  constructor(log: SqliteLog, layout: SqliteLayout | null) {
    this.#log = log;
    this.layout = layout;
    this.pageCount = log.pageCount;
    const first = log.pages[1] === undefined ? null : Buffer.from(log.pages[1], "base64");
    const reserved = first === null || first.length <= 20 ? 0 : first.readUInt8(20);
    this.usableBytes = layout?.usableBytes ?? log.pageBytes - reserved;
    if (this.usableBytes < 480) {
      throw new FormatError("sqlite", `A page has ${this.usableBytes} usable bytes, not 480`, 20);
    }
  }

  has(number: number): boolean {
    return this.#log.pages[number] !== undefined;
  }

  /** That a page is used, in the log or not. Throws FormatError when it was before, or is beyond the end. */
  use(number: number): void {
    if (number < 1 || number > this.pageCount) {
      throw new FormatError("sqlite", `Page ${number} is outside the ${this.pageCount} in all`);
    }
    if (this.#taken.has(number)) {
      throw new FormatError("sqlite", `Page ${number} is in two places`);
    }
    this.#taken.add(number);
  }

  take(number: number): Buffer {
    const text = this.#log.pages[number];
    if (text === undefined) throw new FormatError("sqlite", `Page ${number} is not in the log`);
    this.use(number);
    const bytes = Buffer.from(text, "base64");
    if (bytes.length === this.#log.pageBytes) return bytes;
    throw new FormatError("sqlite", `Page ${number} of the log is cut short`);
  }

  release(): void {
    this.#taken.clear();
  }
}

/**
 * The root of the table where the log has the row of the schema that says it. Null where it has not, because then that
 * row is as it was; pages of the schema that are not in the log are passed over.
 */
function findRoot(pages: LogPages, table: string): number | null {
  const open = [1];
  for (let number = open.pop(); number !== undefined; number = open.pop()) {
    const page = quietly(() => readPage(pages, number));
    if (page?.kind === "interior") open.push(...page.children);
    if (page?.kind !== "leaf") continue;
    for (const cellAt of page.cells) {
      const values = quietly(() =>
        readRecord(readPayload(readCell(page.bytes, cellAt, pages), pages).payload),
      );
      const root = values === null ? null : rootOf(values, table);
      if (root !== null) return root;
    }
  }
  return null;
}

function readPage(pages: LogPages, number: number): TablePage {
  return readTablePage(pages.take(number), number, pages.usableBytes);
}

/** What a FormatError stands for that says only that something is not in the log. */
function quietly<Value>(step: () => Value): Value | null {
  try {
    return step();
  } catch (error) {
    if (error instanceof FormatError) return null;
    throw error;
  }
}

type JoinedLeaf =
  | { readonly kind: "kept"; readonly rows: readonly LayoutRow[] }
  | { readonly kind: "written"; readonly page: Extract<TablePage, { readonly kind: "leaf" }> };

/** Depth first, left to right, each page from the log or else from the layout. */
function* walk(pages: LogPages, root: number, problems: ProblemLog): Generator<JoinedLeaf> {
  const open = [{ number: root, level: 1 }];
  for (let top = open.pop(); top !== undefined; top = open.pop()) {
    const { number, level } = top;
    const page = attempt(problems, null, () => findPage(pages, number));
    if (page === null) continue;
    if (page.kind !== "interior") {
      yield page.kind === "leaf" ? { kind: "written", page } : page;
    } else if (level >= maxLevels) {
      problems.malformed(`The tree is deeper than ${maxLevels} levels`, null);
    } else {
      const children = page.children.map((child) => ({ number: child, level: level + 1 }));
      open.push(...children.toReversed());
    }
  }
}

function findPage(
  pages: LogPages,
  number: number,
): TablePage | Extract<JoinedLeaf, { readonly kind: "kept" }> {
  if (pages.has(number)) return readPage(pages, number);
  pages.use(number);
  const children = pages.layout?.interiors[number];
  if (children !== undefined) return { kind: "interior", children };
  const rows = pages.layout?.leaves[number];
  if (rows !== undefined) return { kind: "kept", rows };
  throw new FormatError("sqlite", `Page ${number} is neither in the log nor known from the file`);
}

/** Of a leaf that the log does not have. */
function* keepRows(
  rows: readonly LayoutRow[],
  pages: LogPages,
  problems: ProblemLog,
): Generator<JoinedRow> {
  for (const row of rows) {
    if (row.overflow.some((page) => pages.has(page))) tellPart(row.rowId, problems);
    yield { kind: "kept", item: row.item };
  }
}

function tellPart(rowId: number, problems: ProblemLog): void {
  const reason = `Only a part of row ${rowId} is in the write-ahead log; it is shown as it was before`;
  problems.add({ kind: "unsupported", reason });
}

/** Of a leaf that the log has: its rows are new, or lead to pages that are as they were. */
function* readRows(
  page: Extract<TablePage, { readonly kind: "leaf" }>,
  {
    pages,
    rowsBefore,
    problems,
  }: {
    readonly pages: LogPages;
    readonly rowsBefore: ReadonlyMap<number, LayoutRow>;
    readonly problems: ProblemLog;
  },
): Generator<JoinedRow> {
  let leftBytes = pages.usableBytes;
  for (const cellAt of page.cells) {
    const row = attempt(problems, null, (): JoinedRow => {
      const cell = readCell(page.bytes, cellAt, pages);
      leftBytes -= cell.cellBytes;
      if (leftBytes < 0) {
        throw new FormatError("sqlite", `The cells of page ${page.number} overlap`);
      }
      const before = rowsBefore.get(cell.rowId);
      if (cell.overflow === null || pages.has(cell.overflow)) {
        return readWritten(cell, { pages, before, problems });
      }
      if (before?.overflow[0] !== cell.overflow) {
        throw new FormatError("sqlite", `Row ${cell.rowId} goes on in a page that is not its own`);
      }
      const isSame =
        before.payloadBytes === cell.payloadBytes &&
        before.localSum === sumOfLocal(cell) &&
        !before.overflow.some((number) => pages.has(number));
      if (!isSame) tellPart(cell.rowId, problems);
      return { kind: "kept", item: before.item };
    });
    if (row !== null) yield row;
  }
}

/** A row whose chain begins in the log; where it does not end there, the rest is as before. */
function readWritten(
  cell: Cell,
  {
    pages,
    before,
    problems,
  }: {
    readonly pages: LogPages;
    readonly before: LayoutRow | undefined;
    readonly problems: ProblemLog;
  },
): JoinedRow {
  try {
    const { payload } = readPayload(cell, pages);
    return { kind: "written", rowId: cell.rowId, values: readRecord(payload) };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    if (before === undefined || before.overflow[0] !== cell.overflow) throw error;
    tellPart(cell.rowId, problems);
    return { kind: "kept", item: before.item };
  }
}
