import { describe, expect, it } from "vitest";
import { textLines } from "./text-lines.ts";

describe("textLines()", () => {
  const rows: readonly [string, string | Buffer, readonly (readonly [string, number])[]][] = [
    ["nothing", "", []],
    ["one line", "a\n", [["a", 0]]],
    ["no end", "a", [["a", 0]]],
    [
      "an empty line",
      "a\n\nb\n",
      [
        ["a", 0],
        ["", 2],
        ["b", 3],
      ],
    ],
    [
      "CR LF",
      "a\r\n\r\nb",
      [
        ["a", 0],
        ["", 3],
        ["b", 5],
      ],
    ],
    ["CR alone is no end", "a\rb\n", [["a\rb", 0]]],
    [
      "offsets in bytes",
      "é\nb",
      [
        ["é", 0],
        ["b", 3],
      ],
    ],
    [
      "one line that is not UTF-8",
      Buffer.from("c3a90ae90a", "hex"),
      [
        ["é", 0],
        ["\udce9", 3],
      ],
    ],
  ];
  it.each(rows)("%s", (_, content, lines) => {
    const found = [...textLines(Buffer.from(content))];
    expect(found.map(({ text, offsetBytes }) => [text, offsetBytes])).toEqual(lines);
  });
});
