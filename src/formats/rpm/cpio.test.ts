import { describe, expect, it } from "vitest";
import { FormatError } from "../format-error.ts";
import { makeCpio, type MadeMember } from "../../../test/make-cpio.ts";
import { CpioReader, type CpioMember } from "./cpio.ts";

type Heard = readonly [CpioMember, string];

/** What a handler is told of the archive, given in pieces; members that are numbers have three bytes. */
function listen(bytes: Uint8Array, pieceBytes: number): readonly Heard[] {
  const heard: [CpioMember, string][] = [];
  let whole = 0;
  const reader = new CpioReader({
    member(member) {
      heard.push([member, ""]);
      return member.kind === "named" ? member.sizeBytes : 3;
    },
    content(part) {
      const last = heard.at(-1);
      if (last !== undefined) last[1] += Buffer.from(part).toString();
    },
    endOfMember() {
      whole++;
    },
  });
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    reader.push(bytes.subarray(at, at + pieceBytes));
  }
  reader.end();
  expect(whole).toBe(heard.length);
  return heard;
}

const members: readonly MadeMember[] = [
  { name: "./usr/bin/x", content: "hello" },
  { name: "./empty", content: "" },
  { name: "./four", content: "1234" },
  { index: 7, content: "abc" },
  { name: "./last", content: "x" },
];
const expected: readonly Heard[] = [
  [{ kind: "named", name: "./usr/bin/x", sizeBytes: 5 }, "hello"],
  [{ kind: "named", name: "./empty", sizeBytes: 0 }, ""],
  [{ kind: "named", name: "./four", sizeBytes: 4 }, "1234"],
  [{ kind: "numbered", index: 7 }, "abc"],
  [{ kind: "named", name: "./last", sizeBytes: 1 }, "x"],
];

describe("CpioReader", () => {
  it.each([1, 3, 110, 4096])("reads both kinds of members in pieces of %i bytes", (pieceBytes) => {
    expect(listen(makeCpio(members), pieceBytes)).toEqual(expected);
  });

  it("passes over what follows the trailer", () => {
    expect(listen(Buffer.concat([makeCpio([]), Buffer.from("more")]), 64)).toEqual([]);
  });

  const sound = makeCpio(members);
  const rows: readonly [string, Uint8Array][] = [
    ["nothing", Buffer.alloc(0)],
    ["an end in a head", sound.subarray(0, 50)],
    ["an end in a content", sound.subarray(0, 126)],
    ["an end before the trailer", sound.subarray(0, 140)],
    ["another kind of archive", Buffer.from("070707".padEnd(200, "0"))],
    [
      "digits that are none",
      Buffer.concat([sound.subarray(0, 54), Buffer.from("0000000x"), sound.subarray(62)]),
    ],
    [
      "a name without an end",
      Buffer.concat([sound.subarray(0, 94), Buffer.from("00000002"), sound.subarray(102)]),
    ],
    [
      "a name of many bytes",
      Buffer.concat([sound.subarray(0, 94), Buffer.from("ffffffff"), sound.subarray(102)]),
    ],
  ];
  it.each(rows)("refuses %s", (_, bytes) => {
    expect(() => listen(bytes, 64)).toThrow(FormatError);
  });
});
