import { describe, expect, it } from "vitest";
import { FormatError } from "../format-error.ts";
import { parseProvenance } from "./parse-provenance.ts";

const hex = "b".repeat(64);
const digest = { sha256: hex };
const data = Buffer.from("FROM alpine\n").toString("base64");
const infos = (...names: readonly string[]): object => ({
  source: { infos: names.map((filename) => ({ filename, data })) },
});

const statement = (predicateType: string, predicate: unknown): object => ({
  _type: "https://in-toto.io/Statement/v0.1",
  predicateType,
  subject: [{ name: "a", digest }, { name: "b" }],
  predicate,
});
const v02 = "https://slsa.dev/provenance/v0.2";
const v1 = "https://slsa.dev/provenance/v1";

const uri = "pkg:docker/alpine@3.20?platform=linux%2Famd64";

describe("parseProvenance()", () => {
  it("reads v0.2 as BuildKit writes it with mode=max", () => {
    const args = { "build-arg:A": "1", target: "run", "build-arg:B": 2, cmdline: "x" };
    const read = parseProvenance(
      statement(v02, {
        invocation: { configSource: { entryPoint: "Dockerfile" }, parameters: { args } },
        materials: [{ uri, digest }, { uri: "https://example.com/x.git" }, { uri, digest }],
        metadata: { "https://mobyproject.org/buildkit@v1#metadata": infos("Dockerfile") },
      }),
    );
    expect(read).toEqual({
      predicateType: v02,
      subjects: [`sha256:${hex}`],
      images: [{ name: "alpine:3.20", digest: `sha256:${hex}` }],
      build: { dockerfile: "FROM alpine\n", target: "run", buildArgs: { A: "1" } },
    });
  });

  it("reads v1", () => {
    const read = parseProvenance(
      statement(v1, {
        buildDefinition: {
          externalParameters: { configSource: { path: "app.Dockerfile" }, request: { args: {} } },
          resolvedDependencies: [{ uri }, { uri: "pkg:docker/docker/dockerfile@1" }],
        },
        runDetails: { metadata: { buildkit_metadata: infos("other", "app.Dockerfile") } },
      }),
    );
    expect(read?.images).toEqual([{ name: "alpine:3.20", digest: null }]);
    expect(read?.build).toEqual({ dockerfile: "FROM alpine\n", target: null, buildArgs: {} });
  });

  it.each([
    ["no Dockerfile (mode=min)", {}],
    ["several and none of them named", infos("a", "b")],
  ])("%s: nothing is known of the stages", (_name, metadata) => {
    const runDetails = { metadata: { buildkit_metadata: metadata } };
    expect(parseProvenance(statement(v1, { runDetails }))?.build).toBeNull();
  });

  it("an SBOM is none", () => {
    expect(parseProvenance(statement("https://spdx.dev/Document", {}))).toBeNull();
  });

  it.each([
    ["null", null],
    ["a list", []],
    ["no statement", { predicateType: v1, predicate: {} }],
    ["no predicate", statement(v1, null)],
    ["materials without end", statement(v02, { materials: Array(2000).fill({ uri }) })],
  ])("%s is refused", (_name, value) => {
    expect(() => parseProvenance(value)).toThrow(FormatError);
  });

  it.each([
    ["materials that are none", statement(v02, { materials: [null, 1, { uri: 2 }, { uri: "" }] })],
    ["materials that are no list", statement(v02, { materials: { uri } })],
  ])("%s are passed over", (_name, value) => {
    expect(parseProvenance(value)?.images).toEqual([]);
  });
});
