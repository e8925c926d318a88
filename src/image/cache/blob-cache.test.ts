import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sha256 } from "../../../test/made-images.ts";
import { mountReadOnly, mountSmall, unmount, whyNoMount } from "../../../test/mounts.ts";
import { BlobCache, type BlobCacheOptions } from "./blob-cache.ts";
import { TemporaryBlobs } from "./temporary-blobs.ts";

let scratch = "";
let count = 0;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "fromage-blobs-"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const minuteMs = 60_000;
let nowMs = Date.parse("2026-03-04T05:06:07Z");

function newFolder(): string {
  return join(scratch, `cache-${count++}`);
}

function open(folder: string, options: Partial<BlobCacheOptions> = {}): BlobCache {
  const temporaryFolder = join(scratch, "temporary");
  return new BlobCache({ folder, temporaryFolder, now: () => new Date(nowMs), ...options });
}

/** Brings a blob as a registry's layer does. */
function bring(cache: BlobCache | TemporaryBlobs, bytes: Uint8Array): string {
  const draft = cache.begin(sha256(bytes), bytes.byteLength);
  writeFileSync(draft.file, bytes, { flag: "wx" });
  draft.keep();
  return draft.file;
}

const kept = (folder: string): readonly string[] =>
  readdirSync(join(folder, "blobs-1")).filter((name) => name !== "incoming");
const drafts = (folder: string): readonly string[] => readdirSync(join(folder, "blobs-1/incoming"));
const nameOf = (bytes: Uint8Array): string => sha256(bytes).replace(":", "-");
const blob = (letter: string, sizeBytes: number): Buffer => Buffer.alloc(sizeBytes, letter);

describe("BlobCache", () => {
  it("gives back what was kept, in this run and in the next, to its owner alone", () => {
    const folder = newFolder();
    const cache = open(folder);
    const bytes = randomBytes(1000);
    expect(cache.find(sha256(bytes))).toBeNull();
    bring(cache, bytes);
    for (const one of [cache, open(folder)]) {
      const found = one.find(sha256(bytes));
      expect(found?.sizeBytes).toBe(1000);
      expect(readFileSync(found?.file ?? "").equals(bytes)).toBe(true);
    }
    expect(statSync(join(folder, "blobs-1")).mode & 0o777).toBe(0o700);
    expect([kept(folder), drafts(folder)]).toEqual([[nameOf(bytes)], []]);
    expect(cache.problem).toBeNull();
  });

  it("takes sha512 digests too", () => {
    const cache = open(newFolder());
    const digest = `sha512:${createHash("sha512").update("x").digest("hex")}` as const;
    const draft = cache.begin(digest);
    writeFileSync(draft.file, "x");
    draft.keep();
    expect(basename(cache.find(digest)?.file ?? "")).toBe(digest.replace(":", "-"));
  });

  it("removes a draft that is dropped, written or not", () => {
    const folder = newFolder();
    const cache = open(folder);
    const [one, two] = [cache.begin(sha256("one")), cache.begin(sha256("two"))];
    expect([existsSync(one.file), one.file === two.file]).toEqual([false, false]);
    writeFileSync(one.file, "half");
    one.drop();
    two.drop();
    expect([kept(folder), drafts(folder)]).toEqual([[], []]);
  });

  it.each(["sha256:../../../../etc/passwd", "sha256:", `sha256:${"A".repeat(64)}`, "x"])(
    "makes no path of %s",
    (text) => {
      const digest: ReturnType<typeof sha256> = JSON.parse(JSON.stringify(text));
      expect(() => open(newFolder()).find(digest)).toThrow(TypeError);
      expect(() => open(newFolder()).begin(digest)).toThrow(TypeError);
    },
  );

  it("does not find an empty file, a folder, or a file under another name", () => {
    const folder = newFolder();
    mkdirSync(join(folder, "blobs-1", nameOf(blob("d", 1))), { recursive: true });
    writeFileSync(join(folder, "blobs-1", nameOf(blob("e", 1))), "");
    const cache = open(folder);
    for (const letter of ["d", "e", "f"]) expect(cache.find(sha256(blob(letter, 1)))).toBeNull();
  });

  it("removes a damaged one, and no sound one, when a reader asks", async () => {
    const folder = newFolder();
    const cache = open(folder);
    const bytes = randomBytes(3_000_000);
    bring(cache, bytes);
    expect(await cache.removeDamaged(sha256(bytes))).toBe(false);
    const damaged = Buffer.from(bytes);
    damaged.writeUInt8(damaged.readUInt8(2_999_999) ^ 1, 2_999_999);
    writeFileSync(join(folder, "blobs-1", nameOf(bytes)), damaged);
    expect(await cache.removeDamaged(sha256(bytes), AbortSignal.abort())).toBe(false);
    expect(await cache.removeDamaged(sha256(bytes))).toBe(true);
    expect([cache.find(sha256(bytes)), await cache.removeDamaged(sha256(bytes))]).toEqual([
      null,
      false,
    ]);
  });
});

