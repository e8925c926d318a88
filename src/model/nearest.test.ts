import { describe, expect, it } from "vitest";
import { nearest } from "./nearest.ts";

const known = ["bases", "check", "choose", "ldd"];
const rows: readonly (readonly [word: string, near: readonly string[]])[] = [
  ["chekc", ["check"]],
  ["chose", ["choose"]],
  ["base", ["bases"]],
  ["ch", ["check", "choose"]],
  ["dld", ["ldd"]],
  ["check", ["check"]],
  ["frobnicate", []],
  ["", []],
  ["x".repeat(10_000), []],
];

describe("nearest()", () => {
  it.each(rows)("%s", (word, near) => {
    expect(nearest(word, known)).toEqual(near);
  });
});
