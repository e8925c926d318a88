import { describe, expect, it } from "vitest";
import { readRegistrySettings } from "./read-settings.ts";
import { memoryMachine } from "../../machine/testdata/memory-machine.ts";

const registry = (host: string): string => `[[registry]]\nlocation = "${host}"\n`;
const system = "/etc/containers";
const user = "/home/u/.config/containers";
const all = {
  [`${system}/registries.conf`]: registry("system"),
  [`${system}/registries.conf.d/20.conf`]: registry("system20"),
  [`${system}/registries.conf.d/10.conf`]: `unqualified-search-registries = ["x.y"]\n`,
  [`${system}/registries.conf.d/30.conf.off`]: registry("system30"),
  [`${user}/registries.conf.d/10.conf`]: registry("user10"),
  "/named.conf": registry("named"),
};
const own = { [`${user}/registries.conf`]: registry("user") };

describe("readRegistrySettings()", () => {
  it.each([
    ["the system's and all drop-ins", {}, {}, "system system20 user10"],
    ["the user's and the user's drop-ins", own, {}, "user user10"],
    [
      "a named one and all drop-ins",
      own,
      { CONTAINERS_REGISTRIES_CONF: "/named.conf" },
      "named system20 user10",
    ],
    ["no name in an empty variable", own, { CONTAINERS_REGISTRIES_CONF: "" }, "user user10"],
  ])("takes %s", async (_what, more, env, expected) => {
    const { conf, problems } = await readRegistrySettings(memoryMachine({ ...all, ...more }, env));
    expect(problems).toEqual([]);
    expect(conf.registries.map(({ prefix }) => prefix).join(" ")).toBe(expected);
  });

  it("says which files there were, in the order they were read", async () => {
    const machine = memoryMachine({ ...all, "/home/u/.docker/daemon.json": "{}" });
    const { sources } = await readRegistrySettings(machine);
    expect(sources).toEqual([
      "/etc/containers/registries.conf",
      "/etc/containers/registries.conf.d/10.conf",
      "/etc/containers/registries.conf.d/20.conf",
      "~/.config/containers/registries.conf.d/10.conf",
      "~/.docker/daemon.json",
    ]);
  });

  it("reads every daemon.json", async () => {
    const says = (host: string): string =>
      JSON.stringify({ "registry-mirrors": [`https://${host}`] });
    const files = {
      "/etc/docker/daemon.json": says("a"),
      "/home/u/.config/docker/daemon.json": says("b"),
      "/xdg/docker/daemon.json": says("c"),
      "/home/u/.docker/daemon.json": says("d"),
    };
    const hosts = async (env: Readonly<Record<string, string>>): Promise<string> => {
      const { docker } = await readRegistrySettings(memoryMachine(files, env));
      return docker.flatMap(({ mirrors }) => mirrors.map(({ host }) => host)).join("");
    };
    expect(await hosts({})).toBe("abd");
    expect(await hosts({ XDG_CONFIG_HOME: "/xdg" })).toBe("acd");
  });

  it("tells broken files and goes on without them", async () => {
    const machine = memoryMachine(
      {
        [`${system}/registries.conf.d/1.conf`]: "\nx",
        [`${system}/registries.conf.d/2.conf`]: registry("good"),
        "/etc/docker/daemon.json": '{\n  "registry-mirrors": [oops]\n}',
        "/home/u/.docker/daemon.json": '{"registry-mirrors": ["https://u:secret@a.b"]}',
      },
      { CONTAINERS_REGISTRIES_CONF: "/gone.conf" },
    );
    const { conf, docker, problems } = await readRegistrySettings(machine);
    expect(conf.registries).toHaveLength(1);
    expect(docker.flatMap(({ mirrors }) => mirrors)).toEqual([]);
    expect(problems).toMatchObject([
      { kind: "not-found", what: "/gone.conf" },
      { kind: "malformed", reason: expect.stringMatching(/^line 2, column 1: it is not TOML/) },
      { what: "/etc/docker/daemon.json", reason: "line 2, column 24: it is not JSON" },
      {
        what: "~/.docker/daemon.json",
        reason: "registry-mirrors 1 must not hold a user or password",
      },
    ]);
    expect(JSON.stringify(problems)).not.toContain("secret");
  });
});
