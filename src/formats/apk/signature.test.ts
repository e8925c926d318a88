import { existsSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { findTestImages, testImage } from "../../../test/images.ts";
import { makeApkIndex, makeApkKey } from "../../../test/made-apk.ts";
import { parseApkIndexArchive } from "./index-archive.ts";
import { parseApkIndex } from "./package-index.ts";
import { checkApkSignature } from "./signature.ts";

const key = makeApkKey("made@test.rsa.pub");
const keys = new Map([[key.name, key.pem]]);
const record = "P:a\nV:1\n";

async function check(
  bytes: Uint8Array,
  known: ReadonlyMap<string, string>,
): Promise<ReturnType<typeof checkApkSignature>> {
  const archive = await parseApkIndexArchive(bytes);
  if (archive === null) throw new Error("an index of apk 3");
  return checkApkSignature(archive.signatures, archive.signed, known);
}

describe("an APKINDEX.tar.gz", () => {
  it.each(["RSA", "RSA256"] as const)("signed with %s is good", async (kind) => {
    const bytes = await makeApkIndex([record], key, kind);
    expect(await check(bytes, keys)).toEqual({ kind: "good", key: key.name });
    const archive = await parseApkIndexArchive(bytes);
    expect(archive?.description).toBe("made");
    expect(archive?.madeAt).toBe("2026-01-01T00:00:00.000Z");
    expect(parseApkIndex(archive?.index ?? Buffer.alloc(0)).records).toMatchObject([{ name: "a" }]);
  });

  it("is told apart by what is wrong with its signature", async () => {
    const signed = await makeApkIndex([record], key);
    const plain = await makeApkIndex([record], null);
    const otherContent = await makeApkIndex(["P:b\nV:1\n"], null);
    const member = signed.subarray(0, signed.length - plain.length);
    const swapped = Buffer.concat([member, otherContent]);
    const another = makeApkKey(key.name);
    expect(await check(plain, keys)).toEqual({ kind: "absent" });
    expect(await check(signed, new Map())).toEqual({ kind: "unknown-key", keys: [key.name] });
    expect(await check(swapped, keys)).toEqual({ kind: "wrong", key: key.name });
    const wrong = new Map([[key.name, another.pem]]);
    expect(await check(signed, wrong)).toEqual({ kind: "wrong", key: key.name });
    const broken = new Map([[key.name, "no key"]]);
    expect(await check(signed, broken)).toEqual({ kind: "broken-key", key: key.name });
  });

  it("that is one of apk 3 is known as such", async () => {
    expect(await parseApkIndexArchive(Buffer.from("ADBd..."))).toBeNull();
  });

  const broken: readonly [string, Uint8Array][] = [
    ["nothing", Buffer.alloc(0)],
    ["text", Buffer.from("P:a\nV:1\n")],
    ["no archive", gzipSync(Buffer.from("P:a\nV:1\n"))],
    ["an archive without an index", gzipSync(Buffer.alloc(1024))],
  ];
  it.each(broken)("that is %s is refused", async (_, bytes) => {
    await expect(parseApkIndexArchive(bytes)).rejects.toMatchObject({ name: "FormatError" });
  });

  it("that is cut anywhere is refused, but never taken for another", async () => {
    const bytes = await makeApkIndex([record], key);
    for (let length = 0; length < bytes.length; length += 7) {
      const cut = bytes.subarray(0, length);
      await expect(parseApkIndexArchive(cut)).rejects.toMatchObject({ name: "FormatError" });
    }
  });

  const real = findTestImages();
  const isThere = real !== null && existsSync(testImage("../scanning/data/apk"));
  const without = isThere ? "" : " (skipped: ../shared/scanning/data/apk is not there)";
  it.skipIf(!isThere)(`of Alpine is read whole${without}`, async () => {
    for (const [release, count] of [
      ["316", 4929],
      ["317", 5004],
    ] as const) {
      const bytes = readFileSync(
        testImage(`../scanning/data/apk/APKINDEX-alpine${release}.tar.gz`),
      );
      const archive = await parseApkIndexArchive(bytes);
      const { records, problems } = parseApkIndex(archive?.index ?? Buffer.alloc(0));
      expect([records.length, problems]).toEqual([count, []]);
      expect(archive?.signatures).toMatchObject([{ hash: "sha1" }]);
    }
  });
});
