import { FormatError } from "../format-error.ts";
import { readVarint } from "./record.ts";

/** Length of the database header at the start of page 1. */
export const fileHeaderBytes = 100;

const interiorTable = 0x05;
const leafTable = 0x0d;

/** A page with rows. */
export interface LeafPage {
  readonly kind: "leaf";
  readonly number: number;
  readonly bytes: Buffer;
  /** Where each cell begins in the page. */
  readonly cells: readonly number[];
}

/** A page of a table's tree; `children` by row number. */
export type TablePage =
  LeafPage | { readonly kind: "interior"; readonly children: readonly number[] };

/** Where pages come from. */
export interface PageSource {
  /** Page size without the reserved bytes at its end. */
  readonly usableBytes: number;
  readonly pageCount: number;
  /** Page `number`, 1-based. Throws FormatError when there is none, or it was taken before. */
  take(number: number): Buffer;
}

/** Reads a page of a table's tree. Throws FormatError. Source: https://www.sqlite.org/fileformat2.html section 1.6. */
export function readTablePage(bytes: Buffer, number: number, usableBytes: number): TablePage {
  const start = number === 1 ? fileHeaderBytes : 0;
  const type = bytes.readUInt8(start);
  if (type !== leafTable && type !== interiorTable) {
    throw new FormatError("sqlite", `Page ${number} has type ${type}, not that of a table`);
  }
  const pointersAt = start + (type === leafTable ? 8 : 12);
  const count = bytes.readUInt16BE(start + 3);
  if (pointersAt + count * 2 > usableBytes) {
    throw new FormatError("sqlite", `Page ${number} cannot hold its ${count} cells`);
  }
  const cells: number[] = [];
  for (let index = 0; index < count; index++) {
    const cell = bytes.readUInt16BE(pointersAt + index * 2);
    if (cell < pointersAt + count * 2 || cell + 4 > usableBytes) {
      throw new FormatError("sqlite", `A cell of page ${number} begins at ${cell}, outside it`);
    }
    cells.push(cell);
  }
  if (type === leafTable) return { kind: "leaf", number, bytes, cells };
  const children = cells.map((cell) => bytes.readUInt32BE(cell));
  return { kind: "interior", children: [...children, bytes.readUInt32BE(start + 8)] };
}

/** One row as far as its leaf has it. */
export interface Cell {
  readonly rowId: number;
  readonly payloadBytes: number;
  /** The start of the payload; shares memory with the page. */
  readonly local: Buffer;
  /** First of the pages with the rest; null when there is none. */
  readonly overflow: number | null;
  /** How much of the leaf it takes. */
  readonly cellBytes: number;
}

/** Payload length, row number, payload; what does not fit is in a chain of overflow pages. Throws FormatError. */
export function readCell(page: Buffer, cell: number, pages: PageSource): Cell {
  const length = readVarint(page, cell);
  const rowId = readVarint(page, length.next);
  const payloadBytes = length.value;
  if (payloadBytes > pages.pageCount * pages.usableBytes) {
    throw new FormatError("sqlite", `A row of ${payloadBytes} bytes is bigger than the file`);
  }
  const localBytes = localPayloadBytes(payloadBytes, pages.usableBytes);
  const hasOverflow = localBytes < payloadBytes;
  const end = rowId.next + localBytes;
  if (end + (hasOverflow ? 4 : 0) > pages.usableBytes) {
    throw new FormatError("sqlite", "A row runs over the end of its page");
  }
  return {
    rowId: rowId.value,
    payloadBytes,
    local: page.subarray(rowId.next, end),
    overflow: hasOverflow ? page.readUInt32BE(end) : null,
    cellBytes: end - cell,
  };
}

/** The whole payload of a cell, and the pages of its chain in their order. Throws FormatError. */
export function readPayload(
  cell: Cell,
  pages: PageSource,
): { readonly payload: Buffer; readonly overflow: readonly number[] } {
  if (cell.overflow === null) return { payload: cell.local, overflow: [] };
  const parts = [cell.local];
  const overflow: number[] = [];
  let missing = cell.payloadBytes - cell.local.length;
  for (let next = cell.overflow; missing > 0;) {
    const page = pages.take(next);
    overflow.push(next);
    const part = page.subarray(4, Math.min(pages.usableBytes, 4 + missing));
    parts.push(part);
    missing -= part.length;
    next = page.readUInt32BE(0);
  }
  return { payload: Buffer.concat(parts), overflow };
}

/** How much of a payload is in the leaf itself. Source: fileformat2.html section 1.6, "U-35" and the M, K rules. */
function localPayloadBytes(total: number, usable: number): number {
  const max = usable - 35;
  if (total <= max) return total;
  const min = Math.floor(((usable - 12) * 32) / 255) - 23;
  const fitting = min + ((total - min) % (usable - 4));
  return fitting <= max ? fitting : min;
}
