/** Class and byte order of a made file. */
export interface TinyShape {
  readonly is64: boolean;
  readonly isLittle: boolean;
}

/** Every class and byte order, with a name. */
export const shapes: readonly (readonly [string, TinyShape])[] = [
  ["64-bit little-endian", { is64: true, isLittle: true }],
  ["64-bit big-endian", { is64: true, isLittle: false }],
  ["32-bit little-endian", { is64: false, isLittle: true }],
  ["32-bit big-endian", { is64: false, isLittle: false }],
];

/** Addresses are offsets of the file. */
export interface TinySegment {
  readonly type: number;
  /** PF_*: 1 executed, 2 written, 4 read. */
  readonly flags?: number;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

/** Where the body of a made file begins, behind its headers. */
export const bodyAt = 0x400;

/** e_phnum, e_shoff and the like are overwritten by the tests that lie about them. */
export interface TinyElf extends TinyShape {
  /** e_type: 2 executable, 3 shared. */
  readonly type: number;
  /** What lies at `bodyAt`. */
  readonly body: Buffer;
  /** Beside one that loads the whole file to be read. */
  readonly segments?: readonly TinySegment[];
}

/** The smallest file that a loader might take: header, program headers, body. */
export function tinyElf({ type, body, segments = [], ...shape }: TinyElf): Buffer {
  const file = Buffer.concat([Buffer.alloc(bodyAt), body]);
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, shape.is64 ? 2 : 1, shape.isLittle ? 1 : 2, 1]).copy(file);
  const whole = { type: 1, flags: 4, offsetBytes: 0, sizeBytes: file.byteLength };
  const all = [whole, ...segments];
  const headerBytes = shape.is64 ? 64 : 52;
  const sizes = shape.is64 ? [64, 56, all.length, 64, 0, 0] : [52, 32, all.length, 40, 0, 0];
  const header = Buffer.concat([
    halves(shape, [type, shape.is64 ? 62 : 3]),
    wholes(shape, [1]),
    words(shape, [0, headerBytes, 0]),
    wholes(shape, [0]),
    halves(shape, sizes),
  ]);
  header.copy(file, 16);
  Buffer.concat(all.map((segment) => programHeader(shape, segment))).copy(file, headerBytes);
  return file;
}

function programHeader(
  shape: TinyShape,
  { type, flags = 4, offsetBytes, sizeBytes }: TinySegment,
): Buffer {
  const places = [offsetBytes, offsetBytes, offsetBytes, sizeBytes, sizeBytes];
  return shape.is64
    ? Buffer.concat([wholes(shape, [type, flags]), words(shape, [...places, 4096])])
    : wholes(shape, [type, ...places, flags, 4096]);
}

/** 16-bit numbers. */
export function halves({ isLittle }: TinyShape, values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  for (const [index, value] of values.entries()) {
    if (isLittle) bytes.writeUInt16LE(value, 2 * index);
    else bytes.writeUInt16BE(value, 2 * index);
  }
  return bytes;
}

/** 32-bit numbers. */
export function wholes({ isLittle }: TinyShape, values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) {
    if (isLittle) bytes.writeUInt32LE(value, 4 * index);
    else bytes.writeUInt32BE(value, 4 * index);
  }
  return bytes;
}

/** Numbers of the class's size: addresses, sizes, tags. */
export function words(shape: TinyShape, values: readonly number[]): Buffer {
  if (!shape.is64) return wholes(shape, values);
  const bytes = Buffer.alloc(8 * values.length);
  for (const [index, value] of values.entries()) {
    if (shape.isLittle) bytes.writeBigUInt64LE(BigInt(value), 8 * index);
    else bytes.writeBigUInt64BE(BigInt(value), 8 * index);
  }
  return bytes;
}
