import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseChallenges } from "./challenges.ts";

const read = (header: string) =>
  parseChallenges(header).map(({ scheme, parameters }) => [
    scheme,
    Object.fromEntries(parameters.entries()),
  ]);

const hub = { realm: "https://auth.docker.io/token", service: "registry.docker.io" };

describe("parseChallenges", () => {
  it.each<readonly [string, string, unknown]>([
    ["nothing", "", []],
    [
      "Docker Hub's",
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/alpine:pull"',
      [["bearer", { ...hub, scope: "repository:library/alpine:pull" }]],
    ],
    [
      "parameters in another order, with gaps",
      ' bearer  service = "registry.docker.io" ,, Realm="https://auth.docker.io/token" ',
      [["bearer", hub]],
    ],
    [
      "several challenges",
      'Negotiate, NTLM TlRMTVNTUAA=, Basic realm="a, b=c", Bearer realm="r",error="invalid_token"',
      [
        ["negotiate", {}],
        ["ntlm", {}],
        ["basic", { realm: "a, b=c" }],
        ["bearer", { realm: "r", error: "invalid_token" }],
      ],
    ],
    ["escaped quotes", 'Basic realm="a \\"b\\" \\\\ c"', [["basic", { realm: 'a "b" \\ c' }]]],
    [
      "no quotes",
      "Bearer realm=https://host/token,service=x",
      [["bearer", { realm: "https://host/token", service: "x" }]],
    ],
    ["the first of two", 'Bearer realm="a",realm="b"', [["bearer", { realm: "a" }]]],
    ["what is none", '"x" Basic realm="a"', []],
    ["what follows nonsense left out", 'Basic realm="a" @ Bearer x=1', [["basic", { realm: "a" }]]],
  ])("reads %s", (_, header, expected) => {
    expect(read(header)).toEqual(expected);
  });

  it("reads no more than 16 of many", () => {
    expect(parseChallenges("Basic,".repeat(5000))).toHaveLength(16);
  });

  it("reads anything without an error", () => {
    const piece = fc.constantFrom("Bearer ", "a=", '"', "\\", ",", "=", " ", "realm", "é", "\t");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        for (const { scheme } of parseChallenges(pieces.join(""))) expect(scheme).not.toBe("");
      }),
    );
  });
});
