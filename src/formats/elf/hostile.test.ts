import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FormatError } from "../format-error.ts";
import { fromBytes, type RandomAccess } from "../random-access.ts";
import { Tag } from "./dynamic.ts";
import { parseElf } from "./parse-elf.ts";
import {
  bodyAt,
  halves,
  shapes,
  tinyElf,
  type TinyShape,
  wholes,
  words,
} from "./testdata/tiny-elf.ts";

const shape: TinyShape = { is64: true, isLittle: true };
const dynamicBytes = 0x200;
const tableAt = bodyAt + dynamicBytes;

/** A shared object with these dynamic entries, and a table at `tableAt`. */
function library(entries: readonly number[], table: Buffer, of: TinyShape = shape): Buffer {
  const dynamic = words(of, [...entries, 0, 0]);
  const body = Buffer.concat([dynamic, Buffer.alloc(dynamicBytes - dynamic.byteLength), table]);
  const segments = [{ type: 2, offsetBytes: bodyAt, sizeBytes: dynamic.byteLength }];
  return tinyElf({ ...of, type: 3, body, segments });
}

function parse(bytes: Buffer) {
  return parseElf(fromBytes(bytes));
}

const strings = [Tag.strings, tableAt, Tag.stringBytes, 16];
const oneSymbol = [...strings, Tag.symbols, tableAt];
function withHeader(offsetBytes: number, value: Buffer): Buffer {
  const bytes = library(strings, Buffer.alloc(64));
  value.copy(bytes, offsetBytes);
  return bytes;
}

describe("parseElf() refuses", () => {
  const lies: readonly (readonly [string, RegExp, Buffer])[] = [
    [
      "65,535 program headers",
      /65535 program headers of 56 bytes/,
      withHeader(56, halves(shape, [0xffff])),
    ],
    ["program headers of 65,535 bytes", /of 65535 bytes/, withHeader(54, halves(shape, [0xffff]))],
    ["program headers of no bytes", /of 0 bytes, expected 56/, withHeader(54, halves(shape, [0]))],
    [
      "program headers behind the end",
      /the program header table ends at byte/,
      withHeader(32, words(shape, [2 ** 52])),
    ],
    [
      "a string table past the end",
      /the string table ends at byte/,
      library([...strings.slice(0, 3), 2 ** 20], Buffer.alloc(64)),
    ],
    [
      "a string table of 2^40 bytes",
      /a string table of 1099511627776 bytes/,
      library([...strings.slice(0, 3), 2 ** 40], Buffer.alloc(64)),
    ],
    [
      "a string table at no address",
      /DT_STRTAB at address 0x10000000000/,
      library([Tag.strings, 2 ** 40], Buffer.alloc(64)),
    ],
    [
      "a needed name past the string table",
      /DT_NEEDED lies outside/,
      library([...strings, Tag.needed, 17], Buffer.alloc(64)),
    ],
    [
      "a needed name without end",
      /DT_NEEDED lies outside/,
      library([...strings, Tag.needed, 1], Buffer.from("\0libc.so.6.......", "latin1")),
    ],
    [
      "DT_HASH with 2^32 - 1 symbols",
      /the symbol table ends at byte/,
      library([...oneSymbol, Tag.hash, tableAt + 32], Buffer.alloc(64, 0xff)),
    ],
    [
      "DT_GNU_HASH with 2^32 - 1 buckets",
      /buckets of 17179869180 bytes/,
      library([...oneSymbol, Tag.gnuHash, tableAt + 32], Buffer.alloc(64, 0xff)),
    ],
    [
      "DT_GNU_HASH with a bucket of symbol 2^32 - 1",
      /the symbol table ends at byte/,
      gnuHash(wholes(shape, [1, 1, 0, 0, 0xffff_ffff])),
    ],
    [
      "DT_GNU_HASH with a chain that does not end in the file",
      /a DT_GNU_HASH chain ends at byte/,
      gnuHash(Buffer.concat([wholes(shape, [1, 1, 0, 0, 1]), Buffer.alloc(4096)])),
    ],
    [
      "a relocation of symbol 2^32 - 1",
      /a relocation of symbol 4294967295/,
      library([...oneSymbol, Tag.rela, tableAt, Tag.relaBytes, 24], Buffer.alloc(64, 0xff)),
    ],
    ["version needs that share one long list", /too many version records/, versionNeeds(0xffff)],
    ["2^53 version needs", /too many version records/, versionNeeds(2 ** 53)],
    ["version definitions that creep", /too many version records|outside/, creepingDefinitions()],
    ["names that lie over each other", /strings that lie over each other/, manyNeeded()],
    ["a dynamic section of 2 MiB", /a dynamic section of 2097152 bytes/, longDynamic()],
  ];

  it.each(lies)("%s", (_name, reason, bytes) => {
    const before = performance.now();
    expect(() => parse(bytes)).toThrow(reason);
    // Not a measure of speed: a lie that is believed takes minutes.
    expect(performance.now() - before).toBeLessThan(5000);
  });
});