describe("the cap", () => {
  const names = (...letters: readonly string[]): readonly string[] =>
    letters.map((letter) => nameOf(blob(letter, 100))).toSorted();

  it("lets those go that were used longest ago", () => {
    const folder = newFolder();
    const cache = open(folder, { maxBytes: 350 });
    for (const letter of ["a", "b", "c"]) {
      bring(cache, blob(letter, 100));
      nowMs += 20 * minuteMs;
    }
    expect(cache.find(sha256(blob("a", 100)))).not.toBeNull();
    nowMs += 20 * minuteMs;
    bring(cache, blob("d", 100));
    expect(kept(folder).toSorted()).toEqual(names("a", "c", "d"));
  });

  it("does not take what was used in the last minutes: the new one is not kept", () => {
    const folder = newFolder();
    const cache = open(folder, { maxBytes: 350 });
    for (const letter of ["a", "b", "c"]) bring(cache, blob(letter, 100));
    nowMs += 9 * minuteMs;
    bring(cache, blob("d", 100));
    expect(kept(folder).toSorted()).toEqual(names("a", "b", "c"));
    nowMs += 2 * minuteMs;
    bring(cache, blob("d", 100));
    expect(kept(folder)).toHaveLength(3);
    expect([kept(folder).includes(nameOf(blob("d", 100))), drafts(folder)]).toEqual([true, []]);
    expect(cache.problem).toBeNull();
  });

  it("keeps nothing of more than half of it, known before or after", () => {
    const folder = newFolder();
    const cache = open(folder, { maxBytes: 350 });
    bring(cache, blob("k", 175));
    const big = blob("b", 176);
    expect(cache.begin(sha256(big), 176).file).toContain(join(scratch, "temporary"));
    const draft = cache.begin(sha256(big));
    writeFileSync(draft.file, big);
    draft.keep();
    expect([kept(folder), drafts(folder)]).toEqual([[nameOf(blob("k", 175))], []]);
  });

  it("leaves files alone that are not its own", () => {
    const folder = newFolder();
    mkdirSync(join(folder, "blobs-1"), { recursive: true });
    writeFileSync(join(folder, "blobs-1", "notes"), blob("n", 1000));
    const cache = open(folder, { maxBytes: 250 });
    for (const letter of ["a", "b", "c"]) {
      bring(cache, blob(letter, 100));
      nowMs += 20 * minuteMs;
    }
    expect(kept(folder).toSorted()).toEqual(["notes", ...names("b", "c")]);
  });

  it("is not hindered by a clock that was ahead", () => {
    const folder = newFolder();
    const cache = open(folder, { maxBytes: 250 });
    for (const letter of ["a", "b"]) {
      bring(cache, blob(letter, 100));
      const later = new Date(nowMs + 3_000_000_000);
      utimesSync(join(folder, "blobs-1", nameOf(blob(letter, 100))), later, later);
    }
    bring(cache, blob("c", 100));
    expect(kept(folder)).toHaveLength(2);
    expect(kept(folder)).toContain(nameOf(blob("c", 100)));
  });
});

