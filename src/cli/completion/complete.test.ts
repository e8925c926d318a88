import { describe, expect, it } from "vitest";
import type { CommandWords } from "../arguments.ts";
import { complete, type Verbs, type WordSources } from "./complete.ts";
import { splitLine } from "./split-line.ts";
import { writeProposals } from "./write-proposals.ts";

const ls: CommandWords = {
  options: [
    { name: "long", short: "l", help: "mode, owner; and size" },
    { name: "platform", value: "P", help: "which", kind: "platform" },
    { name: "sort", value: "KEY", help: "by what", kind: ["name", "size", "time"] },
    { name: "config", value: "FILE", help: "settings", kind: "file" },
  ],
  positionals: ["reference", "image-path"],
};
const choose: CommandWords = {
  options: [{ name: "base", short: "b", value: "REF", help: "a base", kind: "base" }],
  positionals: ["reference"],
};
const bases: CommandWords = {
  options: [],
  positionals: [],
  subcommands: {
    list: { options: [], positionals: [] },
    show: { options: [], positionals: ["base"] },
  },
};
const commands: Readonly<Record<string, CommandWords>> = { bases, choose, ls };

const verbs: Verbs = {
  names: Object.keys(commands).map((value) => ({ value, about: `about ${value}` })),
  load: async (verb) => Promise.resolve(commands[verb] ?? null),
};

const sources: WordSources = {
  bases: () => [
    { value: "alpine-3.20", about: "Alpine" },
    { value: "debian-13-slim", about: "" },
  ],
  imageNames: async () => Promise.resolve(["alpine:3.20", "registry.example:5000/app:1"]),
  imagePaths: async (reference, prefix) =>
    Promise.resolve([`${prefix}bin/`, `${prefix}of-${reference}`]),
};

async function propose(line: string): Promise<readonly string[]> {
  const proposals = await complete(splitLine(line), verbs, sources);
  return proposals.map(({ value }) => value);
}

describe("what is proposed behind", () => {
  it.each([
    ["", ["bases", "choose", "ls"]],
    ["l", ["ls"]],
    ["al", ["alpine:3.20"]],
    ["oc", ["oci-archive:", "oci:"]],
    ["help b", ["bases"]],
    ["bases ", ["list", "show"]],
    ["bases show d", ["debian-13-slim", "docker:"]],
    ["ls -", ["--long", "--platform", "--sort", "--config"]],
    ["ls --l", ["--long"]],
    ["ls --platform linux/arm", ["linux/arm64", "linux/arm/v7"]],
    ["ls --platform=linux/3", ["--platform=linux/386"]],
    ["ls --sort ", ["name", "size", "time"]],
    ["ls --config ", []],
    ["ls base:d", ["base:debian-13-slim"]],
    ["ls docker:re", ["docker:registry.example:5000/app:1"]],
    ["ls ./a", []],
    ["ls alpine:3.20 /us", ["/usbin/", "/usof-alpine:3.20"]],
    ["ls --long --sort size alpine:3.20 /a /b", ["/bbin/", "/bof-alpine:3.20"]],
    ["ls alpine:3.20 -- -", ["-bin/", "-of-alpine:3.20"]],
    ["./server --base alp", ["alpine-3.20", "alpine:3.20"]],
    ["./server -b deb", ["debian-13-slim"]],
  ])("%j", async (line, expected) => {
    expect(await propose(line)).toEqual(expected);
  });
});

describe("a line is split as a shell does:", () => {
  it.each([
    ["", [""]],
    ["a  b", ["a", "b"]],
    ["a ", ["a", ""]],
    ['\'a b\' "c\\"d" e\\ f', ["a b", 'c"d', "e f"]],
    ["$(touch x) `y`", ["$(touch", "x)", "`y`"]],
    ['"open', ["open"]],
    ["''", [""]],
    [String.raw`"a\b\$c" d\e`, [String.raw`a\b$c`, "de"]],
    ["a\u00a0b", ["a\u00a0b"]],
  ])("%j", (line, words) => expect(splitLine(line)).toEqual(words));
});

describe("proposals are written", () => {
  const one = [{ value: "docker:alpine:3.20", about: "an\timage" }];
  it.each([
    ["bash", "docker:alpine:3", "3.20\n"],
    ["bash", "docker:al", "alpine:3.20\n"],
    ["zsh", "docker:al", "docker:alpine:3.20\tan image\n"],
    ["fish", "", "docker:alpine:3.20\tan image\n"],
  ] as const)("for %s behind %j", (shell, current, text) => {
    expect(writeProposals(one, shell, current)).toBe(text);
  });

  it("with a mark when the only one goes on, and without names that are no words", () => {
    const proposals = [
      { value: "oci:", about: "", goesOn: true },
      { value: "a\nb", about: "" },
      { value: ":nospace", about: "" },
    ];
    expect(writeProposals(proposals, "zsh", "")).toBe("oci:\n:nospace\n");
  });
});