function gnuHash(table: Buffer): Buffer {
  return library(
    [...oneSymbol, Tag.gnuHash, tableAt + 16],
    Buffer.concat([Buffer.alloc(16), table]),
  );
}

/** Many needs that all point to the same long list of versions. */
function versionNeeds(count: number): Buffer {
  const [needs, versions] = [300, 0xffff];
  const records = Array.from({ length: needs }, (_, index) => [
    halves(shape, [1, versions]),
    wholes(shape, [0, 16 * (needs - index), 16]),
  ]).flat();
  const list = Buffer.alloc(16 * versions);
  for (let at = 12; at < list.byteLength; at += 16) list.writeUInt32LE(16, at);
  const table = Buffer.concat([Buffer.alloc(16), ...records, list]);
  const entries = [...strings, Tag.versionNeeds, tableAt + 16, Tag.versionNeedCount, count];
  return library(entries, table);
}

/** A record whose `next` is smaller than itself, over and over. */
function creepingDefinitions(): Buffer {
  const table = Buffer.alloc(0x30000, wholes(shape, [0x0100_0000]));
  for (let at = 0; at < table.byteLength; at++) table[at] = at % 4 === 0 ? 1 : 0;
  const entries = [Tag.strings, tableAt, Tag.stringBytes, 0x30000];
  return library(
    [...entries, Tag.versionDefinitions, tableAt, Tag.versionDefinitionCount, 2 ** 40],
    table,
  );
}

function manyNeeded(): Buffer {
  const text = Buffer.alloc(1024 * 1024, 0x61);
  text[text.byteLength - 1] = 0;
  const needed = Array.from({ length: 60_000 }, () => [Tag.needed, 0]).flat();
  const at = bodyAt + 16 * (needed.length / 2 + 3);
  const entries = [Tag.strings, at, Tag.stringBytes, text.byteLength, ...needed, 0, 0];
  const dynamic = words(shape, entries);
  const segments = [{ type: 2, offsetBytes: bodyAt, sizeBytes: dynamic.byteLength }];
  return tinyElf({ ...shape, type: 3, body: Buffer.concat([dynamic, text]), segments });
}

function longDynamic(): Buffer {
  const body = Buffer.alloc(2 * 1024 * 1024, 1);
  const segments = [{ type: 2, offsetBytes: bodyAt, sizeBytes: body.byteLength }];
  return tinyElf({ ...shape, type: 3, body, segments });
}

