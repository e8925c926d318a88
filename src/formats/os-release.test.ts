import { describe, expect, it } from "vitest";
import { parseOsRelease } from "./os-release.ts";

describe("parseOsRelease()", () => {
  const none = { id: "linux", idLike: [], versionId: null, prettyName: null };
  const rows: readonly [string, string, object][] = [
    ["nothing", "", {}],
    ["plain values", "ID=alpine\nVERSION_ID=3.20.3\n", { id: "alpine", versionId: "3.20.3" }],
    ["double quotes", 'PRETTY_NAME="A \\"B\\" \\$C"\n', { prettyName: 'A "B" $C' }],
    ["single quotes", "PRETTY_NAME='A \\\" B'", { prettyName: 'A \\" B' }],
    ["CR LF", 'ID="debian"\r\n', { id: "debian" }],
    ["several relatives", 'ID_LIKE="rhel centos fedora"', { idLike: ["rhel", "centos", "fedora"] }],
    ["comments and other lines", "# ID=x\nfoo\n=x\nID=y", { id: "y" }],
    ["the last of two", "ID=a\nID=b", { id: "b" }],
    ["upper case", "ID=Debian", { id: "debian" }],
    ["an empty value", "ID=\nVERSION_ID=", {}],
    ["a quote that does not end", 'ID="deb', { id: "deb" }],
  ];
  it.each(rows)("%s", (_, text, expected) => {
    expect(parseOsRelease(text)).toEqual({ ...none, ...expected });
  });
});
