import fc, { type Arbitrary } from "fast-check";
import type { TarEntry } from "../../../src/formats/tar/member.ts";
import { TarReader } from "../../../src/formats/tar/tar-reader.ts";
import type { Failure } from "../../../src/model/failure.ts";
import type { Family } from "../family.ts";
import { makeHeader, padded, paxRecord, repairChecksums } from "../tar-bytes.ts";
import { lie, oddLine, pathName } from "./words.ts";

const paxKeys = [
  ..."path linkpath size uid gid mtime SCHILY.xattr.security.capability".split(" "),
  ..."major minor name realsize size map offset numbytes numblocks".split(" ").map(sparseKey),
];

function sparseKey(key: string): string {
  return `GNU.sparse.${key}`;
}

const number = fc.oneof(
  fc.nat({ max: 2000 }).map(String),
  fc.constantFrom(
    "0",
    "1",
    "-1",
    "-1.5",
    "",
    "9007199254740991",
    "9007199254740993",
    "1e3",
    "0x10",
  ),
);
const paxValue = fc.oneof(
  number,
  pathName,
  fc.array(number, { maxLength: 9 }).map((numbers) => numbers.join(",")),
  oddLine,
);
const paxHeader = fc
  .tuple(
    fc.constantFrom("x", "g"),
    fc.array(fc.tuple(fc.constantFrom(...paxKeys), paxValue), { maxLength: 6 }),
    lie,
  )
  .map(([typeFlag, records, size]) => {
    const body = Buffer.concat(records.map(([key, value]) => paxRecord(key, value)));
    const sizeBytes = size === true ? body.byteLength : size;
    return Buffer.concat([makeHeader({ name: "pax", typeFlag, sizeBytes }), padded(body)]);
  });
const longName = fc
  .tuple(fc.constantFrom("L", "K"), pathName, lie)
  .map(([typeFlag, name, size]) => {
    const body = Buffer.from(`${name}\0`);
    const sizeBytes = size === true ? body.byteLength : size;
    const header = { name: "././@LongLink", typeFlag, sizeBytes, magic: "ustar  \0" } as const;
    return Buffer.concat([makeHeader(header), padded(body)]);
  });

/** A file in the first PAX 1.0 form: the map stands before the data. */
const sparseLines = fc
  .tuple(pathName, fc.array(fc.nat({ max: 3000 }), { maxLength: 8 }), lie)
  .map(([name, numbers, size]) => {
    const map = padded(Buffer.from([numbers.length >> 1, ...numbers, ""].join("\n")));
    const stored = Buffer.concat([map, Buffer.alloc(1024, 7)]);
    const pairs: readonly (readonly [string, string])[] = [
      ["GNU.sparse.major", "1"],
      ["GNU.sparse.minor", "0"],
      ["GNU.sparse.realsize", String(size === true ? 4000 : size)],
      ["GNU.sparse.name", name],
    ];
    const pax = Buffer.concat(pairs.map(([key, value]) => paxRecord(key, value)));
    return Buffer.concat([
      makeHeader({ name: "pax", typeFlag: "x", sizeBytes: pax.byteLength }),
      padded(pax),
      makeHeader({ name, typeFlag: "0", sizeBytes: stored.byteLength }),
      stored,
    ]);
  });

const oldSparse = fc
  .record({
    name: pathName,
    pairs: fc.array(fc.nat({ max: 3000 }), { maxLength: 8 }),
    isExtended: fc.boolean(),
    size: lie,
    storedBytes: fc.nat({ max: 1500 }),
  })
  .map(({ name, pairs, isExtended, size, storedBytes }) => {
    const realSizeBytes = size === true ? 4000 : size;
    const header = makeHeader({
      name,
      typeFlag: "S",
      sizeBytes: storedBytes,
      magic: "ustar  \0",
      sparse: { pairs, isExtended, realSizeBytes },
    });
    const extension = isExtended ? Buffer.alloc(512) : Buffer.alloc(0);
    return Buffer.concat([header, extension, padded(Buffer.alloc(storedBytes, 7))]);
  });

const plain = fc
  .record({
    name: pathName,
    prefix: fc.oneof(fc.constant(""), pathName),
    typeFlag: fc.constantFrom(...Array.from("00000125347\0D6VMAZ")),
    magic: fc.constantFrom("ustar\x0000", "ustar  \0", ""),
    linkName: pathName,
    content: fc.uint8Array({ maxLength: 1200 }),
    size: lie,
  })
  .map(({ content, size, typeFlag, ...rest }) => {
    const hasContent = "07\0DVMAZ".includes(typeFlag);
    const stored = hasContent ? content : new Uint8Array(0);
    const sizeBytes = size === true ? stored.byteLength : size;
    return Buffer.concat([makeHeader({ ...rest, typeFlag, sizeBytes }), padded(stored)]);
  });

/** Members of every kind in any order, whole archives and such that break off. */
export const tarBytes: Arbitrary<Buffer> = fc
  .tuple(
    fc.array(fc.oneof(plain, plain, plain, paxHeader, longName, sparseLines, oldSparse), {
      maxLength: 8,
    }),
    fc.constantFrom(1024, 1024, 1024, 512, 0, 10240),
  )
  .map(([members, endBytes]) => Buffer.concat([...members, Buffer.alloc(endBytes)]));

/** What a tar reader told. */
export interface TarListing {
  readonly entries: readonly TarEntry[];
  readonly failures: readonly Failure[];
  /** Lengths of the contents of files. */
  readonly contents: readonly number[];
}

/** What a tar reader tells of an archive, contents as their lengths. At most 1 MiB of a file is asked for. */
export function readTar(archive: Uint8Array, chunkBytes: number): TarListing {
  const entries: TarEntry[] = [];
  const failures: Failure[] = [];
  const contents: number[] = [];
  let length = 0;
  const reader = new TarReader({
    where: "archive",
    handler: {
      entry(entry) {
        entries.push(entry);
        length = 0;
        return true;
      },
      content(bytes) {
        length += bytes.byteLength;
        return length < 1024 * 1024;
      },
      endOfFile: () => contents.push(length),
      problem: (failure) => failures.push(failure),
    },
  });
  for (let at = 0; at < archive.byteLength; at += chunkBytes) {
    reader.push(archive.subarray(at, at + chunkBytes));
  }
  reader.end();
  return { entries, failures, contents };
}

/** Headers of every dialect, PAX records, GNU long names, sparse files. Chunks of two lengths give the same. */
export const tar: Family = {
  name: "tar",
  usualBytes: 8192,
  made: tarBytes,
  repair: repairChecksums,
  read(input) {
    const whole = readTar(input, Math.max(1, input.byteLength));
    const pieces = readTar(input, 700);
    if (JSON.stringify(whole) !== JSON.stringify(pieces)) {
      throw new TypeError("the archive reads differently in pieces");
    }
    return whole;
  },
};
