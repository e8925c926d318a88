import { blockBytes } from "../../src/formats/tar/block.ts";

/** The fields of a header block that is made, true or not. */
export interface MadeHeader {
  readonly name: string;
  readonly typeFlag: string;
  readonly sizeBytes: number;
  readonly linkName?: string;
  readonly magic?: "ustar\x0000" | "ustar  \0" | "";
  readonly prefix?: string;
  /** The block of an old GNU sparse file: pairs at 386, a mark at 482, the real size at 483. */
  readonly sparse?: {
    readonly pairs: readonly number[];
    readonly isExtended: boolean;
    readonly realSizeBytes: number;
  };
}

/** A header block with its checksum. Names are cut to their fields. */
export function makeHeader(header: MadeHeader): Buffer {
  const block = Buffer.alloc(blockBytes);
  const { name, typeFlag, sizeBytes, linkName = "", magic = "ustar\x0000", prefix = "" } = header;
  block.write(name, 0, 100);
  block.write("0000644\0", 100, "latin1");
  block.write("0000000\0", 108, "latin1");
  block.write("0000000\0", 116, "latin1");
  octal(block, 124, sizeBytes);
  octal(block, 136, 1_700_000_000);
  block.write(typeFlag, 156, 1, "latin1");
  block.write(linkName, 157, 100);
  block.write(magic, 257, 8, "latin1");
  if (magic === "ustar\x0000") block.write(prefix, 345, 155);
  if (header.sparse !== undefined) {
    header.sparse.pairs.slice(0, 8).forEach((number, at) => octal(block, 386 + 12 * at, number));
    block[482] = header.sparse.isExtended ? 1 : 0;
    octal(block, 483, header.sparse.realSizeBytes);
  }
  return writeChecksum(block);
}

/** Twelve bytes: octal, or base-256 for what does not fit. */
function octal(block: Buffer, at: number, value: number): void {
  if (value < 8 ** 11) {
    block.write(`${value.toString(8).padStart(11, "0")}\0`, at, "latin1");
    return;
  }
  block.fill(0, at, at + 12);
  block.writeBigUInt64BE(BigInt(value), at + 4);
  block[at] = 0x80;
}

function writeChecksum(block: Buffer): Buffer {
  block.fill(0x20, 148, 156);
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

/** Content filled up to whole blocks. */
export function padded(content: Uint8Array): Buffer {
  const rest = (blockBytes - (content.byteLength % blockBytes)) % blockBytes;
  return Buffer.concat([content, Buffer.alloc(rest)]);
}

/** `LENGTH KEY=VALUE\n`, the length counting itself. */
export function paxRecord(key: string, value: string | Uint8Array): Buffer {
  const tail = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from("\n")]);
  let length = tail.byteLength + 1;
  while (String(length).length + tail.byteLength !== length) length++;
  return Buffer.concat([Buffer.from(String(length)), tail]);
}

/** Rights the checksum of every block that looks like a header, so that what was changed in it is read. */
export function repairChecksums(bytes: Buffer): Buffer {
  for (let at = 0; at + blockBytes <= bytes.byteLength; at += blockBytes) {
    const isHeader = bytes.toString("latin1", at + 257, at + 262) === "ustar";
    if (isHeader) writeChecksum(bytes.subarray(at, at + blockBytes));
  }
  return bytes;
}
