import { describe, expect, it } from "vitest";
import type { Failure } from "../model/failure.ts";
import { describeFailure } from "./failure-words.ts";

describe("describeFailure()", () => {
  it.each<[Failure, string]>([
    [
      { kind: "not-found", what: "app.tra", where: null, near: ["app.tar", "app2.tar"] },
      "Cannot find app.tra: there is none, the nearest: app.tar, app2.tar",
    ],
    [
      { kind: "not-found", what: "a program to start", where: "./dist", near: [] },
      "Cannot find a program to start in ./dist: there is none",
    ],
    [
      { kind: "denied", what: "/etc/shadow", where: null, reason: "EACCES" },
      "Cannot open /etc/shadow: EACCES",
    ],
    [
      { kind: "unreachable", what: "registry.example", where: null, reason: "timed out." },
      "Cannot reach registry.example: timed out",
    ],
    [
      {
        kind: "malformed",
        what: "/app/a.so",
        where: "app.tar",
        format: "ELF",
        reason: "e_shoff is 9, expected at most 4",
        offsetBytes: 40,
      },
      "Cannot read /app/a.so in app.tar as ELF: e_shoff is 9, expected at most 4 at byte 40",
    ],
    [
      { kind: "unsupported", what: "layer 2", where: "app.tar", reason: "compressed with brotli" },
      "Cannot use layer 2 in app.tar: compressed with brotli",
    ],
    [
      {
        kind: "over-limit",
        what: "layer 2",
        where: "layer 2",
        budget: "unpacked bytes",
        limit: 2_000_000_000,
        unit: "bytes",
      },
      "Cannot read all of layer 2: more than 2.0 GB, the limit for unpacked bytes",
    ],
    [
      {
        kind: "over-limit",
        what: "a.gz",
        where: null,
        budget: "ratio",
        limit: 200,
        unit: "ratio",
      },
      "Cannot read all of a.gz: more than 200 times the compressed size, the limit for ratio",
    ],
    [
      { kind: "cancelled", what: "app.tar", where: null },
      "Cannot finish app.tar: it was interrupted",
    ],
    [
      { kind: "denied", what: "a\u001b]0;x\u0007\nb", where: "\u202ec", reason: "x\r\ny" },
      String.raw`Cannot open a\x1b]0;x\x07\nb in \u{202e}c: x\r\ny`,
    ],
  ])("%j", (failure, words) => {
    expect(describeFailure(failure)).toBe(words);
  });

  it("bounds what it prints", () => {
    const long = "x".repeat(1_000_000);
    const words = describeFailure({ kind: "denied", what: long, where: `${long}y`, reason: long });
    expect(words.length).toBeLessThan(700);
  });
});
