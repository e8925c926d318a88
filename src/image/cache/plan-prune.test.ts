import { describe, expect, it } from "vitest";
import type { CacheItem, CacheItemKind } from "./cache-item.ts";
import { planPrune, type PruneWish } from "./plan-prune.ts";

const dayMs = 24 * 60 * 60 * 1000;
const nowMs = Date.parse("2026-06-01T00:00:00Z");
const nothing: PruneWish = { olderThanMs: null, maxBytes: null, isOldWanted: false };

/** `layer a 10d 100`: kind, name, age, bytes. */
function item(text: string): CacheItem {
  const [word = "", name = "", age = "", bytes = ""] = text.split(" ");
  const usedAtMs = nowMs - Number.parseFloat(age) * dayMs;
  const sizeBytes = Number(bytes);
  return { kind: kindOf(word), name, files: [name], folder: null, sizeBytes, usedAtMs };
}

const kinds: readonly CacheItemKind[] = [
  "layer",
  "pack",
  "blob",
  "document",
  "name",
  "compiled",
  "old",
  "newer",
  "draft",
  "leftover",
];

function kindOf(word: string): CacheItemKind {
  const kind = kinds.find((one) => one === word);
  if (kind === undefined) throw new RangeError(word);
  return kind;
}

/** Packs of the layers of that name. */
const packs: Readonly<Record<string, readonly string[]>> = {
  one: ["p1"],
  two: ["p1", "p2"],
  three: ["p2", "p2", "gone"],
};

function plan(items: readonly string[], wish: Partial<PruneWish>): readonly [string, string] {
  const packsOf = ({ name }: CacheItem): readonly string[] => packs[name] ?? [];
  const subject = { items: items.map(item), nowMs, packsOf };
  const { remove, spared } = planPrune(subject, { ...nothing, ...wish });
  const names = (list: readonly CacheItem[]): string => list.map(({ name }) => name).join(" ");
  return [names(remove), names(spared)];
}

/** Each with 100 bytes. */
const facts = ["layer one 30d 100", "layer two 20d 100", "layer three 10d 100"];
const itsPacks = ["pack p1 20d 100", "pack p2 10d 100"];
const all = [
  ...facts,
  ...itsPacks,
  "blob b 15d 100",
  "document d 25d 100",
  "name n 5d 100",
  "compiled c 40d 100",
  "old o 35d 100",
  "newer w 90d 100",
  "draft f 0d 100",
];

const rows: readonly (readonly [string, readonly string[], Partial<PruneWish>, string])[] = [
  ["nothing is asked: nothing goes", all, {}, ""],
  ["by age", all, { olderThanMs: 22 * dayMs }, "c o one d"],
  [
    "by age: packs with the last of their layers",
    all,
    { olderThanMs: 12 * dayMs },
    "c o one d two b p1",
  ],
  ["by age: exactly so old stays", ["blob b 7d 1"], { olderThanMs: 7 * dayMs }, ""],
  ["by size: used longest ago first, no more than that", all, { maxBytes: 900 }, "c o one"],
  ["by size: what is under it stays", all, { maxBytes: 1200 }, ""],
  [
    "by size: a pack that gets free counts",
    [...facts, ...itsPacks],
    { maxBytes: 200 },
    "one two p1",
  ],
  ["by size: nothing may stay", all, { maxBytes: 0 }, "c o one d two b three n p1 p2"],
  ["by age, then by size", all, { olderThanMs: 38 * dayMs, maxBytes: 1000 }, "c o"],
  ["old revisions alone", all, { isOldWanted: true }, "o"],
  ["leftovers always", ["leftover l 2d 1", "blob b 2d 1"], {}, "l"],
  ["packs without a layer always", ["pack p9 2d 1", "layer one 2d 1", "pack p1 2d 1"], {}, "p9"],
  ["of the same time by name", ["blob z 2d 1", "blob a 2d 1"], { maxBytes: 1 }, "a"],
];

describe("planPrune()", () => {
  it.each(rows)("%s", (_, items, wish, expected) => {
    expect(plan(items, wish)).toEqual([expected, ""]);
    expect(plan(items.toReversed(), wish)).toEqual([expected, ""]);
  });

  it("spares blobs and packs that were used just now, and takes others for the size", () => {
    const items = ["blob b 0d 100", "pack p9 0d 100", "layer one 0d 100", "document d 1d 100"];
    expect(plan(items, { maxBytes: 300 })).toEqual(["d", "p9"]);
    expect(plan(items, { maxBytes: 250 })).toEqual(["d one", "b p9"]);
    expect(plan(items, { maxBytes: 0 })).toEqual(["d one", "b p9"]);
  });
});
