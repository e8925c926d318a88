import fc from "fast-check";
import { FormatError } from "../../../src/formats/format-error.ts";
import type { Family } from "../family.ts";

const bytes = fc.uint8Array({ minLength: 4, maxLength: 40 });
/** One input in some hundreds, always the same ones. */
const isTheOne = (input: Uint8Array): boolean => (input[0] ?? 0) === 7;

/** Parsers with a bug each, to show that it is caught; and one without. */
export const families: readonly Family[] = [
  {
    name: "sound",
    made: bytes,
    read(input) {
      if (isTheOne(input)) throw new FormatError("sound", "a 7", 0);
      return input.length;
    },
  },
  {
    name: "throws",
    made: bytes,
    read(input) {
      if (isTheOne(input)) throw new TypeError("planted");
      return input.length;
    },
  },
  {
    name: "loops",
    made: bytes,
    read(input) {
      let sum = 0;
      for (let at = 0; at < input.length; at += isTheOne(input) ? 0 : 1) sum += input[at] ?? 0;
      return sum;
    },
  },
  {
    name: "allocates",
    made: bytes,
    read: (input) => (isTheOne(input) ? Buffer.alloc(512 * 1024 ** 2, 1).length : input.length),
  },
  {
    name: "fills-the-heap",
    made: bytes,
    read(input) {
      const kept: number[][] = [];
      while (isTheOne(input)) kept.push(Array.from({ length: 10_000 }, (_, at) => at));
      return kept.length;
    },
  },
  { name: "differs", made: bytes, read: () => Math.random() },
  { name: "swells", made: bytes, read: (input) => "x".repeat(70_000 + 40 * input.length) },
  {
    name: "writes",
    made: bytes,
    read(input) {
      input[0] = (input[0] ?? 0) ^ 1;
      return 0;
    },
  },
];
