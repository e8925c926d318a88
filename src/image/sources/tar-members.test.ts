import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packTar, type TarEntry } from "modern-tar";
import { afterAll, describe, expect, it } from "vitest";
import { makeTar, type MadeEntry } from "../../../test/made-images.ts";
import { describeFailure } from "../../report/failure-words.ts";
import { listTar, type TarMembers } from "./tar-members.ts";

const scratch = mkdtempSync(join(tmpdir(), "fromage-tar-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let count = 0;

/** Writes the parts after one another; a number is that many bytes of nothing, which take no place on the disk. */
function store(...parts: readonly (Uint8Array | number)[]): string {
  const file = join(scratch, `${count++}.tar`);
  const descriptor = openSync(file, "w");
  let at = 0;
  for (const part of parts) {
    if (typeof part !== "number") writeSync(descriptor, part, 0, part.byteLength, at);
    at += typeof part === "number" ? part : part.byteLength;
  }
  ftruncateSync(descriptor, at);
  closeSync(descriptor);
  return file;
}

function list(file: string): TarMembers {
  const members = listTar(file, { where: "it.tar" });
  if (!members.ok) expect.fail(describeFailure(members.failure));
  return members.value;
}

function textOf(members: TarMembers, name: string): string | null {
  const range = members.find(name);
  if (range === null) return null;
  const { offsetBytes, lengthBytes } = range;
  return readFileSync(members.file).toString("utf8", offsetBytes, offsetBytes + lengthBytes);
}

const ring = Array.from({ length: 60 }, (_, at): MadeEntry => [`l${at}`, `-> l${at + 1}`]);

describe("listTar()", () => {
  it.each<readonly [string, readonly MadeEntry[], string, string | null]>([
    ["a file", [["a", "one"]], "/a", "one"],
    ["an empty file", [["a", ""]], "/a", ""],
    ["a name that is not there", [["a", "one"]], "/b", null],
    ["a folder", [["a", null]], "/a", null],
    ["a name with ./ before it", [["./a", "one"]], "/a", "one"],
    [
      "a name that comes twice",
      [
        ["a", "one"],
        ["a", "two"],
      ],
      "/a",
      "two",
    ],
    [
      "a file that became a folder",
      [
        ["a", "one"],
        ["a", null],
      ],
      "/a",
      null,
    ],
    [
      "a hard link",
      [
        ["d/a", "one"],
        ["e/b", "=> d/a"],
      ],
      "/e/b",
      "one",
    ],
    [
      "a symbolic link",
      [
        ["d/a", "one"],
        ["e/b", "-> ../d/a"],
      ],
      "/e/b",
      "one",
    ],
    [
      "a symbolic link before its file",
      [
        ["b", "-> a"],
        ["a", "one"],
      ],
      "/b",
      "one",
    ],
    [
      "a symbolic link from the root",
      [
        ["d/b", "-> /a"],
        ["a", "one"],
      ],
      "/d/b",
      "one",
    ],
    ["a symbolic link to itself", [["a", "-> a"]], "/a", null],
    ["a hard link to itself", [["a", "=> a"]], "/a", null],
    ["a symbolic link out of the archive", [["a", "-> ../../etc/passwd"]], "/a", null],
    ["too many links", [...ring, ["l60", "one"]], "/l0", null],
    ["few links", [...ring, ["l60", "one"]], "/l30", "one"],
  ])("%s", async (_, entries, name, expected) => {
    expect(textOf(list(store(await makeTar(entries))), name)).toBe(expected);
  });

  it("passes over contents: 64 GiB cost nothing", async () => {
    const sizeBytes = 64 * 1024 ** 3;
    const header = (await makeTar([["big", "x"]])).subarray(0, 512);
    // The size in base 256, and the sum of the block made anew.
    header.fill(0, 124, 136).writeUInt8(0x80, 124);
    header.writeBigUInt64BE(BigInt(sizeBytes), 128);
    header.fill(0x20, 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
    const file = store(header, sizeBytes, await makeTar([["after", "one"]]));
    const members = list(file);
    expect(members.find("/big")).toEqual({ offsetBytes: 512, lengthBytes: sizeBytes });
    expect(members.find("/after")).toEqual({ offsetBytes: sizeBytes + 1024, lengthBytes: 3 });
  });

  it("takes an archive without padding and marks at its end", async () => {
    const tar = await makeTar([["a", "one"]]);
    expect(textOf(list(store(tar.subarray(0, 512 + 3))), "/a")).toBe("one");
  });

  it("goes on behind an entry that cannot be used", async () => {
    const outside: TarEntry = { header: { name: "../a", size: 1 }, body: "x" };
    const inside: TarEntry = { header: { name: "b", size: 3 }, body: "one" };
    const members = list(store(Buffer.from(await packTar([outside, inside]))));
    expect([...members.entries.keys()]).toEqual(["/b"]);
    expect(textOf(members, "/b")).toBe("one");
  });

  it.each([
    [
      "is cut off in a file",
      512 + 2,
      /^Cannot read it\.tar as tar: the archive ends after 514 bytes/,
    ],
    ["is cut off in a header", 400, /^Cannot read it\.tar as tar: the archive ends in a header/],
  ])("names an archive that %s", async (_, sizeBytes, words) => {
    const tar = await makeTar([["a", "one"]]);
    const result = listTar(store(tar.subarray(0, sizeBytes)), { where: "it.tar" });
    expect(result.ok ? "listed" : describeFailure(result.failure)).toMatch(words);
  });
});
