import { describe, expect, it } from "vitest";
import { finalBase, type FinalBaseOptions } from "./final-base.ts";

type Row = readonly [name: string, text: string, options: FinalBaseOptions, expected: string];

const rows: readonly Row[] = [
  ["one stage", "FROM alpine:3.20\n", {}, "alpine:3.20"],
  ["a byte order mark and CR LF", "\u{feff}from alpine\r\nrun x\r\n", {}, "alpine"],
  ["the last stage", "FROM golang AS b\nFROM debian:12\nCOPY --from=b /a /a", {}, "debian:12"],
  ["a stage of a stage", "FROM debian AS Base\nFROM base AS x\nFROM X", {}, "debian"],
  ["a target by name", "FROM a AS one\nFROM b AS two", { target: "ONE" }, "a"],
  ["a target by number", "FROM a\nFROM b", { target: "0" }, "a"],
  ["a target that is not there", "FROM a\nFROM b", { target: "5" }, "? stage 5"],
  ["a stage that comes later", "FROM later\nFROM b AS later", { target: "0" }, "later"],
  ["a stage of its own name", "FROM debian AS debian\nFROM debian", {}, "debian"],
  ["scratch", "FROM golang AS b\nFROM scratch\nCOPY --from=b / /", {}, "scratch"],
  ["an argument", "ARG TAG=12\nFROM debian:${TAG}-slim", {}, "debian:12-slim"],
  ["a given argument", "ARG TAG=12\nFROM debian:$TAG", { buildArgs: { TAG: "13" } }, "debian:13"],
  ["several in a line", 'ARG A=x B="y"\nFROM $A/$B', {}, "x/y"],
  ["one of another", "ARG V=3\nARG I=alpine:$V\nFROM $I", {}, "alpine:3"],
  ["one that nobody declared", "FROM debian:$TAG", { buildArgs: { TAG: "1" } }, "? debian:$TAG"],
  ["one without a value", "ARG I\nFROM $I", {}, "? $I"],
  ["one behind the first FROM", "FROM a\nARG I=x\nFROM $I", {}, "? $I"],
  ["a default", "ARG E=\nFROM ${I:-alpine}:${E:-3}", {}, "alpine:3"],
  ["an empty value without colon", "ARG E=\nFROM a${E-x}", {}, "a"],
  ["an alternative", "ARG S=1\nFROM a${S:+-slim}${N:+-x}", {}, "a-slim"],
  ["a platform", "FROM --platform=linux/arm64 alpine", {}, "alpine linux/arm64"],
  ["a form of the shell that is not read", "ARG A=x\nFROM ${A%x}", {}, "? ${A%x}"],
  ["lines that go on", "FROM \\\n# a comment\n\n  debian:12 \\\n AS x", {}, "debian:12"],
  ["another escape", "# escape=`\nFROM `\n a:b", {}, "a:b"],
  ["a FROM in a comment", "FROM a\n# FROM b", {}, "a"],
  ["a FROM in a heredoc", "FROM a\nRUN <<EOF\nFROM b\nEOF\nRUN x", {}, "a"],
  ["two heredocs, one with tabs", "FROM a\nCOPY <<-X <<Y /\nFROM b\n\tX\nFROM c\nY\n", {}, "a"],
  ["a heredoc without an end", "FROM a\nRUN <<EOF\nFROM b", {}, "a"],
  ["a here-string is none", "FROM a\nRUN cat <<<EOF\nFROM b", {}, "b"],
  ["a heredoc in what has none", "FROM a\nLABEL x=<<EOF\nFROM b", {}, "b"],
  ["a digest", "FROM a@sha256:00 AS x", {}, "a@sha256:00"],
];

describe("finalBase()", () => {
  it.each(rows)("%s", (_name, text, options, expected) => {
    const base = finalBase(text, options);
    const said =
      base.kind === "image"
        ? [base.reference, base.platform].filter((one) => one !== null).join(" ")
        : base.kind === "scratch"
          ? "scratch"
          : `? ${base.what}`;
    expect(said).toBe(expected);
  });

  it.each(["", "RUN x", "# FROM a"])("%j has no FROM", (text) => {
    expect(() => finalBase(text)).toThrow("it has no FROM");
  });
});
