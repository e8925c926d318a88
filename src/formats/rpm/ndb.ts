import { FormatError } from "../format-error.ts";
import type { RandomAccess } from "../random-access.ts";
import type { ProblemLog } from "../record-problem.ts";
import type { HeaderBlob } from "./header-blob.ts";

/** At byte 0 of the file, of a slot, of a blob and at its end, little-endian like all numbers here. */
const magics = { file: "RpmP", slot: "Slot", head: "BlbS", tail: "BlbE" } as const;
/** The only version there is. */
const knownVersion = 0;
const pageBytes = 4096;
const slotBytes = 16;
const blockBytes = 16;
/** The header takes the place of the first two slots. */
const headerBytes = 32;
const blobHeadBytes = 16;
const blobTailBytes = 12;
const frameBytes = blobHeadBytes + blobTailBytes;
/** Pages of slots that are read: room for half a million packages. */
const maxSlotPages = 2048;

interface Slot {
  readonly packageNumber: number;
  readonly firstBlock: number;
  readonly blockCount: number;
  /** Of the slot in the file. */
  readonly offsetBytes: number;
}

/** Whether a file begins as an ndb database does. */
export function isNdb(head: Buffer): boolean {
  return head.toString("latin1", 0, 4) === magics.file;
}

/**
 * The header blobs of an ndb database, `Packages.db`, in the order in which they lie in the file, which is rpm's own:
 * pages of slots, then blobs between a head and a tail with an Adler-32 sum. A broken slot or blob is logged and loses
 * only itself; where two lie over each other the later one is lost. Throws FormatError for another version.
 * Source: rpm lib/backend/ndb/rpmpkg.c.
 */
export function* readNdb(file: RandomAccess, problems: ProblemLog): Generator<HeaderBlob> {
  const header = Buffer.from(file.read(0, headerBytes));
  if (header.length < headerBytes || !isNdb(header)) {
    throw new FormatError("rpm", "The file does not begin as an ndb database", 0);
  }
  const version = header.readUInt32LE(4);
  if (version !== knownVersion) {
    throw new FormatError("rpm", `The ndb database has version ${version}, not ${knownVersion}`, 4);
  }
  const slotPages = header.readUInt32LE(12);
  const { slots, pageCount } = readSlots(file, slotPages, problems);
  let freeBlock = (pageCount * pageBytes) / blockBytes;
  for (const slot of slots) {
    if (slot.firstBlock < freeBlock) {
      const what = `The package ${slot.packageNumber} lies over something else`;
      problems.malformed(what, slot.offsetBytes);
      continue;
    }
    try {
      const blobBytes = readFrame(file, slot);
      // From here on its bytes are its own, so that no byte is read for two packages.
      freeBlock = slot.firstBlock + slot.blockCount;
      yield readBlob(file, slot, blobBytes);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      problems.caught(error, slot.firstBlock * blockBytes);
    }
  }
}

interface SlotList {
  /** Used ones, by where their blobs are. */
  readonly slots: readonly Slot[];
  readonly pageCount: number;
}

/** Ends before a page without any slot, whatever the header says. */
function readSlots(file: RandomAccess, slotPages: number, problems: ProblemLog): SlotList {
  const slots: Slot[] = [];
  let pageCount = 0;
  for (; pageCount < slotPages; pageCount++) {
    const pageAt = pageCount * pageBytes;
    if (pageCount === maxSlotPages) {
      const budget = "pages of the list of packages";
      problems.add({ kind: "over-limit", budget, limit: maxSlotPages, unit: "entries" });
      break;
    }
    const bytes = Buffer.from(file.read(pageAt, pageBytes));
    if (bytes.length < pageBytes || !bytes.includes(magics.slot, 0, "latin1")) {
      problems.malformed(`The list of packages has ${slotPages} pages and ends here`, pageAt);
      break;
    }
    for (let at = pageCount === 0 ? headerBytes : 0; at < pageBytes; at += slotBytes) {
      if (bytes.toString("latin1", at, at + 4) !== magics.slot) {
        problems.malformed("A place of the list of packages holds something else", pageAt + at);
        continue;
      }
      const words = [4, 8, 12].map((word) => bytes.readUInt32LE(at + word));
      const [packageNumber = 0, firstBlock = 0, blockCount = 0] = words;
      // An empty place begins nowhere.
      if (firstBlock === 0) continue;
      slots.push({ packageNumber, firstBlock, blockCount, offsetBytes: pageAt + at });
    }
  }
  return { slots: slots.toSorted((a, b) => a.firstBlock - b.firstBlock), pageCount };
}

/** Head and tail, which must say the same as the slot; how long the header between them is. */
function readFrame(file: RandomAccess, slot: Slot): number {
  const [offsetBytes, length] = [slot.firstBlock * blockBytes, slot.blockCount * blockBytes];
  if (offsetBytes + length > file.sizeBytes) {
    throw new FormatError("rpm", `The package ${slot.packageNumber} runs over the end of the file`);
  }
  const head = Buffer.from(file.read(offsetBytes, blobHeadBytes));
  const tail = Buffer.from(file.read(offsetBytes + length - blobTailBytes, blobTailBytes));
  const isWhole = length >= blobHeadBytes && head.length + tail.length === frameBytes;
  const blobBytes = isWhole ? head.readUInt32LE(12) : 0;
  const isFramed =
    isWhole &&
    head.toString("latin1", 0, 4) === magics.head &&
    head.readUInt32LE(4) === slot.packageNumber &&
    tail.readUInt32LE(4) === blobBytes &&
    tail.toString("latin1", 8) === magics.tail &&
    Math.ceil((blobBytes + frameBytes) / blockBytes) === slot.blockCount;
  if (isFramed) return blobBytes;
  throw new FormatError("rpm", `The package ${slot.packageNumber} is not where the list says`);
}

function readBlob(file: RandomAccess, slot: Slot, blobBytes: number): HeaderBlob {
  const [offsetBytes, length] = [slot.firstBlock * blockBytes, slot.blockCount * blockBytes];
  const bytes = Buffer.from(file.read(offsetBytes, length));
  const sumAt = length - blobTailBytes;
  if (bytes.length < length || adler32(bytes.subarray(0, sumAt)) !== bytes.readUInt32LE(sumAt)) {
    throw new FormatError("rpm", `The package ${slot.packageNumber} does not have its checksum`);
  }
  return { blob: bytes.subarray(blobHeadBytes, blobHeadBytes + blobBytes), offsetBytes };
}

/** Bytes after which the sums have to be reduced lest they outgrow 32 bits. Source: RFC 1950 section 9, zlib NMAX. */
const sumsFit = 5552;

/** Source: RFC 1950 section 8.2. */
function adler32(bytes: Uint8Array): number {
  let [low, high] = [1, 0];
  for (let start = 0; start < bytes.length; start += sumsFit) {
    const end = Math.min(start + sumsFit, bytes.length);
    for (let at = start; at < end; at++) {
      low += bytes[at] ?? 0;
      high += low;
    }
    low %= 65_521;
    high %= 65_521;
  }
  return high * 65_536 + low;
}
