import { describe, expect, it } from "vitest";
import { formatPlatform, parsePlatform, type Platform } from "../../model/platform.ts";
import { choosePlatforms } from "./choose-platform.ts";
import { hostPlatform } from "./image-config.ts";

const host = formatPlatform(hostPlatform());

/** What is there, what is asked, what is taken; or the platforms that a failure names. `?` is one that nobody says. */
const cases: readonly (readonly [there: string, asked: string, taken: string])[] = [
  ["linux/arm64", "", "linux/arm64"],
  ["?", "", "?"],
  [`linux/riscv64 ${host}`, "", host],
  ["linux/riscv64 linux/s390x", "", "none: linux/riscv64 linux/s390x"],
  ["linux/amd64 linux/arm64", "linux/arm64/v8", "linux/arm64"],
  ["linux/amd64 linux/arm64", "arm64 amd64", "linux/arm64 linux/amd64"],
  ["linux/arm/v5 linux/arm/v6", "linux/arm/v7", "linux/arm/v6"],
  ["linux/arm/v7 linux/arm/v6", "linux/arm/v5", "none: linux/arm/v6 linux/arm/v7"],
  ["linux/amd64 linux/amd64/v3", "linux/amd64", "linux/amd64"],
  ["linux/amd64 linux/amd64/v3", "linux/amd64/v4", "linux/amd64/v3"],
  ["linux/amd64/v2", "linux/amd64", "none: linux/amd64/v2"],
  ["windows/amd64", "linux/amd64", "none: windows/amd64"],
  ["?", "linux/amd64", "none: "],
  ["linux/amd64", "linux/constructor", "none: linux/amd64"],
  ["linux/constructor", "linux/constructor", "linux/constructor"],
  ["", "", "none: "],
];

function named(text: string): Platform {
  const platform = parsePlatform(text);
  if (platform === null) throw new TypeError(`${text} is no platform`);
  return platform;
}

const list = (text: string): readonly string[] => text.split(" ").filter((part) => part !== "");

describe("choosePlatforms()", () => {
  it.each(cases)("of [%s] for [%s] takes [%s]", (there, asked, taken) => {
    const items = list(there).map((name) => ({
      name,
      platform: name === "?" ? null : named(name),
    }));
    const result = choosePlatforms(items, list(asked).map(named), "it");
    const near = !result.ok && result.failure.kind === "not-found" ? result.failure.near : [];
    const found = result.ok
      ? result.value.map(({ name }) => name).join(" ")
      : `none: ${near.join(" ")}`;
    expect(found).toBe(taken);
  });
});
