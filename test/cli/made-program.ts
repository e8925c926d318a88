/** A program for a test. Its bytes depend on nothing but this. */
export interface MadeProgram {
  readonly machine: "amd64" | "arm64";
  /** PT_INTERP; null for a static program. */
  readonly loader: string | null;
  /** DT_NEEDED, in order. */
  readonly needed?: readonly string[];
  /** DT_SONAME: it is a library. */
  readonly soname?: string;
}

const headerBytes = 64;
const segmentBytes = 56;
/** Where the strings start: behind the header and room for three segments. */
const stringsAt = headerBytes + 3 * segmentBytes;

/**
 * An ELF file of one segment that loaders read and nobody can run: loader, libraries, no symbols. Source: System V ABI,
 * chapters 4 and 5; types: PT_LOAD 1, PT_DYNAMIC 2, PT_INTERP 3; tags: DT_NEEDED 1, DT_STRTAB 5, DT_STRSZ 10, DT_SONAME 14.
 */
export function makeProgram({ machine, loader, needed = [], soname }: MadeProgram): Buffer {
  const names = [loader ?? "", ...needed, soname ?? ""].map((name) => Buffer.from(`${name}\0`));
  const strings = Buffer.concat([Buffer.from("\0"), ...names]);
  const offsets = names.map(
    (_, index) => 1 + names.slice(0, index).reduce((sum, name) => sum + name.byteLength, 0),
  );
  const dynamicAt = Math.ceil((stringsAt + strings.byteLength) / 8) * 8;
  const tags: (readonly [tag: number, value: number])[] = [
    ...needed.map((_, index) => [1, offsets[index + 1] ?? 0] as const),
    ...(soname === undefined ? [] : [[14, offsets.at(-1) ?? 0] as const]),
    [5, stringsAt],
    [10, strings.byteLength],
    [0, 0],
  ];
  const isDynamic = loader !== null || soname !== undefined;
  const elf = Buffer.alloc(dynamicAt + (isDynamic ? tags.length * 16 : 0));
  strings.copy(elf, stringsAt);
  if (isDynamic) {
    for (const [index, pair] of tags.entries()) {
      for (const [half, value] of pair.entries()) {
        elf.writeBigUInt64LE(BigInt(value), dynamicAt + index * 16 + half * 8);
      }
    }
  }
  const segments: (readonly [type: number, offset: number, size: number])[] = [
    [1, 0, elf.byteLength],
    ...(isDynamic ? [[2, dynamicAt, tags.length * 16] as const] : []),
    ...(loader === null
      ? []
      : [[3, stringsAt + (offsets[0] ?? 0), Buffer.byteLength(loader) + 1] as const]),
  ];
  writeHeader(elf, { machine, segments: segments.length, isShared: isDynamic });
  for (const [index, segment] of segments.entries()) writeSegment(elf, index, segment);
  return elf;
}

/** ET_EXEC 2, ET_DYN 3; EM_X86_64 62, EM_AARCH64 183. */
function writeHeader(
  elf: Buffer,
  {
    machine,
    segments,
    isShared,
  }: {
    readonly machine: MadeProgram["machine"];
    readonly segments: number;
    readonly isShared: boolean;
  },
): void {
  elf.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  elf.writeUInt16LE(isShared ? 3 : 2, 16);
  elf.writeUInt16LE(machine === "amd64" ? 62 : 183, 18);
  elf.writeUInt32LE(1, 20);
  elf.writeBigUInt64LE(BigInt(headerBytes), 32);
  elf.writeUInt16LE(headerBytes, 52);
  elf.writeUInt16LE(segmentBytes, 54);
  elf.writeUInt16LE(segments, 56);
}

function writeSegment(
  elf: Buffer,
  index: number,
  [type, offset, size]: readonly [number, number, number],
): void {
  const at = headerBytes + index * segmentBytes;
  elf.writeUInt32LE(type, at);
  elf.writeUInt32LE(5, at + 4);
  for (const field of [8, 16, 24]) elf.writeBigUInt64LE(BigInt(offset), at + field);
  for (const field of [32, 40]) elf.writeBigUInt64LE(BigInt(size), at + field);
  elf.writeBigUInt64LE(4096n, at + 48);
}
