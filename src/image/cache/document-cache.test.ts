import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sha256 } from "../../../test/made-images.ts";
import { mountReadOnly, unmount, whyNoMount } from "../../../test/mounts.ts";
import { writeCacheFile } from "./cache-file.ts";
import { DocumentCache } from "./document-cache.ts";

let scratch = "";
let count = 0;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "fromage-documents-"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const newFolder = (): string => join(scratch, `cache-${count++}`);
const now = (): Date => new Date("2026-03-04T05:06:07Z");
const manifest = Buffer.from('{"schemaVersion":2}\n');
const digest = sha256(manifest);
const nameOf = (text: string): string => createHash("sha256").update(text).digest("hex");
const alpine = "docker.io/library/alpine:3.20";
const mediaType = "application/vnd.oci.image.index.v1+json";

describe("DocumentCache of documents", () => {
  it("gives back the bytes that were kept", () => {
    const folder = newFolder();
    const cache = new DocumentCache(folder, now);
    expect(cache.load(digest)).toBeNull();
    cache.store(digest, manifest);
    for (const one of [cache, new DocumentCache(folder)]) {
      expect(Buffer.from(one.load(digest) ?? []).equals(manifest)).toBe(true);
    }
    expect(readdirSync(folder)).toEqual(["documents-1"]);
    const [file = ""] = readdirSync(join(folder, "documents-1"));
    expect(file).toBe(digest.replace(":", "-"));
    expect(statSync(join(folder, "documents-1", file)).mode & 0o777).toBe(0o600);
    expect(cache.problem).toBeNull();
  });

  it("takes what is cut off, altered or no file as absent, and mends it", () => {
    const folder = newFolder();
    const cache = new DocumentCache(folder, now);
    const file = join(folder, "documents-1", digest.replace(":", "-"));
    const damages = [
      () => writeFileSync(file, manifest.subarray(1)),
      () => writeFileSync(file, ""),
      () =>
        writeFileSync(
          file,
          manifest.map((byte) => byte ^ 1),
        ),
      () => rmSync(file),
    ];
    for (const damage of damages) {
      cache.store(digest, manifest);
      expect(cache.load(digest)).not.toBeNull();
      damage();
      expect(cache.load(digest)).toBeNull();
    }
    mkdirSync(file);
    expect(cache.load(digest)).toBeNull();
  });

  it("keeps 16 MiB and not a byte more, and does not load more either", () => {
    const cache = new DocumentCache(newFolder(), now);
    const most = Buffer.alloc(16 * 1024 * 1024, "x");
    const more = Buffer.alloc(16 * 1024 * 1024 + 1, "x");
    cache.store(sha256(most), most);
    cache.store(sha256(more), more);
    expect(cache.load(sha256(most))?.byteLength).toBe(most.byteLength);
    expect(cache.load(sha256(more))).toBeNull();
    expect(cache.problem).toBeNull();
  });

  it("makes no path of what is no digest", () => {
    const wrong: typeof digest = JSON.parse('"sha256:../../etc/passwd"');
    const cache = new DocumentCache(newFolder(), now);
    expect(() => cache.load(wrong)).toThrow(TypeError);
    expect(() => cache.store(wrong, manifest)).toThrow(TypeError);
  });

  it("marks what is loaded, once a day", () => {
    const folder = newFolder();
    const cache = new DocumentCache(folder, now);
    cache.store(digest, manifest);
    const file = join(folder, "documents-1", digest.replace(":", "-"));
    const ageAfterLoad = (ageMs: number): number => {
      const usedAt = new Date(now().getTime() - ageMs);
      utimesSync(file, usedAt, usedAt);
      cache.load(digest);
      return now().getTime() - statSync(file).mtimeMs;
    };
    expect([ageAfterLoad(23 * 3_600_000), ageAfterLoad(25 * 3_600_000)]).toEqual([82_800_000, 0]);
  });
});

