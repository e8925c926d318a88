import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { hashFile } from "./hash-file.ts";

it.each([
  ["nothing", 0, []],
  ["one piece", 5, ["hello"]],
  ["pieces", 11, ["hello", " ", "world"]],
  ["a piece of the length of all, in two", 4, ["ab", "cd"]],
])("hashFile() of %s", (_, sizeBytes, pieces: readonly string[]) => {
  const told: string[] = [];
  const sink = hashFile(sizeBytes, (sha256) => void told.push(sha256));
  for (const piece of pieces) expect(sink.write(Buffer.from(piece))).toBe(true);
  sink.end();
  expect(told).toEqual([createHash("sha256").update(pieces.join("")).digest("base64")]);
});
