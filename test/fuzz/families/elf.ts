import fc, { type Arbitrary } from "fast-check";
import { Tag } from "../../../src/formats/elf/dynamic.ts";
import { parseElf } from "../../../src/formats/elf/parse-elf.ts";
import {
  bodyAt,
  shapes,
  tinyElf,
  type TinyShape,
  words,
} from "../../../src/formats/elf/testdata/tiny-elf.ts";
import { fromBytes, type RandomAccess } from "../../../src/formats/random-access.ts";
import type { Family } from "../family.ts";

const dynamicBytes = 0x400;
const tableAt = bodyAt + dynamicBytes;

const shape: Arbitrary<TinyShape> = fc.constantFrom(...shapes.map(([, one]) => one));
/** A place or number in or about the body. */
const place = fc.oneof(
  fc.nat({ max: 0x500 }),
  fc.nat({ max: 0x300 }).map((at) => tableAt + at),
  fc.constantFrom(0, 2 ** 16, 2 ** 31, 2 ** 32 - 1, 2 ** 40, 2 ** 53 - 1),
);
const entry = fc.tuple(fc.constantFrom(...Object.values(Tag)), place);
const segment = fc.record({
  type: fc.constantFrom(1, 2, 3, 4, 7, 0x6474e551, 0x6474e553),
  flags: fc.nat({ max: 7 }),
  offsetBytes: fc.oneof(fc.constantFrom(0, bodyAt, tableAt), place),
  sizeBytes: fc.oneof(fc.constantFrom(0, 16, 64, 512, 2048), place),
});
const texts = fc
  .array(
    fc.oneof(
      fc.constantFrom("libc.so.6", "GLIBC_2.34", "dlopen", "libz.so.1", "/lib:/usr/lib", ""),
      fc.constantFrom("GNU", "FDO", '[{"soname":["a"]}]', "musl libc (", "ld.so (", "\x7f"),
      fc.string({ maxLength: 20 }),
    ),
    { maxLength: 20 },
  )
  .map((all) => Buffer.from(`\0${all.join("\0")}\0`, "latin1"));
const table = fc
  .tuple(texts, fc.uint8Array({ maxLength: 600 }), fc.array(place, { maxLength: 40 }))
  .map(([text, bytes, numbers]) => ({ text, bytes, numbers }));

/** A file whose tables lie anywhere, its strings at their place more often than not. */
const madeElf: Arbitrary<Uint8Array> = fc
  .record({
    shape,
    type: fc.constantFrom(2, 3, 3, 3, 1, 4),
    entries: fc.array(entry, { maxLength: 20 }),
    segments: fc.array(segment, { maxLength: 5 }),
    table,
    isSound: fc.boolean(),
  })
  .map(({ shape: of, type, entries, segments, table: { text, bytes, numbers }, isSound }) => {
    const strings = [Tag.strings, tableAt, Tag.stringBytes, text.byteLength];
    const all = [...(isSound ? strings : []), ...entries.flat(), 0, 0].slice(0, 60);
    const fitting = (value: number): number => (of.is64 ? value : value % 2 ** 32);
    const dynamic = words(of, all.map(fitting));
    const gap = Buffer.alloc(dynamicBytes - dynamic.byteLength);
    const body = Buffer.concat([dynamic, gap, text, bytes, words(of, numbers.map(fitting))]);
    const own = { type: 2, offsetBytes: bodyAt, sizeBytes: dynamic.byteLength };
    const placed = segments.map(({ offsetBytes, sizeBytes, ...rest }) => {
      return { ...rest, offsetBytes: fitting(offsetBytes), sizeBytes: fitting(sizeBytes) };
    });
    return tinyElf({ ...of, type, body, segments: isSound ? [own, ...placed] : placed });
  });

/** A file that became shorter after its size was asked for gives fewer bytes. */
function contentOf(input: Uint8Array): RandomAccess {
  const content = fromBytes(input);
  const isShrunk = (input.at(-1) ?? 0) % 8 === 7;
  return isShrunk ? { ...content, sizeBytes: input.byteLength + 4096 } : content;
}

/** Programs, libraries and loaders of either class and byte order. */
export const elf: Family = {
  name: "elf",
  made: madeElf,
  read: (input) => parseElf(contentOf(input)),
};
