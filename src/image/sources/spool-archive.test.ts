import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { detectCompression } from "../../formats/compression.ts";
import { describeFailure } from "../../report/failure-words.ts";
import { spoolArchive, type SpoolOptions } from "./spool-archive.ts";

const scratch = mkdtempSync(join(tmpdir(), "fromage-spool-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const temporaryFolder = join(scratch, "temporary");
const file = join(scratch, "it.tar.gz");
beforeEach(() => rmSync(temporaryFolder, { recursive: true, force: true }));

const mebibyte = 1024 * 1024;
const budgets = { maxBytes: 8 * mebibyte, maxRatio: 100, ratioFloorBytes: mebibyte };

function spool(bytes: Uint8Array, options: Partial<SpoolOptions> = {}) {
  writeFileSync(file, bytes);
  return spoolArchive(file, detectCompression(bytes), { temporaryFolder, budgets, ...options });
}

describe("spoolArchive()", () => {
  it.each([
    ["gzip", gzipSync],
    ["zstd", zstdCompressSync],
  ])("gives the bytes of %s in a file that nobody else may read", async (_, compress) => {
    const bytes = Buffer.from("text\n".repeat(300_000));
    const opened = await spool(compress(bytes), { budgets: { ...budgets, maxRatio: 1e6 } });
    if (!opened.ok) expect.fail(describeFailure(opened.failure));
    expect(readFileSync(opened.value).equals(bytes)).toBe(true);
    expect(statSync(opened.value).mode & 0o777).toBe(0o600);
    expect(readdirSync(temporaryFolder)).toHaveLength(1);
  });

  it.each([
    [
      "a bomb",
      gzipSync(Buffer.alloc(7 * mebibyte)),
      {},
      /more than 100 times the compressed size, the limit for compression ratio$/,
    ],
    [
      "a bomb of zstd",
      zstdCompressSync(Buffer.alloc(7 * mebibyte)),
      {},
      /more than 100 times the compressed size/,
    ],
    [
      "more than the budget",
      gzipSync(Buffer.alloc(9 * mebibyte)),
      { budgets: { ...budgets, maxRatio: 1e6 } },
      /more than 8\.\d+ MB, the limit for uncompressed size$/,
    ],
    ["what is cut off", gzipSync("x".repeat(5000)).subarray(0, -9), {}, /as gzip: /],
    ["what is asked for too late", gzipSync("x"), { signal: AbortSignal.abort() }, /interrupted$/],
  ])("leaves nothing of %s", async (_, bytes, options, words) => {
    const opened = await spool(bytes, options);
    expect(opened.ok ? "spooled" : describeFailure(opened.failure)).toMatch(words);
    expect(readdirSync(temporaryFolder)).toEqual([]);
  });

  it("names the temporary folder where that cannot be made", async () => {
    const opened = await spool(gzipSync("x"), { temporaryFolder: join(file, "below") });
    expect(opened.ok ? "spooled" : describeFailure(opened.failure)).toMatch(
      /it\.tar\.gz: it has to be uncompressed into .*below: ENOTDIR/,
    );
  });
});
