import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Random } from "../../../test/fuzz/random.ts";
import { scratchFolder } from "../../../test/made-packages.ts";
import { SortedPairs } from "./sorted-pairs.ts";

const folder = scratchFolder();

describe("SortedPairs", () => {
  it.each([
    ["in memory", 1024 * 1024],
    ["with most of it put aside", 700],
  ])("gives all pairs in the order of their keys, %s", (_, bufferBytes) => {
    const random = new Random(5);
    const made = Array.from({ length: 1000 }, (_unused, at): [string, string] => [
      `key ${random.below(300)}${"x".repeat(random.below(9))}`,
      String(at).padStart(4, "0"),
    ]);
    const pairs = new SortedPairs(folder, bufferBytes);
    for (const [key, value] of made) {
      expect(pairs.add(Buffer.from(key), Buffer.from(value))).toBe(true);
    }
    const found = [...pairs.sorted()].map(({ key, value }) => [
      Buffer.from(key).toString(),
      Buffer.from(value).toString(),
    ]);
    pairs.close();
    // Values count up, so that this also is the order in which those of one key came.
    expect(found).toEqual(
      made.toSorted(([a, one], [b, other]) => (`${a}\0${one}` < `${b}\0${other}` ? -1 : 1)),
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it("refuses a pair that fits nowhere, and has none without any", () => {
    const pairs = new SortedPairs(folder, 10);
    expect(pairs.add(Buffer.from("12345"), Buffer.from("123456"))).toBe(false);
    expect([...pairs.sorted()]).toEqual([]);
    pairs.close();
  });
});
