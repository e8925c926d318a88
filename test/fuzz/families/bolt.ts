import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import fc, { type Arbitrary } from "fast-check";
import { openBolt, type BoltBucket } from "../../../src/formats/bolt/bucket.ts";
import { fromBytes } from "../../../src/formats/random-access.ts";
import type { Family } from "../family.ts";

/** The smallest that is taken; bbolt itself has that of the machine. */
const pageBytes = 512;
const headerBytes = 16;

/** Numbers of pages: those that there are more often than not. */
const pageNumber = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 2, max: 7 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, 8, 2 ** 31, 2 ** 53) },
);
const text = fc.constantFrom("", "a", "key", "v1", "images", "é", "__proto__", "x".repeat(90));
const childBucket = pageNumber.map((page) => Buffer.concat([word64(page), word64(0)]));
const value = fc.oneof(
  text.map((of) => ({ flags: 0, bytes: Buffer.from(of) })),
  childBucket.map((bytes) => ({ flags: 1, bytes })),
  fc
    .tuple(text, text)
    .map(([key, of]) => leaf([{ key, flags: 0, bytes: Buffer.from(of) }], 0))
    .map((page) => ({ flags: 1, bytes: Buffer.concat([word64(0), word64(0), page]) })),
);
const element = fc.tuple(text, value).map(([key, of]) => ({ key, ...of }));
/** Overflow of a page: none, more often than not. */
const overflow = fc.constantFrom(0, 0, 0, 0, 0, 1, 2, 2 ** 32 - 1);

interface Element {
  readonly key: string;
  readonly flags: number;
  readonly bytes: Buffer;
}

function word64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function words32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, at) => bytes.writeUInt32LE(value, 4 * at));
  return bytes;
}

/** The page of a leaf, its number left out. Source: go.etcd.io/bbolt page.go, `page` and `leafPageElement`. */
function leaf(elements: readonly Element[], overflowPages: number): Buffer {
  const all = elements.map(({ key, bytes }) => Buffer.concat([Buffer.from(key), bytes]));
  let before = 16 * elements.length;
  const heads = elements.map(({ key, flags, bytes }, at) => {
    const keyBytes = Buffer.byteLength(key);
    const head = words32(flags, before - 16 * at, keyBytes, bytes.byteLength);
    before += keyBytes + bytes.byteLength;
    return head;
  });
  const header = words32(0, 0, 2 | (elements.length << 16), overflowPages);
  return Buffer.concat([header, ...heads, ...all]);
}

/** Source: go.etcd.io/bbolt page.go, `branchPageElement`. */
function branch(children: readonly number[]): Buffer {
  const heads = children.map((page) => Buffer.concat([words32(16, 0), word64(page)]));
  return Buffer.concat([words32(0, 0, 1 | (children.length << 16), 0), ...heads]);
}

const page = fc.oneof(
  fc.tuple(fc.array(element, { maxLength: 5 }), overflow).map(([all, more]) => leaf(all, more)),
  fc.tuple(fc.array(element, { maxLength: 5 })).map(([all]) => leaf(all, 0)),
  fc.array(pageNumber, { maxLength: 4 }).map(branch),
);

/** Source: go.etcd.io/bbolt db.go, `meta`. The checksum is left out. */
function meta(rootPage: number, endPage: number, transaction: number): Buffer {
  const head = words32(0, 0, 4, 0, 0xed0cdaed, 2, pageBytes, 0);
  const rest = [rootPage, 0, 2, endPage, transaction, 0].map(word64);
  return Buffer.concat([head, ...rest]);
}

/** A page at its place: cut or filled up to whole pages, with its number. */
function place(bytes: Buffer, number: number): Buffer {
  const whole = Buffer.alloc(pageBytes * Math.max(1, Math.ceil(bytes.byteLength / pageBytes)));
  bytes.copy(whole);
  whole.writeBigUInt64LE(BigInt(number), 0);
  return whole;
}

const madeBolt: Arbitrary<Uint8Array> = fc
  .record({
    roots: fc.tuple(pageNumber, pageNumber),
    ends: fc.tuple(fc.constantFrom(8, 8, 8, 7, 0, 2 ** 40), fc.constantFrom(8, 8, 3)),
    newest: fc.nat({ max: 3 }),
    pages: fc.array(page, { minLength: 4, maxLength: 6 }),
  })
  .map(({ roots, ends, newest, pages }) => {
    const metas = [place(meta(roots[0], ends[0], newest), 0), place(meta(roots[1], ends[1], 1), 1)];
    let next = 2;
    const placed = pages.map((bytes) => {
      const own = place(bytes, next);
      next += own.byteLength / pageBytes;
      return own;
    });
    return repairMetas(Buffer.concat([...metas, ...placed]));
  });

const kept = join(import.meta.dirname, "../../../src/formats/bolt/testdata/sample.db.gz");
const sample = gunzipSync(readFileSync(kept));

/** Rights the checksums of both metas, wherever the first says that the second is. */
function repairMetas(bytes: Buffer): Buffer {
  const second = bytes.byteLength < 28 ? 0 : bytes.readUInt32LE(24);
  for (const at of [headerBytes, second + headerBytes]) {
    if (at + 64 > bytes.byteLength) continue;
    let sum = 0xcbf29ce484222325n;
    for (const byte of bytes.subarray(at, at + 56)) {
      sum = BigInt.asUintN(64, (sum ^ BigInt(byte)) * 0x100000001b3n);
    }
    bytes.writeBigUInt64LE(sum, at + 56);
  }
  return bytes;
}

/** How many keys there are in all. */
function countKeys(bucket: BoltBucket): number {
  let count = 0;
  for (const entry of bucket.entries())
    count += entry.kind === "value" ? 1 : countKeys(entry.bucket);
  return count;
}

/** The index of containerd: small trees, and one in 200 the database that bbolt wrote. */
export const bolt: Family = {
  name: "bolt",
  made: fc.oneof(
    { weight: 199, arbitrary: madeBolt },
    { weight: 1, arbitrary: fc.constant(sample) },
  ),
  repair: repairMetas,
  read(input) {
    const content = fromBytes(input);
    const isShrunk = (input.at(-1) ?? 0) % 8 === 7;
    const file = isShrunk ? { ...content, sizeBytes: input.byteLength + 4096 } : content;
    const { transaction, root } = openBolt(file);
    return [String(transaction), countKeys(root)];
  },
};
