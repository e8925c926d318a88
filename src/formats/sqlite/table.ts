import { FormatError } from "../format-error.ts";
import type { RandomAccess } from "../random-access.ts";
import type { ProblemLog } from "../record-problem.ts";
import { fileHeaderBytes, SqlitePages } from "./pages.ts";
import { readRecord, readVarint, type SqliteValue } from "./record.ts";

/** One row of a table, columns in the order of its definition. `offsetBytes`: where its cell begins in the file. */
export interface SqliteRow {
  readonly rowId: number;
  readonly values: readonly SqliteValue[];
  readonly offsetBytes: number;
}

const interiorTable = 0x05;
const leafTable = 0x0d;
/** Levels of a table's tree; SQLite itself stops at 20 (BTCURSOR_MAX_DEPTH in btreeInt.h). */
const maxLevels = 20;

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
  const pages = new SqlitePages(file);
  const root = findRoot(pages, table, problems);
  if (root === null) throw new FormatError("sqlite", `There is no table "${table}"`);
  pages.release();
  yield* walk(pages, root, problems);
}

/** Page 1 is the root of the schema: (type, name, tbl_name, rootpage, sql). */
function findRoot(pages: SqlitePages, table: string, problems: ProblemLog): number | null {
  for (const { values } of walk(pages, 1, problems)) {
    const [type, name, , root] = values;
    if (type === "table" && name === table && typeof root === "number") return root;
  }
  return null;
}

/** Depth first, left to right, with a stack of its own. */
function* walk(pages: SqlitePages, root: number, problems: ProblemLog): Generator<SqliteRow> {
  const open = [{ number: root, level: 1 }];
  for (let top = open.pop(); top !== undefined; top = open.pop()) {
    const { number, level } = top;
    const page = attempt(problems, pages.offsetOf(number), () => readPage(pages, number));
    if (page === null) continue;
    if (page.kind === "leaf") {
      yield* readRows(pages, page, problems);
    } else if (level >= maxLevels) {
      problems.malformed(`The tree is deeper than ${maxLevels} levels`, pages.offsetOf(number));
    } else {
      open.push(
        ...page.children.map((child) => ({ number: child, level: level + 1 })).toReversed(),
      );
    }
  }
}

interface LeafPage {
  readonly kind: "leaf";
  readonly number: number;
  readonly bytes: Buffer;
  /** Where each cell begins in the page. */
  readonly cells: readonly number[];
}

type TablePage = LeafPage | { readonly kind: "interior"; readonly children: readonly number[] };

function readPage(pages: SqlitePages, number: number): TablePage {
  const bytes = pages.take(number);
  const start = number === 1 ? fileHeaderBytes : 0;
  const type = bytes.readUInt8(start);
  if (type !== leafTable && type !== interiorTable) {
    throw new FormatError("sqlite", `Page ${number} has type ${type}, not that of a table`);
  }
  const pointersAt = start + (type === leafTable ? 8 : 12);
  const count = bytes.readUInt16BE(start + 3);
  if (pointersAt + count * 2 > pages.usableBytes) {
    throw new FormatError("sqlite", `Page ${number} cannot hold its ${count} cells`);
  }
  const cells: number[] = [];
  for (let index = 0; index < count; index++) {
    const cell = bytes.readUInt16BE(pointersAt + index * 2);
    if (cell < pointersAt + count * 2 || cell + 4 > pages.usableBytes) {
      throw new FormatError("sqlite", `A cell of page ${number} begins at ${cell}, outside it`);
    }
    cells.push(cell);
  }
  if (type === leafTable) return { kind: "leaf", number, bytes, cells };
  const children = cells.map((cell) => bytes.readUInt32BE(cell));
  return { kind: "interior", children: [...children, bytes.readUInt32BE(start + 8)] };
}

/** Cells of a sound page do not overlap; those of a hostile one may, to be read a thousand times. */
function* readRows(pages: SqlitePages, leaf: LeafPage, problems: ProblemLog): Generator<SqliteRow> {
  let leftBytes = pages.usableBytes;
  for (const cell of leaf.cells) {
    const offsetBytes = pages.offsetOf(leaf.number) + cell;
    const row = attempt(problems, offsetBytes, () => {
      const { rowId, payload, cellBytes } = readCell(pages, leaf.bytes, cell);
      leftBytes -= cellBytes;
      if (leftBytes < 0) {
        throw new FormatError("sqlite", `The cells of page ${leaf.number} overlap`);
      }
      return { rowId, values: readRecord(payload), offsetBytes };
    });
    if (row !== null) yield row;
  }
}

/** Payload length, row number, payload; what does not fit into the page is in a chain of overflow pages. */
function readCell(
  pages: SqlitePages,
  page: Buffer,
  cell: number,
): { rowId: number; payload: Buffer; cellBytes: number } {
  const length = readVarint(page, cell);
  const rowId = readVarint(page, length.next);
  const total = length.value;
  if (total > pages.pageCount * pages.usableBytes) {
    throw new FormatError("sqlite", `A row of ${total} bytes is bigger than the file`);
  }
  const localBytes = localPayloadBytes(total, pages.usableBytes);
  const end = rowId.next + localBytes;
  if (end + (localBytes < total ? 4 : 0) > pages.usableBytes) {
    throw new FormatError("sqlite", "A row runs over the end of its page");
  }
  const local = page.subarray(rowId.next, end);
  const cellBytes = end - cell;
  if (localBytes === total) return { rowId: rowId.value, payload: local, cellBytes };
  const parts = [local];
  let missing = total - localBytes;
  for (let next = page.readUInt32BE(end); missing > 0;) {
    const overflow = pages.take(next);
    const part = overflow.subarray(4, Math.min(pages.usableBytes, 4 + missing));
    parts.push(part);
    missing -= part.length;
    next = overflow.readUInt32BE(0);
  }
  return { rowId: rowId.value, payload: Buffer.concat(parts), cellBytes };
}

/** How much of a payload is in the leaf itself. Source: fileformat2.html section 1.6, "U-35" and the M, K rules. */
function localPayloadBytes(total: number, usable: number): number {
  const max = usable - 35;
  if (total <= max) return total;
  const min = Math.floor(((usable - 12) * 32) / 255) - 23;
  const fitting = min + ((total - min) % (usable - 4));
  return fitting <= max ? fitting : min;
}

/** Runs one step; a FormatError of it is logged, at its own offset or at `offsetBytes`. */
function attempt<Value>(
  problems: ProblemLog,
  offsetBytes: number,
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
