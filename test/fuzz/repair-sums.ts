import { deflateSync } from "node:zlib";

/** Sets the sums of an ndb database right, wherever its slots lead. */
export function repairNdb(bytes: Buffer): Buffer {
  for (let at = 32; at + 16 <= Math.min(bytes.length, 4096); at += 16) {
    const [start, length] = [bytes.readUInt32LE(at + 8) * 16, bytes.readUInt32LE(at + 12) * 16];
    if (start === 0 || length < 32 || start + length > bytes.length) continue;
    const sumAt = start + length - 12;
    const sum = deflateSync(bytes.subarray(start, sumAt), { level: 0 }).subarray(-4);
    bytes.writeUInt32LE(sum.readUInt32BE(0), sumAt);
  }
  return bytes;
}

/** Sets salts and sums of a write-ahead log right, frame by frame. */
export function repairWal(bytes: Buffer): Buffer {
  if (bytes.length < 32) return bytes;
  const pageBytes = bytes.readUInt32BE(8);
  const isBig = (bytes.readUInt32BE(0) & 1) === 1;
  let sum = addToSum([0, 0], bytes.subarray(0, 24), isBig);
  writeSum(bytes, 24, sum);
  if (pageBytes < 512) return bytes;
  for (let at = 32; at + 24 + pageBytes <= bytes.length; at += 24 + pageBytes) {
    bytes.copy(bytes, at + 8, 16, 24);
    sum = addToSum(sum, bytes.subarray(at, at + 8), isBig);
    sum = addToSum(sum, bytes.subarray(at + 24, at + 24 + pageBytes), isBig);
    writeSum(bytes, at + 16, sum);
  }
  return bytes;
}

type Sum = readonly [number, number];

function writeSum(bytes: Buffer, at: number, [first, second]: Sum): void {
  bytes.writeUInt32BE(first, at);
  bytes.writeUInt32BE(second, at + 4);
}

function addToSum([first, second]: Sum, bytes: Buffer, isBig: boolean): Sum {
  const word = (at: number): number => (isBig ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at));
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    first = (first + word(at) + second) >>> 0;
    second = (second + word(at + 4) + first) >>> 0;
  }
  return [first, second];
}
