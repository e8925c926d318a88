import type { Random } from "./random.ts";

/** Values at which lengths, counts and offsets go wrong, as they stand in one, two, four or eight bytes. */
const boundaries: readonly bigint[] = [
  0n,
  1n,
  0x7fn,
  0x80n,
  0xffn,
  0x7fffn,
  0x8000n,
  0xffffn,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  0x1f_ffff_ffff_ffffn,
  0x20_0000_0000_0000n,
  0x7fff_ffff_ffff_ffffn,
  0xffff_ffff_ffff_ffffn,
];

/** Never longer than this, whatever is spliced into it. */
const maxBytes = 1024 * 1024;

type Change = (bytes: Buffer, random: Random, other: Uint8Array) => Buffer;

const changes: readonly Change[] = [
  flip,
  flip,
  setByte,
  setByte,
  setNumber,
  setNumber,
  setNumber,
  addSmall,
  insert,
  remove,
  duplicate,
  splice,
  truncate,
  swap,
];

/** A changed copy: one to some twenty changes, more often few. `other` is what pieces are taken from. */
export function mutate(bytes: Uint8Array, random: Random, other: Uint8Array): Buffer {
  let changed = Buffer.from(bytes);
  let count = 1;
  while (count < 20 && random.below(3) !== 0) count++;
  for (; count > 0; count--) {
    const change = random.pick(changes) ?? flip;
    changed = Buffer.from(change(changed, random, other).subarray(0, maxBytes));
  }
  return changed;
}

function flip(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.byteLength);
  if (bytes.byteLength > 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  return bytes;
}

function setByte(bytes: Buffer, random: Random): Buffer {
  if (bytes.byteLength > 0) bytes[random.below(bytes.byteLength)] = random.below(256);
  return bytes;
}

/** A boundary in either byte order; near the front more often, where headers are. */
function setNumber(bytes: Buffer, random: Random): Buffer {
  const width = 1 << random.below(4);
  const reach = random.below(2) === 0 ? Math.min(bytes.byteLength, 256) : bytes.byteLength;
  const at = random.below(reach - width + 1);
  if (at + width > bytes.byteLength) return bytes;
  const word = Buffer.alloc(8);
  word.writeBigUInt64LE(random.pick(boundaries) ?? 0n);
  const part = word.subarray(0, width);
  (random.below(2) === 0 ? part : part.reverse()).copy(bytes, at);
  return bytes;
}

/** A number that is there made a little larger or smaller. */
function addSmall(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.byteLength);
  if (bytes.byteLength > 0) bytes[at] = ((bytes[at] ?? 0) + random.below(17) - 8) & 0xff;
  return bytes;
}

function insert(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.byteLength + 1);
  const added = Buffer.alloc(1 + random.below(32), random.below(256));
  return Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at)]);
}

function remove(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.byteLength);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(32))]);
}

function duplicate(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.byteLength);
  const piece = bytes.subarray(at, at + 1 + random.below(600));
  const copies = Array.from({ length: 1 + random.below(4) }, () => piece);
  return Buffer.concat([bytes.subarray(0, at), ...copies, bytes.subarray(at)]);
}

function splice(bytes: Buffer, random: Random, other: Uint8Array): Buffer {
  const at = random.below(bytes.byteLength + 1);
  const from = random.below(other.byteLength);
  const piece = other.subarray(from, from + random.below(1024));
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at + random.below(1024))]);
}

function truncate(bytes: Buffer, random: Random): Buffer {
  return bytes.subarray(0, random.below(bytes.byteLength + 1));
}

function swap(bytes: Buffer, random: Random): Buffer {
  const length = 1 << random.below(6);
  const [a, b] = [random.below(bytes.byteLength), random.below(bytes.byteLength)];
  const copy = Buffer.from(bytes.subarray(a, a + length));
  bytes.copyWithin(a, b, Math.min(b + length, bytes.byteLength));
  copy.copy(bytes, b);
  return bytes;
}
