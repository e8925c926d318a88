import { FormatError } from "../format-error.ts";
import type { RandomAccess } from "../random-access.ts";
import { ProblemLog, type RecordProblem } from "../record-problem.ts";

/** What a write-ahead log changes in its database: the newest committed version of each page of a table. */
export interface SqliteLog {
  readonly pageBytes: number;
  /** Pages of the database after the last commit. */
  readonly pageCount: number;
  /** By page number; the bytes in base64. Pages of indexes are left out. */
  readonly pages: Readonly<Record<string, string>>;
}

/** The log, null when nothing in it counts, and what was wrong with it. */
export interface ParsedLog {
  readonly log: SqliteLog | null;
  readonly problems: readonly RecordProblem[];
}

const headerBytes = 32;
const frameHeaderBytes = 24;
/** The last bit says in which byte order the sums are. */
const magic = 0x377f_0682;
const knownVersion = 3_007_000;
/** First byte of pages of indexes. An overflow page begins with a page number, which is never that big. */
const indexPages: readonly number[] = [0x02, 0x0a];

/**
 * Reads a write-ahead log, `NAME-wal`: the frames up to the last commit whose salts and sums are right. It ends where they
 * are not, as SQLite has it; that is logged where a commit is lost by it. Older frames and unfinished changes are usual.
 * An empty log, one that was begun anew and one of which SQLite does not know the header count for nothing.
 * Throws FormatError for a version that SQLite refuses. Source: https://www.sqlite.org/fileformat2.html section 4.
 */
export function parseWal(file: RandomAccess): ParsedLog {
  const problems = new ProblemLog("sqlite");
  const header = Buffer.from(file.read(0, headerBytes));
  const pageBytes = header.length < headerBytes ? 0 : readPageBytes(header);
  if (pageBytes === 0) {
    if (header.some((byte) => byte !== 0)) {
      problems.malformed("The write-ahead log does not begin as one; nothing of it counts", 0);
    }
    return { log: null, problems: problems.toArray() };
  }
  const { frames, pageCount } = findFrames(file, { header, pageBytes }, problems);
  if (frames.size === 0) return { log: null, problems: problems.toArray() };
  const pages: Record<string, string> = {};
  for (const [number, offset] of [...frames].toSorted(([a], [b]) => a - b)) {
    const bytes = Buffer.from(file.read(offset, pageBytes));
    if (number <= pageCount && !indexPages.includes(bytes[0] ?? 0)) {
      pages[number] = bytes.toString("base64");
    }
  }
  return { log: { pageBytes, pageCount, pages }, problems: problems.toArray() };
}

/** 0 when the header is none. */
function readPageBytes(header: Buffer): number {
  const pageBytes = header.readUInt32BE(8);
  const isMagic = ((header.readUInt32BE(0) ^ magic) & ~1) === 0;
  const isPowerOfTwo = (pageBytes & (pageBytes - 1)) === 0;
  if (!isMagic || pageBytes < 512 || pageBytes > 65_536 || !isPowerOfTwo) return 0;
  const sum = addToSum([0, 0], header.subarray(0, 24), isBigEndian(header));
  if (sum[0] !== header.readUInt32BE(24) || sum[1] !== header.readUInt32BE(28)) return 0;
  const version = header.readUInt32BE(4);
  if (version === knownVersion) return pageBytes;
  throw new FormatError("sqlite", `The write-ahead log has version ${version}`, 4);
}

function isBigEndian(header: Buffer): boolean {
  return (header.readUInt32BE(0) & 1) === 1;
}

interface Log {
  readonly header: Buffer;
  readonly pageBytes: number;
}

/** Where the newest committed version of each page begins. */
function findFrames(
  file: RandomAccess,
  { header, pageBytes }: Log,
  problems: ProblemLog,
): { readonly frames: ReadonlyMap<number, number>; readonly pageCount: number } {
  const frames = new Map<number, number>();
  let pending: (readonly [number, number])[] = [];
  let [pageCount, sum]: [number, Sum] = [0, [header.readUInt32BE(24), header.readUInt32BE(28)]];
  const frameBytes = frameHeaderBytes + pageBytes;
  for (let at = headerBytes; at < file.sizeBytes; at += frameBytes) {
    const frame = Buffer.from(file.read(at, frameBytes));
    if (!isOfLog(frame, header)) break;
    if (frame.length < frameBytes) {
      problems.malformed("The write-ahead log ends within a frame, which does not count", at);
      break;
    }
    sum = addToSum(sum, frame.subarray(0, 8), isBigEndian(header));
    sum = addToSum(sum, frame.subarray(frameHeaderBytes), isBigEndian(header));
    const number = frame.readUInt32BE(0);
    const isSound = sum[0] === frame.readUInt32BE(16) && sum[1] === frame.readUInt32BE(20);
    if (!isSound || number === 0) {
      // Frames of a change that was never committed may have any sum. Source: SQLite src/wal.c, walRewriteChecksums.
      if (hasCommit(file, { header, pageBytes }, at)) {
        problems.malformed("A frame of the write-ahead log is damaged; it ends there", at);
      }
      break;
    }
    pending.push([number, at + frameHeaderBytes]);
    const committedPages = frame.readUInt32BE(4);
    if (committedPages === 0) continue;
    for (const [page, offset] of pending) frames.set(page, offset);
    pending = [];
    pageCount = committedPages;
  }
  return { frames, pageCount };
}

/** Frames with other salts are left from before the log was begun anew. */
function isOfLog(frame: Buffer, header: Buffer): boolean {
  return frame.length >= 16 && frame.compare(header, 16, 24, 8, 16) === 0;
}

/** Whether a frame at `start` or behind it, of this log, ends a change. */
function hasCommit(file: RandomAccess, { header, pageBytes }: Log, start: number): boolean {
  for (let at = start; at < file.sizeBytes; at += frameHeaderBytes + pageBytes) {
    const frame = Buffer.from(file.read(at, frameHeaderBytes));
    if (!isOfLog(frame, header)) return false;
    if (frame.readUInt32BE(4) !== 0) return true;
  }
  return false;
}

type Sum = readonly [number, number];

/** Source: https://www.sqlite.org/fileformat2.html section 4.2, "Checksum Algorithm". */
function addToSum(start: Sum, bytes: Buffer, isBig: boolean): Sum {
  let [first, second] = start;
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    const [x, y] = isBig
      ? [bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4)]
      : [bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4)];
    first = (first + x + second) >>> 0;
    second = (second + y + first) >>> 0;
  }
  return [first, second];
}