describe("leftovers of killed processes", () => {
  it("go when nobody has written to them for a day", () => {
    const folder = newFolder();
    const incoming = join(folder, "blobs-1/incoming");
    const dayAgo = new Date(nowMs - 25 * 60 * minuteMs);
    for (const name of ["old", "running", "empty"])
      mkdirSync(join(incoming, name), { recursive: true });
    for (const name of ["old", "running"]) writeFileSync(join(incoming, name, "blob"), "half");
    const justNow = new Date(nowMs);
    utimesSync(join(incoming, "old/blob"), dayAgo, dayAgo);
    utimesSync(join(incoming, "running/blob"), justNow, justNow);
    for (const name of ["old", "running", "empty"])
      utimesSync(join(incoming, name), dayAgo, dayAgo);
    const cache = open(folder);
    cache.begin(sha256("x")).drop();
    expect(drafts(folder)).toEqual(["running"]);
  });
});

describe("a folder that cannot be used", () => {
  function expectTemporary(cache: BlobCache, kind: string): void {
    const bytes = randomBytes(100);
    expect(cache.find(sha256(bytes))).toBeNull();
    const file = bring(cache, bytes);
    expect(file.startsWith(join(scratch, "temporary"))).toBe(true);
    expect([existsSync(file), cache.find(sha256(bytes))]).toEqual([false, null]);
    expect(cache.problem?.kind).toBe(kind);
  }

  it("because it is a file", () => {
    const folder = newFolder();
    writeFileSync(folder, "");
    expectTemporary(open(folder), "unreachable");
  });

  it("because its place is a file", () => {
    const folder = newFolder();
    mkdirSync(folder);
    writeFileSync(join(folder, "blobs-1"), "");
    expectTemporary(open(folder), "unreachable");
  });

  it("because it was removed while a blob came, which is still read", () => {
    const folder = newFolder();
    const cache = open(folder);
    const draft = cache.begin(sha256("x"));
    writeFileSync(draft.file, "x");
    const descriptor = openSync(draft.file, "r");
    rmSync(folder, { recursive: true });
    draft.keep();
    expect(readFileSync(descriptor, "utf8")).toBe("x");
    closeSync(descriptor);
    expect(cache.problem?.kind).toBe("not-found");
    bring(open(folder), blob("y", 10));
    expect(kept(folder)).toHaveLength(1);
  });

  const noMount = whyNoMount();
  describe.skipIf(noMount !== null)(
    `of a mount${noMount === null ? "" : ` (skipped: no file system can be mounted: ${noMount})`}`,
    () => {
      it("that is read only: what is kept is found, nothing is written", () => {
        const folder = newFolder();
        const bytes = randomBytes(100);
        bring(open(folder), bytes);
        mountReadOnly(folder);
        try {
          const cache = open(folder);
          nowMs += 20 * minuteMs;
          expect(readFileSync(cache.find(sha256(bytes))?.file ?? "").equals(bytes)).toBe(true);
          expectTemporary(cache, "unreachable");
        } finally {
          unmount(folder);
        }
      });

      it.each([65536, 1024 * 1024])("of %d bytes, too few to fill it up", (sizeBytes) => {
        const folder = newFolder();
        mkdirSync(folder);
        mountSmall(folder, sizeBytes);
        try {
          expectTemporary(open(folder), "unreachable");
          expect(drafts(folder)).toEqual([]);
        } finally {
          unmount(folder);
        }
      });
    },
  );
});

describe("several processes", () => {
  it("bring the same blobs at once under a cap, one prunes, and nothing is torn", async () => {
    const folder = newFolder();
    const script = join(import.meta.dirname, "../../../test/bring-blobs.ts");
    const start = promisify(execFile);
    await Promise.all(
      ["one", "two", "three"].map((name) =>
        start(process.execPath, [script, folder, join(scratch, name), "40"]),
      ),
    );
    const files = kept(folder);
    expect(files.length).toBeGreaterThan(0);
    for (const name of files) {
      const bytes = readFileSync(join(folder, "blobs-1", name));
      expect([name, nameOf(bytes)]).toEqual([name, name]);
    }
    expect(drafts(folder)).toEqual([]);
  });
});

describe("TemporaryBlobs", () => {
  it("keeps nothing", () => {
    const folder = newFolder();
    const blobs = new TemporaryBlobs(folder);
    const [one, two] = [blobs.begin(), blobs.begin()];
    for (const { file } of [one, two]) writeFileSync(file, "x", { flag: "wx" });
    one.keep();
    two.drop();
    expect([readdirSync(folder), blobs.find()]).toEqual([[], null]);
  });
});
