import { describe, expect, it } from "vitest";
import { readWords } from "./read-words.ts";

const typed = (...words: readonly string[]) => {
  const bytes = Buffer.from(words.map((word) => `${word}\0`).join(""), "latin1");
  return (): Uint8Array => bytes;
};

describe("readWords()", () => {
  it.each<readonly [string, readonly string[], () => Uint8Array, readonly string[]]>([
    [
      "has the bytes that were typed",
      ["ls", "/d\ufffdr", ""],
      typed("node", "main", "ls", "/d\xe9r", ""),
      ["ls", "/d\udce9r", ""],
    ],
    [
      "leaves words that are UTF-8",
      ["ls", "\ufffd"],
      typed("node", "ls", "\xef\xbf\xbd"),
      ["ls", "\ufffd"],
    ],
    ["takes no others", ["ls", "\ufffd"], typed("node", "ls", "x"), ["ls", "\ufffd"]],
    ["takes no part of them", ["ls", "\ufffd"], typed("\xe9"), ["ls", "\ufffd"]],
    [
      "does without",
      ["ls", "\ufffd"],
      () => {
        throw Object.assign(new Error("no such file"), { code: "ENOENT" });
      },
      ["ls", "\ufffd"],
    ],
    [
      "asks for nothing else",
      ["ls", "/ä"],
      () => {
        throw new Error("nobody was to ask");
      },
      ["ls", "/ä"],
    ],
  ])("%s", (_, words, commandLine, expected) => {
    expect(readWords(words, commandLine)).toEqual(expected);
  });
});
