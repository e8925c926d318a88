import { describe, expect, it } from "vitest";
import { makeHeader, padded, paxRecord, repairChecksums } from "../../../test/fuzz/tar-bytes.ts";
import type { TarEntry } from "./member.ts";
import { TarReader } from "./tar-reader.ts";

function entriesOf(archive: Uint8Array): readonly TarEntry[] {
  const entries: TarEntry[] = [];
  const reader = new TarReader({
    where: "it.tar",
    handler: {
      entry: (entry) => entries.push(entry) > 0,
      content: () => true,
      endOfFile: () => undefined,
      problem: (failure) => {
        throw new Error(JSON.stringify(failure));
      },
    },
  });
  reader.push(archive);
  reader.end();
  return entries;
}

const file = makeHeader({ name: "a", typeFlag: "0", sizeBytes: 0 });

describe("the time of a PAX record", () => {
  it.each<readonly [string, number | undefined]>([
    ["0", 0],
    ["1350244992.023960108", 1_350_244_992],
    ["-2", -2],
    ["-2.000", -2],
    ["-1.5", -2],
    ["-0.25", -1],
    ["-0", 0],
    ["12.", 12],
    ["", 1_700_000_000],
    ["-", 1_700_000_000],
    ["1e3", 1_700_000_000],
    ["--1", 1_700_000_000],
  ])("%s", (text, seconds) => {
    const pax = paxRecord("mtime", text);
    const header = makeHeader({ name: "x", typeFlag: "x", sizeBytes: pax.byteLength });
    const [entry] = entriesOf(Buffer.concat([header, padded(pax), file]));
    expect(entry?.modifiedSeconds).toBe(seconds);
  });
});

describe("the time of a header in base-256", () => {
  it.each<readonly [string, number | undefined]>([
    ["ffffffffffffffffffffffff", -1],
    ["fffffffffffffffffffffffe", -2],
    ["ffffffffffffffff7fffffff", -2_147_483_649],
    ["ffffffffffe0000000000001", -Number.MAX_SAFE_INTEGER],
    ["fffffffffdf0000000000000", undefined],
    ["c00000000000000000000000", undefined],
    ["80000000000000000000000c", 12],
    ["80000000001fffffffffffff", Number.MAX_SAFE_INTEGER],
    ["bfffffffffffffffffffffff", undefined],
  ])("%s", (hex, seconds) => {
    const block = Buffer.from(file);
    block.set(Buffer.from(hex, "hex"), 136);
    const [entry] = entriesOf(repairChecksums(block));
    expect(entry?.modifiedSeconds).toBe(seconds);
  });
});
