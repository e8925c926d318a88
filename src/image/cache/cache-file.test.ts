import {
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
import { readCacheFile, removeAbandoned, writeCacheFile } from "./cache-file.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fromage-cache-file-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const payload = Buffer.from("line one\nline two\n\0\xff");

function written(name: string): { readonly path: string; readonly bytes: Buffer } {
  const path = join(folder, name, "file");
  writeCacheFile(path, payload);
  return { path, bytes: readFileSync(path) };
}

describe("readCacheFile()", () => {
  it("gives back what was written, to its owner alone", () => {
    const { path } = written("round");
    expect(Buffer.from(readCacheFile(path) ?? [])).toEqual(payload);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, "..")).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(path, ".."))).toEqual(["file"]);
  });

  it("gives back nothing as nothing, which is not absent", () => {
    const path = join(folder, "empty");
    writeCacheFile(path, new Uint8Array(0));
    expect(readCacheFile(path)?.byteLength).toBe(0);
  });

  it("says absent for every cut and every flipped bit", () => {
    const { path, bytes } = written("damaged");
    for (let length = 0; length < bytes.byteLength; length++) {
      writeFileSync(path, bytes.subarray(0, length));
      expect([length, readCacheFile(path)]).toEqual([length, null]);
    }
    for (let bit = 0; bit < bytes.byteLength * 8; bit++) {
      const copy = Buffer.from(bytes);
      copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      writeFileSync(path, copy);
      expect([bit, readCacheFile(path)]).toEqual([bit, null]);
    }
  });

  it.each([
    ["more behind it", (bytes: Buffer) => Buffer.concat([bytes, Buffer.from("x")])],
    ["zeros of a crash", (bytes: Buffer) => Buffer.alloc(bytes.byteLength)],
    [
      "another envelope",
      (bytes: Buffer) =>
        Buffer.from(bytes.toString("latin1").replace("-cache 1", "-cache 2"), "latin1"),
    ],
  ])("says absent for %s", (name, damage) => {
    const { path, bytes } = written(name);
    writeFileSync(path, damage(bytes));
    expect(readCacheFile(path)).toBeNull();
  });

  it("says absent for a folder and for nothing", () => {
    expect(readCacheFile(folder)).toBeNull();
    expect(readCacheFile(join(folder, "none"))).toBeNull();
  });
});

describe("writeCacheFile()", () => {
  it("replaces a file whole", () => {
    const { path } = written("replaced");
    writeCacheFile(path, Buffer.from("new"));
    expect(Buffer.from(readCacheFile(path) ?? []).toString()).toBe("new");
  });

  it("throws and leaves nothing behind where the name is a folder's", () => {
    const path = join(folder, "taken", "file");
    mkdirSync(path, { recursive: true });
    expect(() => writeCacheFile(path, payload)).toThrow(/EISDIR|EEXIST|ENOTEMPTY/);
    expect(readdirSync(join(folder, "taken"))).toEqual(["file"]);
  });
});

describe("removeAbandoned()", () => {
  it("takes what is an hour old and of this program's making", () => {
    const at = join(folder, "abandoned");
    mkdirSync(at);
    const hourAgo = new Date(Date.now() - 61 * 60 * 1000);
    for (const name of [".old.tmp", ".new.tmp", "kept"]) writeFileSync(join(at, name), "");
    for (const name of [".old.tmp", "kept"]) utimesSync(join(at, name), hourAgo, hourAgo);
    removeAbandoned(at, Date.now());
    expect(readdirSync(at).toSorted()).toEqual([".new.tmp", "kept"]);
    expect(() => removeAbandoned(join(folder, "none"), Date.now())).not.toThrow();
  });
});
