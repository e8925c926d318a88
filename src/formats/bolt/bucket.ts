import { FormatError } from "../format-error.ts";
import type { RandomAccess } from "../random-access.ts";
import { BoltPages, pageHeaderBytes, parsePage, type BoltPage } from "./pages.ts";

/** One key of a bucket: with a value, or with another bucket under it. `value` is not to be changed. */
export type BoltEntry =
  | { readonly kind: "value"; readonly key: string; readonly value: Buffer }
  | { readonly kind: "bucket"; readonly key: string; readonly bucket: BoltBucket };

export interface BoltDatabase {
  /** Grows by one with each change. */
  readonly transaction: bigint;
  readonly root: BoltBucket;
}

const elementBytes = 16;
const bucketFlag = 0x01;
/** Root page and sequence, before the page of a bucket that is small enough to stand in its value. */
const bucketHeaderBytes = 16;
/** Levels of one tree; with two keys a page, more keys than there is memory. */
const maxLevels = 64;
/** Buckets in buckets; containerd has seven. */
const maxNesting = 100;

/**
 * Opens a bbolt file as its newest sound transaction left it. Nothing is locked: who reads beside a writer opens it again
 * afterwards, and believes what was read only when `transaction` is the same. Throws FormatError. Source: go.etcd.io/bbolt
 * v1.3 db.go, page.go, bucket.go.
 */
export function openBolt(file: RandomAccess): BoltDatabase {
  const pages = new BoltPages(file);
  const { rootPage, transaction } = pages.meta;
  return { transaction, root: new BoltBucket(pages, { kind: "page", number: rootPage }, 0) };
}

type BucketRoot =
  | { readonly kind: "page"; readonly number: number }
  | { readonly kind: "inline"; readonly page: BoltPage };

/** A bucket: keys by their bytes. It can be gone through once, see `BoltPages`. */
export class BoltBucket {
  readonly #pages: BoltPages;
  readonly #root: BucketRoot;
  readonly #nesting: number;

  constructor(pages: BoltPages, root: BucketRoot, nesting: number) {
    if (nesting > maxNesting) {
      throw new FormatError("bolt", `Buckets are in each other more than ${maxNesting} times`);
    }
    this.#pages = pages;
    this.#root = root;
    this.#nesting = nesting;
  }

  /** All keys in their order. Throws FormatError. */
  *entries(): Generator<BoltEntry> {
    if (this.#root.kind === "inline") {
      yield* this.#readLeaf(this.#root.page);
      return;
    }
    const open = [{ number: this.#root.number, level: 1 }];
    for (let top = open.pop(); top !== undefined; top = open.pop()) {
      const page = this.#pages.take(top.number);
      const level = top.level + 1;
      if (page.kind === "leaf") yield* this.#readLeaf(page);
      else if (level > maxLevels) {
        const reason = `A tree is deeper than ${maxLevels} levels`;
        throw new FormatError("bolt", reason, page.offsetBytes);
      } else {
        const children = readChildren(page).map((number) => ({ number, level }));
        open.push(...children.toReversed());
      }
    }
  }

  /** The bucket under a key; null when there is none, or a value. It goes through the keys, as `entries` does. */
  bucket(key: string): BoltBucket | null {
    for (const entry of this.entries()) {
      if (entry.key === key) return entry.kind === "bucket" ? entry.bucket : null;
    }
    return null;
  }

  /** Elements of a sound page do not overlap; those of a hostile one may, to be read a thousand times. */
  *#readLeaf(page: BoltPage): Generator<BoltEntry> {
    let leftBytes = page.bytes.length;
    for (let index = 0; index < page.count; index++) {
      const at = pageHeaderBytes + index * elementBytes;
      const flags = page.bytes.readUInt32LE(at);
      const keyBytes = page.bytes.readUInt32LE(at + 8);
      const valueBytes = page.bytes.readUInt32LE(at + 12);
      // Counted from the element itself.
      const keyAt = at + page.bytes.readUInt32LE(at + 4);
      const end = keyAt + keyBytes + valueBytes;
      leftBytes -= elementBytes + keyBytes + valueBytes;
      if (end > page.bytes.length || leftBytes < 0) {
        const reason = `Element ${index} of a page runs over its end or into another`;
        throw new FormatError("bolt", reason, page.offsetBytes);
      }
      const key = page.bytes.toString("utf8", keyAt, keyAt + keyBytes);
      const value = page.bytes.subarray(keyAt + keyBytes, end);
      yield (flags & bucketFlag) === 0
        ? { kind: "value", key, value }
        : { kind: "bucket", key, bucket: this.#openBucket(value, page) };
    }
  }

  #openBucket(value: Buffer, { offsetBytes }: BoltPage): BoltBucket {
    if (value.length < bucketHeaderBytes) {
      throw new FormatError("bolt", "A bucket is cut off", offsetBytes);
    }
    const number = Number(value.readBigUInt64LE(0));
    const nesting = this.#nesting + 1;
    if (number !== 0) return new BoltBucket(this.#pages, { kind: "page", number }, nesting);
    const page = parsePage(value.subarray(bucketHeaderBytes), offsetBytes);
    if (page.kind !== "leaf") {
      throw new FormatError("bolt", "A bucket inside a page is no leaf", offsetBytes);
    }
    return new BoltBucket(this.#pages, { kind: "inline", page }, nesting);
  }
}

function readChildren({ bytes, count }: BoltPage): readonly number[] {
  return Array.from({ length: count }, (_, index) =>
    Number(bytes.readBigUInt64LE(pageHeaderBytes + index * elementBytes + 8)),
  );
}
