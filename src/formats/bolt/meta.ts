import { FormatError } from "../format-error.ts";
import type { RandomAccess } from "../random-access.ts";

/** What a transaction left: where its tree begins. Source: go.etcd.io/bbolt db.go, `meta`. */
export interface BoltMeta {
  readonly pageBytes: number;
  /** Page of the root bucket. */
  readonly rootPage: number;
  /** The first page that was never used. */
  readonly endPage: number;
  readonly transaction: bigint;
}

const magic = 0xed0cdaed;
const version = 2;
const headerBytes = 16;
/** Of the fields that the checksum stands behind, and covers. */
const summedBytes = 56;
/** Page sizes that bbolt looks for the second one with, where the first is broken. Source: bbolt db.go, getPageSize. */
const pageSizes = Array.from({ length: 15 }, (_, power) => 1024 * 2 ** power);

/**
 * The newer of the two metas, pages 0 and 1, that are sound: the other one is of the transaction before, or was broken by a
 * crash. Throws FormatError when neither is.
 */
export function readNewestMeta(file: RandomAccess): BoltMeta {
  const first = readMeta(file, 0);
  const offsets = first === null ? pageSizes : [first.pageBytes];
  const seconds = offsets.map((offset) => readMeta(file, offset));
  const metas = [first, ...seconds].filter((meta) => meta !== null);
  const [newest] = metas.toSorted((a, b) => (a.transaction > b.transaction ? -1 : 1));
  if (newest === undefined) {
    throw new FormatError("bolt", "Neither of its two meta pages is sound", 0);
  }
  return newest;
}

/** Null when it is none, or its checksum is another one. */
function readMeta(file: RandomAccess, offsetBytes: number): BoltMeta | null {
  const read = file.read(offsetBytes + headerBytes, summedBytes + 8);
  if (read.length < summedBytes + 8) return null;
  const bytes = Buffer.from(read);
  if (bytes.readUInt32LE(0) !== magic || bytes.readUInt32LE(4) !== version) return null;
  if (bytes.readBigUInt64LE(summedBytes) !== fnv1a(bytes.subarray(0, summedBytes))) return null;
  const pageBytes = bytes.readUInt32LE(8);
  if (!pageSizes.includes(pageBytes) && pageBytes !== 512) return null;
  return {
    pageBytes,
    rootPage: Number(bytes.readBigUInt64LE(16)),
    endPage: Number(bytes.readBigUInt64LE(40)),
    transaction: bytes.readBigUInt64LE(48),
  };
}

/** Source: FNV-1a of 64 bits, draft-eastlake-fnv section 2. */
function fnv1a(bytes: Uint8Array): bigint {
  let sum = 0xcbf29ce484222325n;
  for (const byte of bytes) sum = BigInt.asUintN(64, (sum ^ BigInt(byte)) * 0x100000001b3n);
  return sum;
}
