import fc, { type Arbitrary } from "fast-check";

/** Parts of paths that are plain, odd or hostile. */
export const pathPart: Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    ..."a b usr lib etc bin app lib64 libc.so.6 .. . .wh.a .wh..wh..opq .wh. .wh..wh.plnk".split(
      " ",
    ),
  ),
  fc.constantFrom("", "constructor", "__proto__", "é", "\u2028", "a\0b", "a\nb", " ", "\\", "%2e"),
  fc.string({ maxLength: 12, unit: "binary" }),
);

/** Some parts with slashes between, here and there with one at either end. */
export const pathName: Arbitrary<string> = fc
  .tuple(
    fc.constantFrom("", "/", "./", "../"),
    fc.array(pathPart, { maxLength: 5 }),
    fc.constantFrom("", "/", "//", "/."),
  )
  .map(([start, parts, end]) => `${start}${parts.join("/")}${end}`);

/** Sizes: what they are is `true`, else a number that lies. */
export const lie: Arbitrary<number | true> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<true>(true) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0, 1, 511, 512, 513, 2 ** 31, 2 ** 32, 2 ** 40, 2 ** 53 - 1),
  },
);

/** A line of text with what parsers split it at. */
export const oddLine: Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(...Array.from(" \t:=/#'\"\\()[]{},;-+.\r\0"), "\u2028", "\ufeff", "\u00a0"),
      fc.string({ maxLength: 8 }),
      fc.string({ maxLength: 4, unit: "binary" }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));

/** Texts as bytes; one in some is no UTF-8. */
export function textBytes(text: Arbitrary<string>): Arbitrary<Uint8Array> {
  return fc
    .tuple(text, fc.boolean(), fc.nat({ max: 15 }))
    .map(([value, isLatin1, odds]) =>
      Buffer.from(value, isLatin1 && odds === 0 ? "latin1" : "utf8"),
    );
}

export function lines(line: Arbitrary<string>, maxLength = 20): Arbitrary<string> {
  return fc
    .tuple(fc.array(line, { maxLength }), fc.constantFrom("\n", "\n", "\n", "\r\n", "\n\n", "\0"))
    .map(([all, end]) => all.map((one) => `${one}${end}`).join(""));
}
