import { describe, expect, it } from "vitest";
import { parseAge, parseSize } from "./read-amounts.ts";

describe("parseSize()", () => {
  it.each([
    ["0", 0],
    ["4096", 4096],
    ["4096B", 4096],
    ["1k", 1000],
    ["1kB", 1000],
    ["1KB", 1000],
    ["1KiB", 1024],
    ["500MB", 500_000_000],
    ["500 MB", 500_000_000],
    ["1.5GB", 1_500_000_000],
    ["2GiB", 2_147_483_648],
    ["0.001k", 1],
    ["1T", 1_000_000_000_000],
    ["9T", 9_000_000_000_000],
    ["999999TiB", Number.MAX_SAFE_INTEGER],
  ])("%s", (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each([
    "",
    "-1",
    "1.",
    ".5",
    "1,5GB",
    "1e9",
    "0x10",
    "1PB",
    "1iB",
    "1i",
    "MB",
    " 1",
    "1  MB",
    "1mb",
    "NaN",
  ])("%j is none", (text) => {
    expect(parseSize(text)).toBeNull();
  });
});

describe("parseAge()", () => {
  it.each([
    ["0d", 0],
    ["12h", 43_200_000],
    ["30d", 2_592_000_000],
    ["4w", 2_419_200_000],
  ])("%s", (text, ms) => {
    expect(parseAge(text)).toBe(ms);
  });

  it.each(["", "30", "d", "-1d", "1.5d", "1m", "1y", "30 d", "30D", "999999d"])(
    "%j is none",
    (text) => {
      expect(parseAge(text)).toBeNull();
    },
  );
});
