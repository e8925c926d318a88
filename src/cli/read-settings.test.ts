import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { run } from "../../test/cli/run.ts";
import type { CliIo } from "./io.ts";
import { readSettings } from "./read-settings.ts";

let top = "";
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "fromage-settings-"));
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

function put(path: string, text: string): void {
  mkdirSync(dirname(join(top, path)), { recursive: true });
  writeFileSync(join(top, path), text);
}

function ioIn(folder: string): CliIo {
  mkdirSync(join(top, folder), { recursive: true });
  return {
    stdout: { write: () => undefined },
    writeBytes: () => Promise.resolve(),
    stderr: { write: () => undefined },
    env: { HOME: join(top, "home") },
    cwd: join(top, folder),
    isTerminal: false,
    isErrorTerminal: false,
    columns: 80,
    signal: new AbortController().signal,
    now: () => new Date(0),
  };
}

const user = "home/.config/fromage/fromage.yaml";

describe("fromage.yaml is looked for", () => {
  it("in the user's folder and the project's, and the project's wins", async () => {
    put(user, "platforms: [linux/amd64]\nregistries: {insecure: [one.example]}\n");
    put("project/.git/HEAD", "");
    put(
      "project/fromage.yaml",
      "platforms: [linux/arm64]\nregistries: {insecure: [two.example]}\n",
    );
    const settings = await readSettings([], ioIn("project/deep/inside"));
    expect(settings.platforms).toEqual(["linux/arm64"]);
    expect(settings.registries?.insecure).toEqual(["one.example", "two.example"]);
    expect(settings.insecureByProject).toEqual(["two.example"]);
    expect(settings.files).toEqual([join(top, user), join(top, "project/fromage.yaml")]);
  });

  it("no higher than the working folder outside a repository", async () => {
    put("fromage.yaml", "offline: true\n");
    expect((await readSettings([], ioIn("a/b"))).files).toEqual([]);
    expect((await readSettings([], ioIn("."))).offline).toBe(true);
  });

  it.each([[["--config", "../own.yaml"]], [["ls", "--config=../own.yaml", "--", "--config"]]])(
    "nowhere else with %j",
    async (args) => {
      put(user, "offline: true\n");
      put("own.yaml", "cache: {folder: kept}\nregistries: {authorities: [ca.pem, /x.pem]}\n");
      const settings = await readSettings(args, ioIn("work"));
      expect(settings.offline).toBeUndefined();
      expect(settings.cache?.folder).toBe(join(top, "kept"));
      expect(settings.registries?.authorities).toEqual([join(top, "ca.pem"), "/x.pem"]);
      expect(settings.insecureByProject).toEqual([]);
    },
  );
});

describe("a settings file that is wrong ends a command with 2:", () => {
  it.each([
    [
      "platform: []\n",
      /fromage\.yaml, line 1, column 1: "platform" is no setting here, did you mean/,
    ],
    ["cache: [\n", /line 2, column 1: it is not YAML/],
    ["offline: 1\nbase: 2\n", /line 1.*\n.*line 2/],
  ])("%j", async (text, words) => {
    put("fromage.yaml", text);
    const { code, out, err } = await run(["bases", "list"], top);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(words);
  });

  it("but a right one does not stand in the way", async () => {
    put("own.yaml", "offline: true\n");
    const { code, err } = await run(["bases", "--config", "own.yaml", "list"], top);
    expect([code, err]).toEqual([0, ""]);
  });

  it("a file that is not there", async () => {
    const { code, err } = await run(["bases", "list", "--config", "none"], top);
    expect(code).toBe(2);
    expect(err).toBe(
      'Cannot run bases: --config is "none": no such file; see fromage bases --help\n',
    );
  });
});