describe("DocumentCache of names", () => {
  it("says what a name stood for and when", () => {
    const folder = newFolder();
    const cache = new DocumentCache(folder, now);
    expect(cache.loadName(alpine)).toBeNull();
    cache.storeName(alpine, { digest, mediaType });
    cache.storeName("ghcr.io/o/a:1", { digest: sha256("other"), mediaType: null });
    const resolvedAt = "2026-03-04T05:06:07.000Z";
    const next = new DocumentCache(folder);
    expect(next.loadName(alpine)).toEqual({ digest, mediaType, resolvedAt });
    const other = { digest: sha256("other"), mediaType: null, resolvedAt };
    expect(next.loadName("ghcr.io/o/a:1")).toEqual(other);
    next.storeName(alpine, { digest: sha256("newer"), mediaType });
    expect(next.loadName(alpine)?.digest).toBe(sha256("newer"));
    expect(readdirSync(join(folder, "names-1"))).toHaveLength(2);
  });

  it.each(["../../../x", "a/../b:c", "\0", "x".repeat(100_000)])("makes no path of %j", (name) => {
    const folder = newFolder();
    const cache = new DocumentCache(folder, now);
    cache.storeName(name, { digest, mediaType });
    expect(readdirSync(join(folder, "names-1"))).toEqual([nameOf(name)]);
    expect(cache.loadName(name)?.digest).toBe(digest);
  });

  it.each([
    [
      "of another name",
      { name: "docker.io/library/alpine:3.19", digest, mediaType, resolvedAt: "" },
    ],
    ["without a digest", { name: alpine, mediaType, resolvedAt: "" }],
    ["with another digest", { name: alpine, digest: "md5:1", mediaType, resolvedAt: "" }],
    ["that is a list", [alpine]],
    ["that is null", null],
  ])("takes a record %s as absent", (_, record) => {
    const folder = newFolder();
    const file = join(folder, "names-1", nameOf(alpine));
    writeCacheFile(file, Buffer.from(JSON.stringify(record)));
    expect(new DocumentCache(folder).loadName(alpine)).toBeNull();
  });

  it.each([
    "no JSON",
    "[]",
    '{"name":1}',
    JSON.stringify({ name: alpine, digest, resolvedAt: "\u001b[2J" }),
  ])("takes as absent what somebody else wrote with a right sum: %s", (payload) => {
    const folder = newFolder();
    writeCacheFile(join(folder, "names-1", nameOf(alpine)), Buffer.from(payload));
    expect(new DocumentCache(folder).loadName(alpine)).toBeNull();
  });

  it("takes a damaged record as absent", () => {
    const folder = newFolder();
    const cache = new DocumentCache(folder, now);
    cache.storeName(alpine, { digest, mediaType });
    const file = join(folder, "names-1", nameOf(alpine));
    writeFileSync(file, readFileSync(file).subarray(0, -1));
    expect(cache.loadName(alpine)).toBeNull();
  });
});

describe("a folder that cannot be written", () => {
  it("is said once, and nothing is kept", () => {
    const folder = newFolder();
    writeFileSync(folder, "");
    const cache = new DocumentCache(folder, now);
    expect([cache.load(digest), cache.loadName(alpine), cache.problem]).toEqual([null, null, null]);
    cache.store(digest, manifest);
    cache.storeName(alpine, { digest, mediaType });
    expect(cache.problem).toMatchObject({ kind: "unreachable", what: join(folder, "documents-1") });
  });

  const noMount = whyNoMount();
  it.skipIf(noMount !== null)(
    `because it is read only gives what it has${noMount === null ? "" : ` (skipped: nothing can be mounted: ${noMount})`}`,
    () => {
      const folder = newFolder();
      const before = new DocumentCache(folder, now);
      before.store(digest, manifest);
      before.storeName(alpine, { digest, mediaType });
      mountReadOnly(folder);
      try {
        const cache = new DocumentCache(folder, now);
        expect(cache.load(digest)?.byteLength).toBe(manifest.byteLength);
        expect(cache.loadName(alpine)?.digest).toBe(digest);
        cache.store(sha256("x"), Buffer.from("x"));
        expect(cache.problem?.kind).toBe("unreachable");
      } finally {
        unmount(folder);
      }
    },
  );

  it("because it was removed in the middle is made again", () => {
    const folder = newFolder();
    const cache = new DocumentCache(folder, now);
    cache.store(digest, manifest);
    rmSync(folder, { recursive: true });
    expect(cache.load(digest)).toBeNull();
    cache.store(digest, manifest);
    expect([existsSync(folder), cache.problem]).toEqual([true, null]);
    expect(cache.load(digest)).not.toBeNull();
  });
});