describe("parseElf() does not take longer, or more, than the file is worth:", () => {
  it("a thousand segments over each other are searched once", () => {
    const body = Buffer.alloc(256 * 1024, "2.");
    const over = { type: 1, offsetBytes: 0, sizeBytes: bodyAt + body.byteLength };
    const segments = Array.from({ length: 16 }, () => over);
    let read = 0;
    const content = fromBytes(tinyElf({ ...shape, type: 2, body, segments }));
    const counted: RandomAccess = {
      ...content,
      read(...place) {
        read += place[1];
        return content.read(...place);
      },
    };
    expect(parseElf(counted).staticLibc?.kind).toBe("unknown");
    expect(read).toBeLessThan(2 * content.sizeBytes);
  });

  it("control characters, which JSON writes as six, do not make a text that is too long", () => {
    const text = Buffer.alloc(1024 * 1024, 1);
    text[text.byteLength - 1] = 0;
    const needed = Array.from({ length: 300 }, () => [Tag.needed, 0]).flat();
    const at = bodyAt + 16 * (needed.length / 2 + 3);
    const sizeBytes = 32 * text.byteLength;
    const entries = [Tag.strings, at, Tag.stringBytes, sizeBytes, ...needed, 0, 0];
    const dynamic = words(shape, entries);
    const segments = [{ type: 2, offsetBytes: bodyAt, sizeBytes: dynamic.byteLength }];
    const body = Buffer.concat([dynamic, text, Buffer.alloc(sizeBytes - text.byteLength)]);
    expect(() => parse(tinyElf({ ...shape, type: 3, body, segments }))).toThrow(
      /names and paths for the loader/,
    );
  });

  it.each([0, 20, 70, 0x410, 0x601])("a file that shrank to %d bytes meanwhile", (end) => {
    const bytes = library([...oneSymbol, Tag.hash, tableAt + 32], Buffer.alloc(256));
    const content = { ...fromBytes(bytes.subarray(0, end)), sizeBytes: bytes.byteLength };
    expect(() => parseElf(content)).toThrow(FormatError);
  });
});

describe("parseElf() takes as absent what no loader reads:", () => {
  const sectionPlaces: readonly (readonly [string, number, Buffer])[] = [
    ["section headers behind the end", 40, words(shape, [2 ** 52])],
    ["65,535 section headers", 60, halves(shape, [0xffff])],
    ["section headers of no bytes", 58, halves(shape, [0])],
    ["names of sections in no section", 62, halves(shape, [0xffff])],
  ];
  it.each(sectionPlaces)("%s", (_name, offsetBytes, value) => {
    const bytes = withHeader(offsetBytes, value);
    if (offsetBytes !== 60) halves(shape, [4]).copy(bytes, 60);
    expect(parse(bytes)).toMatchObject({ type: "shared", goBuild: null, staticLibc: null });
  });

  it("note segments beyond a budget, each over all of the file", () => {
    const body = Buffer.alloc(512 * 1024);
    const note = { type: 4, offsetBytes: bodyAt, sizeBytes: body.byteLength };
    const segments = Array.from({ length: 12 }, () => note);
    expect(parse(tinyElf({ ...shape, type: 3, body, segments })).notes.buildId).toBeNull();
  });
});

describe.each(shapes)("parseElf() of a %s file", (_name, of) => {
  const text = Buffer.from("\0libneeded.so.1\0libself.so\0/rpath\0/runpath\0dlopen\0", "latin1");
  const at = (name: string): number => text.indexOf(`${name}\0`, 0, "latin1");
  const sound = library(
    [
      ...[Tag.strings, tableAt, Tag.stringBytes, text.byteLength, Tag.needed, at("libneeded.so.1")],
      ...[Tag.soname, at("libself.so"), Tag.rpath, at("/rpath"), Tag.runpath, at("/runpath")],
    ],
    text,
    of,
  );

  it("has needed names, soname, rpath beside runpath", () => {
    expect(parse(sound)).toMatchObject({
      class: of.is64 ? 64 : 32,
      byteOrder: of.isLittle ? "little" : "big",
      needed: ["libneeded.so.1"],
      soname: "libself.so",
      rpath: "/rpath",
      runpath: "/runpath",
    });
  });

  it("throws nothing but FormatError when bytes are changed or cut off", () => {
    const change = fc.tuple(fc.nat({ max: sound.byteLength - 1 }), fc.nat({ max: 255 }));
    const changes = fc.array(change, { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(changes, fc.nat({ max: sound.byteLength }), (list, length) => {
        const bytes = Buffer.from(sound);
        for (const [place, value] of list) bytes[place] = value;
        for (const cut of [bytes, bytes.subarray(0, length)]) {
          try {
            parse(cut);
          } catch (error) {
            expect(error).toBeInstanceOf(FormatError);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
