import { describe, expect, it } from "vitest";
import { makeHeader, padded, paxRecord } from "../../../test/fuzz/tar-bytes.ts";
import type { Failure } from "../../model/failure.ts";
import { TarReader } from "./tar-reader.ts";

function failuresOf(archive: Uint8Array, chunkBytes: number): readonly Failure[] {
  const failures: Failure[] = [];
  const reader = new TarReader({
    where: "it.tar",
    handler: {
      entry: () => true,
      content: () => true,
      endOfFile: () => undefined,
      problem: (failure) => failures.push(failure),
    },
  });
  for (let at = 0; at < archive.byteLength; at += chunkBytes) {
    reader.push(archive.subarray(at, at + chunkBytes));
  }
  reader.end();
  return failures;
}

const file = Buffer.concat([
  makeHeader({ name: "a", typeFlag: "0", sizeBytes: 700 }),
  padded(Buffer.alloc(700)),
]);
const pax = Buffer.concat([paxRecord("size", "1".repeat(900)), paxRecord("uid", "x")]);

describe("a problem of an archive is at the same offset however it is cut into chunks:", () => {
  it.each([
    ["a header with a wrong checksum", Buffer.concat([file, Buffer.alloc(2048, 7)]), 1536],
    ["data behind a zero block", Buffer.concat([file, Buffer.alloc(512), file]), 2048],
    [
      "PAX records that are none",
      Buffer.concat([
        file,
        makeHeader({ name: "x", typeFlag: "x", sizeBytes: pax.byteLength }),
        padded(pax),
      ]),
      1536,
    ],
    ["an end in a header", file.subarray(0, 300), 300],
  ])("%s", (_, archive, offsetBytes) => {
    for (const chunkBytes of [1, 7, 511, 512, 513, 700, 1024, 100_000]) {
      expect(failuresOf(archive, chunkBytes)).toMatchObject([{ kind: "malformed", offsetBytes }]);
    }
  });
});
