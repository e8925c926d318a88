import { describe, expect, it } from "vitest";
import { failed, success, type Failure } from "../../model/failure.ts";
import type { OpenImages } from "../image.ts";
import { openNamed } from "./open-named.ts";
import type { RemoteSources } from "./remote-sources.ts";

const absent = (where: string, near: readonly string[] = []): OpenImages =>
  failed({ kind: "not-found", what: "x", where, near });
const broken: Failure = {
  kind: "malformed",
  what: "x",
  where: null,
  format: "image",
  reason: "broken",
  offsetBytes: null,
};

/** What was asked, in order, and what came of it. */
async function open(
  name: string,
  source: "docker" | "registry" | null,
  answers: { readonly engine?: OpenImages; readonly registry?: OpenImages } = {},
): Promise<readonly [asked: readonly string[], OpenImages]> {
  const asked: string[] = [];
  const answer = (by: string, given: OpenImages | undefined) => async () => {
    asked.push(by);
    return Promise.resolve(given ?? absent(by));
  };
  const remote: RemoteSources = {
    openEngine: answer("engine", answers.engine),
    openRegistry: answer("registry", answers.registry),
    engineNames: async () => Promise.resolve([]),
    problems: [],
    close: async () => Promise.resolve(),
  };
  const request = { reference: name, platforms: [], temporaryFolder: "/nowhere" };
  return [asked, await openNamed({ name, source, remote, request })];
}

describe("a name", () => {
  it.each([
    ["alpine:3.20", null, ["engine", "registry"]],
    ["ghcr.io/owner/app", null, ["engine", "registry"]],
    ["localhost/app", null, ["engine", "registry"]],
    ["owner/app@sha256:0", null, ["engine", "registry"]],
    ["alpine", null, ["engine"]],
    ["dist/server", null, ["engine"]],
    ["image.tar", null, []],
    ["./image", null, []],
    ["alpine", "docker", ["engine"]],
    ["alpine", "registry", ["registry"]],
  ] as const)("%s (%s) is asked for at %j", async (name, source, expected) => {
    const [asked, opened] = await open(name, source);
    expect(asked).toEqual(expected);
    expect(opened.ok).toBe(false);
  });

  it("that an engine has is not asked for further", async () => {
    const [asked, opened] = await open("a:1", null, { engine: success([]) });
    expect([asked, opened.ok]).toEqual([["engine"], true]);
  });

  it("whose image in an engine is broken is not looked for elsewhere", async () => {
    const [asked, opened] = await open("a:1", null, { engine: failed(broken) });
    expect([asked, opened]).toEqual([["engine"], failed(broken)]);
  });

  it("that is nowhere is told with what is alike in both", async () => {
    const engine = absent("any engine", ["a:2", "a:3"]);
    const registry = absent("registry.example", ["a:4", "a:3"]);
    const [, opened] = await open("a:1", null, { engine, registry });
    expect(opened).toEqual(absent("registry.example", ["a:4", "a:3", "a:2"]));
  });
});
