import { defaultBudgets, type Budgets } from "../../model/budgets.ts";
import { FormatError } from "../format-error.ts";
import { OverLimitError } from "../over-limit-error.ts";
import type { RandomAccess } from "../random-access.ts";

/** Class and byte order of one ELF file, and bounds-checked reads of its words. Source: gABI chapter 4, ELF identification. */
export interface ElfReader {
  readonly is64: boolean;
  readonly isLittle: boolean;
  readonly sizeBytes: number;
  readonly limits: ElfBudgets;
  /** The bytes at [offset, offset + length), not to be changed; FormatError when the file ends before, or when all that was read so far is many times the file. */
  bytes(offsetBytes: number, lengthBytes: number, what: string): Buffer;
  /** The same, null when the file ends before or the length is beyond any sound table. */
  optionalBytes(offsetBytes: number, lengthBytes: number): Buffer | null;
  /** Those of the bytes in [offset, offset + length) that the file has. `scratch` as in RandomAccess. */
  view(offsetBytes: number, lengthBytes: number, scratch?: Uint8Array): Buffer;
}

/** A table is read in one piece; no sound file has a bigger one. */
const maxTableBytes = 256 * 1024 * 1024;

/** The part of the budgets that one ELF file has. */
export type ElfBudgets = Pick<
  Budgets,
  "elfReadRatio" | "elfTextBytes" | "elfSymbols" | "elfVersionRecords"
>;

/** What each read is counted for beside its bytes, so that a million of a few bytes are not free. */
const readCost = 16;
/** Small files may be read more often than big ones. */
const freeReadBytes = 4 * 1024 * 1024;

export function openElf(
  content: RandomAccess,
  limits: ElfBudgets = defaultBudgets,
): ElfReader & { readonly ident: Buffer } {
  const ident = Buffer.from(content.read(0, 16));
  if (ident.byteLength < 16 || ident.readUInt32BE(0) !== 0x7f454c46) {
    throw new FormatError("elf", "no ELF identification at the start", 0);
  }
  const [fileClass, order] = [ident[4], ident[5]];
  if (fileClass !== 1 && fileClass !== 2) {
    throw new FormatError(
      "elf",
      `class ${String(fileClass)}, expected 1 (32-bit) or 2 (64-bit)`,
      4,
    );
  }
  if (order !== 1 && order !== 2) {
    throw new FormatError("elf", `byte order ${String(order)}, expected 1 (little) or 2 (big)`, 5);
  }
  let leftBytes = limits.elfReadRatio * content.sizeBytes + freeReadBytes;
  const take = (lengthBytes: number): void => {
    leftBytes -= lengthBytes + readCost;
    if (leftBytes >= 0) return;
    const [budget, limit] = ["bytes read to the size of the file", limits.elfReadRatio];
    throw new OverLimitError("elf", { budget, limit, unit: "ratio" });
  };
  return {
    ident,
    limits,
    is64: fileClass === 2,
    isLittle: order === 1,
    sizeBytes: content.sizeBytes,
    bytes: (offsetBytes, lengthBytes, what) => {
      if (lengthBytes > maxTableBytes || offsetBytes < 0 || lengthBytes < 0) {
        throw new FormatError(
          "elf",
          `${what} of ${lengthBytes} bytes is beyond any sound file`,
          offsetBytes,
        );
      }
      const end = offsetBytes + lengthBytes;
      if (!Number.isSafeInteger(end) || end > content.sizeBytes) {
        throw new FormatError(
          "elf",
          `${what} ends at byte ${end}, the file at ${content.sizeBytes}`,
          offsetBytes,
        );
      }
      take(lengthBytes);
      const bytes = view(content, offsetBytes, lengthBytes);
      if (bytes.byteLength === lengthBytes) return bytes;
      throw new FormatError("elf", `${what} is cut off: the file became shorter`, offsetBytes);
    },
    optionalBytes: (offsetBytes, lengthBytes) => {
      const isSound = offsetBytes >= 0 && lengthBytes >= 0 && lengthBytes <= maxTableBytes;
      if (!isSound || offsetBytes + lengthBytes > content.sizeBytes) return null;
      take(lengthBytes);
      const bytes = view(content, offsetBytes, lengthBytes);
      return bytes.byteLength === lengthBytes ? bytes : null;
    },
    view: (offsetBytes, lengthBytes, scratch) => {
      take(lengthBytes);
      return view(content, offsetBytes, lengthBytes, scratch);
    },
  };
}

function view(content: RandomAccess, ...place: Parameters<RandomAccess["read"]>): Buffer {
  const bytes = content.read(...place);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Reads words of the file's class and byte order out of one table. Offsets are checked by DataView (RangeError is a bug). */
export class Words {
  readonly #view: DataView;
  readonly #isLittle: boolean;
  readonly #is64: boolean;

  constructor(bytes: Buffer, { isLittle, is64 }: { isLittle: boolean; is64: boolean }) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#isLittle = isLittle;
    this.#is64 = is64;
  }

  get lengthBytes(): number {
    return this.#view.byteLength;
  }
  u8(at: number): number {
    return this.#view.getUint8(at);
  }
  u16(at: number): number {
    return this.#view.getUint16(at, this.#isLittle);
  }
  u32(at: number): number {
    return this.#view.getUint32(at, this.#isLittle);
  }
  /** A 64-bit word as a number; above 2^53 it loses low bits, which only a lying file has. */
  u64(at: number): number {
    const low = this.#view.getUint32(this.#isLittle ? at : at + 4, this.#isLittle);
    const high = this.#view.getUint32(this.#isLittle ? at + 4 : at, this.#isLittle);
    return high * 0x1_0000_0000 + low;
  }
  /** An address or size of the file's class. */
  word(at: number): number {
    return this.#is64 ? this.u64(at) : this.u32(at);
  }
}
