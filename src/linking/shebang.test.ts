import { describe, expect, it } from "vitest";
import { parseEnvArgument, parseShebang } from "./shebang.ts";

describe("parseShebang()", () => {
  it.each([
    ["/bin/sh", false, { interpreter: "/bin/sh", argument: null }],
    [" \t/bin/sh  -e -x \t", false, { interpreter: "/bin/sh", argument: "-e -x" }],
    ["/bin/sh", true, { interpreter: "/bin/sh\r", argument: null }],
    ["/bin/sh -e", true, { interpreter: "/bin/sh", argument: "-e\r" }],
    ["/bin/sh\0/x", false, { interpreter: "/bin/sh", argument: null }],
    ["/bin/sh a\0b", false, { interpreter: "/bin/sh", argument: "a" }],
    // Bytes of UTF-8, as facts have them.
    ["/h\u00c3\u00a4/sh", false, { interpreter: "/h\u00e4/sh", argument: null }],
    ["", false, null],
    [" \t", false, null],
    // The kernel has 254 bytes of a line without an end, and takes 253 of them.
    ["x".repeat(253), false, { interpreter: "x".repeat(253), argument: null }],
    ["x".repeat(254), false, null],
    [`${"x".repeat(253)} `, false, { interpreter: "x".repeat(253), argument: null }],
    [`/x ${"y".repeat(251)}`, false, { interpreter: "/x", argument: "y".repeat(250) }],
  ])("reads %j, carriage return %s", (line, hasCarriageReturn, expected) => {
    expect(parseShebang({ line, hasCarriageReturn })).toEqual(expected);
  });
});

describe("parseEnvArgument()", () => {
  it.each([
    ["node", { kind: "command", name: "node", usesSplit: false }],
    ["node --x", { kind: "command", name: "node --x", usesSplit: false }],
    ["-S node --x", { kind: "command", name: "node", usesSplit: true }],
    ["-Snode", { kind: "command", name: "node", usesSplit: true }],
    ["-iS node", { kind: "command", name: "node", usesSplit: true }],
    ["--split-string=node --x", { kind: "command", name: "node", usesSplit: true }],
    ["-S A=1 -u B -C /x 'my node'", { kind: "command", name: "my node", usesSplit: true }],
    ["-S ${NODE} x", { kind: "unread" }],
    ["-S A=1", { kind: "options" }],
    ["-i node", { kind: "options" }],
    ["A=1", { kind: "options" }],
    ["-", { kind: "options" }],
    [null, { kind: "options" }],
  ])("reads %j", (argument, expected) => {
    expect(parseEnvArgument(argument)).toEqual(expected);
  });
});
