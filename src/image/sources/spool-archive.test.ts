import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeFailure } from "../../report/failure-words.ts";
import { spoolArchive } from "./spool-archive.ts";

let folder = "";
let file = "";
const bytes = Buffer.from("content ".repeat(400_000));
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fromage-spool-"));
  file = join(folder, "it.gz");
  writeFileSync(file, gzipSync(bytes));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("spoolArchive()", () => {
  it("uncompresses into a file of its own, which nobody else can read", async () => {
    const temporaryFolder = join(folder, "new");
    const result = await spoolArchive(file, "gzip", { temporaryFolder });
    if (!result.ok) expect.fail(describeFailure(result.failure));
    expect(readFileSync(result.value).equals(bytes)).toBe(true);
    expect(readdirSync(temporaryFolder)).toEqual([expect.stringMatching(/^archive-\w{12}\.tar$/)]);
  });

  it("names the folder where it cannot write", async () => {
    const result = await spoolArchive(file, "gzip", { temporaryFolder: join(file, "below") });
    if (result.ok) expect.fail("written");
    expect(result.failure.kind).toBe("unreachable");
    expect(describeFailure(result.failure)).toMatch(
      /it\.gz: it has to be uncompressed into .*below: ENOTDIR/,
    );
  });

  it("ends as cancelled when the signal is set", async () => {
    const signal = AbortSignal.abort();
    const result = await spoolArchive(file, "gzip", { temporaryFolder: folder, signal });
    expect(result).toMatchObject({ ok: false, failure: { kind: "cancelled" } });
  });

  it("says what is missing where the archive is gone", async () => {
    const result = await spoolArchive(join(folder, "none"), "gzip", { temporaryFolder: folder });
    expect(result).toMatchObject({ ok: false, failure: { kind: "not-found" } });
  });
});
