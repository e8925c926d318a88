import { describe, expect, it } from "vitest";
import { elfFacts } from "../../test/elf-facts.ts";
import { memoryRootfs } from "../../test/memory-rootfs.ts";
import type { ImageConfig } from "../image/image.ts";
import { configuredPrograms, realProgram } from "./configured-programs.ts";

const program = (content: string) => ({ content, mode: 0o755 });

const elf = ["/bin/sh", "/usr/bin/nginx", "/usr/bin/tini", "/usr/bin/sort", "/app/server"];
const files = memoryRootfs(
  {
    ...Object.fromEntries(elf.map((path) => [path, program("")])),
    "/app/entry.sh": program("#!/bin/sh"),
    "/app/data": "x",
  },
  Object.fromEntries(elf.map((path) => [path, elfFacts()])),
);
/** In it every text that starts so is a script. */
const rootfs = {
  ...files,
  shebang(path: string) {
    const text = files.text(path);
    return text?.startsWith("#!") === true
      ? { line: text.slice(2), hasCarriageReturn: false }
      : null;
  },
};

interface Case {
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly programs: readonly string[];
}

const cases: readonly Case[] = [
  { programs: [] },
  { cmd: ["nginx", "-g", "sort"], programs: ["nginx"] },
  { cmd: ["/app/absent"], programs: ["/app/absent"] },
  { entrypoint: ["tini", "--", "nginx"], programs: ["tini", "nginx"] },
  { entrypoint: ["/usr/bin/tini"], cmd: ["nginx"], programs: ["/usr/bin/tini", "nginx"] },
  { entrypoint: ["tini", "-g", "--", "/app/server"], programs: ["tini", "/app/server"] },
  { entrypoint: ["/app/entry.sh"], cmd: ["nginx", "sort"], programs: ["/app/entry.sh", "nginx"] },
  { entrypoint: ["/app/entry.sh"], cmd: ["start"], programs: ["/app/entry.sh"] },
  { cmd: ["/bin/sh", "-c", "exec nginx -c sort"], programs: ["/bin/sh", "nginx"] },
  { cmd: ["sh", "-ec", "cd /app; /app/server"], programs: ["sh", "/app/server"] },
];

describe("configuredPrograms()", () => {
  it.each(cases)("$entrypoint $cmd", ({ entrypoint = null, cmd = null, programs }) => {
    const config = configOf({ entrypoint, cmd });
    expect(configuredPrograms(config, rootfs, (path) => path.startsWith("/app/"))).toEqual(
      programs,
    );
  });
});

describe("realProgram()", () => {
  it.each([
    ["nginx", "/usr/bin/nginx"],
    ["/app/server", "/app/server"],
    ["/app/data", null],
    ["absent", null],
  ] as const)("%s", (name, path) => {
    expect(realProgram(configOf({}), rootfs, name)).toBe(path);
  });
});

function configOf(fields: Partial<ImageConfig>): ImageConfig {
  return {
    platform: { os: "linux", architecture: "amd64" },
    user: "",
    env: [],
    entrypoint: null,
    cmd: null,
    workingDir: "",
    labels: {},
    created: null,
    diffIds: [],
    ...fields,
  };
}
