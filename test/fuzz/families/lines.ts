import fc, { type Arbitrary } from "fast-check";
import { splitLine } from "../../../src/cli/completion/split-line.ts";
import { parseGlob } from "../../../src/explore/find/glob.ts";
import { parseModeTest } from "../../../src/explore/find/mode-test.ts";
import { parseSizeTest } from "../../../src/explore/find/size-test.ts";
import type { Family } from "../family.ts";
import { oddLine, textBytes } from "./words.ts";

const textOf = (input: Uint8Array): string => Buffer.from(input).toString("utf8");

/** The ways to write a word so that it is one; `at` chooses. */
function quote(word: string, at: number): string {
  if (at % 3 === 0) return `'${word.replaceAll("'", `'"'"'`)}'`;
  if (at % 3 === 1) return `"${word.replaceAll(/[$`"\\]/g, String.raw`\$&`)}"`;
  return word === "" ? "''" : Array.from(word, (letter) => `\\${letter}`).join("");
}

/** What is typed so far, split into words: those of a line that was quoted come back. */
export const lines: Family = {
  name: "lines",
  made: textBytes(oddLine),
  read(input) {
    const text = textOf(input);
    const words = splitLine(text);
    const quoted = words.map((word, at) => quote(word, at + input.length)).join(" ");
    const again = splitLine(quoted);
    if (JSON.stringify(again) !== JSON.stringify(words)) {
      throw new TypeError(`${quoted} is split into other words: ${JSON.stringify(again)}`);
    }
    return words;
  },
  maxOutput: (inputBytes) => 64 + 12 * inputBytes,
};

const globPart = fc.oneof(
  fc.constantFrom(
    "*",
    "?",
    "[",
    "]",
    "!",
    "^",
    "-",
    "\\",
    "a",
    "b",
    "z",
    ".",
    "/",
    "é",
    "\u{1f9c0}",
  ),
  fc.constantFrom("[a-z]", "[!a]", "[[:digit:]]", "[[:nothing:]]", "[]-a]", "[z-a]", "**", "\\*"),
  fc.string({ maxLength: 3, unit: "binary" }),
);
const madeGlob: Arbitrary<string> = fc
  .tuple(fc.array(globPart, { maxLength: 12 }), fc.array(globPart, { maxLength: 12 }))
  .map((both) => both.map((parts) => parts.join("")).join("\n"));

/** A pattern without anything special in it but what is taken literally. */
function literal(name: string): string {
  return name.replaceAll(/[*?[\\]/g, String.raw`\$&`);
}

/** Patterns of `find` and what is tried on names with them; the first line is the pattern, the rest a name. */
export const globs: Family = {
  name: "globs",
  made: textBytes(fc.oneof(madeGlob, oddLine)),
  read(input) {
    const [pattern = "", ...rest] = textOf(input).split("\n");
    const name = rest.join("\n");
    const found = parseGlob(pattern)(name);
    const wrong = [
      parseGlob(literal(name))(name) ? null : "a name is not what it says literally",
      parseGlob(`${literal(name)}*`)(`${name}${pattern}`) ? null : "a star stands for nothing",
      found && !parseGlob(`*${pattern}`)(`a${name}`) ? "a star takes nothing before" : null,
      found && !parseGlob(`**${pattern}`)(name) ? "two stars are not one" : null,
    ];
    const first = wrong.find((reason) => reason !== null);
    if (first !== undefined) throw new TypeError(`${JSON.stringify([pattern, name])}: ${first}`);
    const size = parseSizeTest(pattern.slice(0, 40));
    const mode = parseModeTest(pattern.slice(0, 40));
    return [found, parseGlob(pattern, true)(name), size?.(1000), mode?.(0o4755)];
  },
};
