import { FormatError } from "../format-error.ts";
import type { RandomAccess } from "../random-access.ts";
import type { ProblemLog } from "../record-problem.ts";
import { BerkeleyPages, pageHeaderBytes, type BerkeleyPage } from "./berkeley-pages.ts";
import type { HeaderBlob } from "./header-blob.ts";

/** Types of pages. Source: Berkeley DB src/dbinc/db_page.h. */
const [unsortedHashPage, hashPage, overflowPage] = [2, 13, 7];
/** Types of items on a hash page: bytes that follow; length and first page of bytes elsewhere. */
const [inPageItem, offPageItem] = [1, 3];
const offPageItemBytes = 12;
/** Below that a value is no header but the counter that rpm keeps under key 0. */
const minHeaderBytes = 24;

/**
 * The header blobs of a Berkeley DB hash table, `Packages` of rpm before 4.16, of either byte order, page by page. A
 * broken page or chain is logged and loses only what it holds; each page is read for one package only. Throws FormatError
 * when the file is none, or is encrypted. Source: rpm lib/backend/bdb_ro.cc; Berkeley DB src/dbinc/db_page.h.
 */
export function* readBerkeley(file: RandomAccess, problems: ProblemLog): Generator<HeaderBlob> {
  const pages = new BerkeleyPages(file);
  for (let number = 1; number <= pages.lastPage; number++) {
    const page = attempt(problems, pages.offsetOf(number), () => pages.peek(number));
    if (page === null || (page.type !== hashPage && page.type !== unsortedHashPage)) continue;
    const items = attempt(problems, pages.offsetOf(number), () => readItems(pages, page)) ?? [];
    for (const item of items) {
      const blob = attempt(problems, pages.offsetOf(number) + item.start, () =>
        readValue(pages, page, item),
      );
      if (blob !== null) yield { blob, offsetBytes: pages.offsetOf(number) + item.start };
    }
  }
}

/** Where an item is in its page. */
interface Item {
  readonly start: number;
  readonly end: number;
}

/** Keys and values in turns; the items lie from the end of the page towards its start. Only the values come back. */
function readItems(pages: BerkeleyPages, page: BerkeleyPage): readonly Item[] {
  const count = page.entryCount;
  if (pageHeaderBytes + count * 2 > pages.pageBytes) {
    throw new FormatError("rpm", `Page ${page.number} cannot hold its ${count} items`);
  }
  const values: Item[] = [];
  let end = pages.pageBytes;
  for (let index = 0; index < count; index++) {
    const start = pages.readUInt16(page.bytes, pageHeaderBytes + index * 2);
    if (start >= end || start < pageHeaderBytes + count * 2) {
      throw new FormatError("rpm", `The items of page ${page.number} are not in order`);
    }
    if (index % 2 === 1) values.push({ start, end });
    end = start;
  }
  return values;
}

/** The value of an item; null for one that is no header. */
function readValue(pages: BerkeleyPages, page: BerkeleyPage, item: Item): Uint8Array | null {
  const bytes = page.bytes.subarray(item.start, item.end);
  const type = bytes[0];
  if (type === inPageItem) return bytes.length > minHeaderBytes ? bytes.subarray(1) : null;
  if (type !== offPageItem) throw new FormatError("rpm", `An item has type ${type}`);
  if (bytes.length !== offPageItemBytes) {
    throw new FormatError("rpm", `A pointer to other pages has ${bytes.length} bytes`);
  }
  return readChain(pages, pages.readUInt32(bytes, 4), pages.readUInt32(bytes, 8));
}

/** Overflow pages from the first on, until `length` bytes are there. */
function readChain(pages: BerkeleyPages, first: number, length: number): Uint8Array {
  if (length > pages.lastPage * pages.pageBytes) {
    throw new FormatError("rpm", `A package of ${length} bytes is bigger than the file`);
  }
  const parts: Buffer[] = [];
  let missing = length;
  for (let next = first; missing > 0;) {
    const page = pages.take(next);
    if (page.type !== overflowPage) {
      throw new FormatError("rpm", `Page ${next} has type ${page.type}, not that of an overflow`);
    }
    const used = page.freeOffset;
    if (used === 0 || used > missing || pageHeaderBytes + used > pages.pageBytes) {
      throw new FormatError("rpm", `Page ${next} holds ${used} bytes of the ${missing} missing`);
    }
    parts.push(page.bytes.subarray(pageHeaderBytes, pageHeaderBytes + used));
    missing -= used;
    next = page.next;
  }
  return Buffer.concat(parts);
}

/** Runs one step; a FormatError of it is logged. */
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
