import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sha256 } from "../../../test/made-images.ts";
import { listCache, type CacheContents } from "../../image/cache/list-cache.ts";
import { pruneCache } from "../../image/cache/prune-cache.ts";
import { revisionsOf } from "../../image/cache/section-revisions.ts";
import { verifyCache } from "../../image/cache/verify-cache.ts";
import { readers } from "../../image/readers/list.ts";
import { KeptFiles, type KeptFile } from "./kept-files.ts";

let work = "";
let nowMs = 0;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), "fromage-kept-"));
  nowMs = Date.parse("2026-11-25T12:00:00Z");
});
afterEach(() => rmSync(work, { recursive: true, force: true }));

const now = (): Date => new Date(nowMs);
const hourMs = 3_600_000;

function open(maxBytes = 1_000_000): KeptFiles {
  return new KeptFiles({
    cacheFolder: join(work, "cache"),
    temporaryFolder: join(work, "run"),
    now,
    maxBytes,
  });
}

function put(files: KeptFiles, key: string, text: string): KeptFile {
  const draft = files.begin();
  writeFileSync(draft.file, text);
  const confirmedAt = now().toISOString();
  const digest = sha256(text);
  return draft.keep(key, { digest, confirmedAt, etag: '"e"', lastModified: null });
}

const contentOf = (kept: KeptFile | null): string | null =>
  kept === null ? null : readFileSync(kept.file, "utf8");

function list(): CacheContents {
  const options = { revisions: revisionsOf(readers), now };
  const listed = listCache(join(work, "cache"), options);
  if (!listed.ok) throw new Error(JSON.stringify(listed.failure));
  return listed.value;
}
const kinds = (): readonly string[] =>
  list()
    .items.map(({ kind }) => kind)
    .toSorted();

describe("KeptFiles", () => {
  it("finds in another run what was kept, and nothing else", () => {
    put(open(), "http://a/b", "one");
    expect(contentOf(open().find("http://a/b"))).toBe("one");
    expect(open().find("http://a/b")?.record).toMatchObject({ etag: '"e"', sizeBytes: 3 });
    expect(open().find("http://a/c")).toBeNull();
  });

  it("holds the same bytes once", () => {
    put(open(), "http://a/b", "one");
    put(open(), "http://a/c", "one");
    expect(kinds()).toEqual(["address", "address", "file"]);
    expect(contentOf(open().find("http://a/b"))).toBe("one");
  });

  it("takes what is cut off, or whose record is altered, as absent", () => {
    const cut = put(open(), "http://a/b", "one");
    writeFileSync(cut.file, "on");
    expect(open().find("http://a/b")).toBeNull();
    put(open(), "http://a/b", "one");
    const record = list().items.find(({ kind }) => kind === "address")?.files[0] ?? "";
    writeFileSync(record, readFileSync(record, "utf8").replace("2026", "2027"));
    expect(open().find("http://a/b")).toBeNull();
  });

  it("makes room by what was used longest ago, and never by what was just used", () => {
    put(open(), "old", "o".repeat(40));
    nowMs += hourMs;
    put(open(), "mid", "m".repeat(40));
    nowMs += hourMs;
    const kept = put(open(100), "new", "n".repeat(40));
    expect(open().find("old")).toBeNull();
    expect(contentOf(open().find("mid"))).toHaveLength(40);
    expect(contentOf(kept)).toHaveLength(40);
    // All of it was used just now: the next one is of this run only.
    const files = open(100);
    expect(contentOf(put(files, "more", "x".repeat(40)))).toHaveLength(40);
    expect(contentOf(files.find("more"))).toHaveLength(40);
    expect(open().find("more")).toBeNull();
  });

  it("leaves nothing of a draft that is dropped", () => {
    const draft = open().begin();
    writeFileSync(draft.file, "x");
    draft.drop();
    expect(kinds()).toEqual([]);
  });
});

describe("the cache", () => {
  it("lists, verifies, repairs and prunes what is kept", async () => {
    put(open(), "http://a/b", "one");
    const damaged = put(open(), "http://a/c", "two");
    writeFileSync(damaged.file, "TWO");
    expect(kinds()).toEqual(["address", "address", "file", "file"]);
    const { signal } = new AbortController();
    const options = { signal, isRepair: true, onProgress: () => undefined };
    const verified = await verifyCache(list(), options);
    expect(verified).toMatchObject({
      ok: true,
      value: { checkedFiles: 4, damaged: [{ kind: "file", isRemoved: true }] },
    });
    expect(open().find("http://a/c")).toBeNull();
    const wish = { olderThanMs: hourMs, maxBytes: null, isOldWanted: false };
    const prune = () => pruneCache(list(), { ...wish, elfRevision: 1, now, isDryRun: false });
    expect((await prune()).removed).toEqual([]);
    nowMs += 48 * hourMs;
    expect((await prune()).removed.map(({ kind }) => kind).toSorted()).toEqual([
      "address",
      "address",
      "file",
    ]);
    expect(kinds()).toEqual([]);
  });
});
