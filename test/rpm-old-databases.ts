import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { withFolder } from "./rpm-tool.ts";

const blockBytes = 16;

/** An ndb database, `Packages.db`, with these headers as packages 1, 2 …, in pages of slots as many as they need. */
export function makeNdb(blobs: readonly Uint8Array[]): Buffer {
  const slotPages = Math.max(1, Math.ceil((blobs.length + 2) / 256));
  const slots = Buffer.alloc(slotPages * 4096);
  slots.write("RpmP");
  [0, 1, slotPages, blobs.length + 1].forEach((word, at) => slots.writeUInt32LE(word, 4 + at * 4));
  for (let at = 32; at < slots.length; at += 16) slots.write("Slot", at);
  const parts: Buffer[] = [slots];
  let firstBlock = slots.length / blockBytes;
  for (const [index, blob] of blobs.entries()) {
    const part = makeNdbBlob(index + 1, blob);
    const slotAt = 32 + index * 16;
    slots.writeUInt32LE(index + 1, slotAt + 4);
    slots.writeUInt32LE(firstBlock, slotAt + 8);
    slots.writeUInt32LE(part.length / blockBytes, slotAt + 12);
    firstBlock += part.length / blockBytes;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function makeNdbBlob(packageNumber: number, blob: Uint8Array): Buffer {
  const part = Buffer.alloc(Math.ceil((28 + blob.byteLength) / blockBytes) * blockBytes);
  part.write("BlbS");
  part.writeUInt32LE(packageNumber, 4);
  part.writeUInt32LE(1, 8);
  part.writeUInt32LE(blob.byteLength, 12);
  part.set(blob, 16);
  // The last four bytes of a zlib stream are the Adler-32 of what is in it, big-endian.
  const sum = deflateSync(part.subarray(0, -12), { level: 0 }).subarray(-4);
  part.writeUInt32LE(sum.readUInt32BE(0), part.length - 12);
  part.writeUInt32LE(blob.byteLength, part.length - 8);
  part.write("BlbE", part.length - 4);
  return part;
}

const python = "/usr/bin/python3";
/** Why no Berkeley DB database can be made; empty where one can. */
export const withoutBerkeley =
  spawnSync(python, ["-c", "import bsddb3"]).status === 0 ? "" : " (skipped: no python3-bsddb3)";

const script = `
import struct, sys
from bsddb3 import db
page, order, removed, target, *files = sys.argv[1:]
made = db.DB()
made.set_pagesize(int(page))
made.set_lorder(int(order))
made.open(target, dbtype=db.DB_HASH, flags=db.DB_CREATE)
number = "<I" if order == "1234" else ">I"
made.put(struct.pack(number, 0), struct.pack(number, len(files)))
for at, file in enumerate(files):
    made.put(struct.pack(number, at + 1), open(file, "rb").read())
for at in removed.split(","):
    if at: made.delete(struct.pack(number, int(at) + 1))
made.close()
`;

/** What kind of Berkeley DB database is made. */
export interface BerkeleyForm {
  readonly pageBytes: number;
  readonly isBigEndian: boolean;
  /** Indexes of headers that are deleted again. */
  readonly removed?: readonly number[];
}

/** The bytes of a hash table, `Packages`, that Berkeley DB itself wrote. */
export function makeBerkeley(blobs: readonly Uint8Array[], form: BerkeleyForm): Buffer {
  return withFolder((folder) => {
    const files = blobs.map((blob, index) => {
      const file = join(folder, String(index));
      writeFileSync(file, blob);
      return file;
    });
    const target = join(folder, "Packages");
    const { pageBytes, isBigEndian, removed = [] } = form;
    const settings = [String(pageBytes), isBigEndian ? "4321" : "1234", removed.join(",")];
    const ended = spawnSync(python, ["-c", script, ...settings, target, ...files]);
    if (ended.status !== 0) throw new Error(String(ended.stderr));
    return readFileSync(target);
  });
}

/** A hash table as plain as can be, without Berkeley DB: one page of pointers to chains of overflow pages. */
export function makePlainBerkeley(
  blobs: readonly Uint8Array[],
  { pageBytes, isBigEndian }: BerkeleyForm,
): Buffer {
  const writer = new PlainPages(pageBytes, isBigEndian);
  const [meta, items] = [writer.add(8, 0), writer.add(13, blobs.length * 2)];
  for (const [index, blob] of blobs.entries()) {
    const [keyAt, valueAt] = [pageBytes - index * 17 - 5, pageBytes - index * 17 - 17];
    writer.write16(items, 26 + index * 4, keyAt);
    writer.write16(items, 28 + index * 4, valueAt);
    items.writeUInt8(1, keyAt);
    writer.write32(items, keyAt + 1, index + 1);
    items.writeUInt8(3, valueAt);
    writer.write32(items, valueAt + 4, writer.pages.length);
    writer.write32(items, valueAt + 8, blob.byteLength);
    writer.addChain(blob);
  }
  [0x061561, 9, pageBytes].forEach((word, at) => writer.write32(meta, 12 + at * 4, word));
  meta.writeUInt8(0, 24);
  writer.write32(meta, 32, writer.pages.length - 1);
  return Buffer.concat(writer.pages);
}

class PlainPages {
  readonly #pageBytes: number;
  readonly #isBigEndian: boolean;
  readonly pages: Buffer[] = [];

  constructor(pageBytes: number, isBigEndian: boolean) {
    this.#pageBytes = pageBytes;
    this.#isBigEndian = isBigEndian;
  }

  add(type: number, entryCount: number): Buffer {
    const page = Buffer.alloc(this.#pageBytes);
    this.write32(page, 8, this.pages.length);
    this.write16(page, 20, entryCount);
    page.writeUInt8(type, 25);
    this.pages.push(page);
    return page;
  }

  addChain(blob: Uint8Array): void {
    const fits = this.#pageBytes - 26;
    for (let at = 0; at < blob.byteLength; at += fits) {
      const page = this.add(7, 1);
      const part = blob.subarray(at, at + fits);
      if (at + fits < blob.byteLength) this.write32(page, 16, this.pages.length);
      this.write16(page, 22, part.byteLength);
      page.set(part, 26);
    }
  }

  write16(page: Buffer, at: number, value: number): void {
    if (this.#isBigEndian) page.writeUInt16BE(value, at);
    else page.writeUInt16LE(value, at);
  }

  write32(page: Buffer, at: number, value: number): void {
    if (this.#isBigEndian) page.writeUInt32BE(value, at);
    else page.writeUInt32LE(value, at);
  }
}
