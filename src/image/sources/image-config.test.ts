import { describe, expect, it } from "vitest";
import { parseImageConfig } from "./image-config.ts";

const blobs = { name: "it", find: () => null };
const parse = (json: Readonly<Record<string, unknown>>) => parseImageConfig(json, blobs, "config");

describe("parseImageConfig()", () => {
  it.each([
    [{}, null, null],
    [{ Entrypoint: null, Cmd: [] }, null, null],
    [{ Entrypoint: ["/a", "b"], Cmd: ["c"] }, ["/a", "b"], ["c"]],
    [{ Entrypoint: "/a", Cmd: "b c" }, ["/a"], ["b c"]],
  ])("reads how the program of %j is started", (config, entrypoint, cmd) => {
    const parsed = parse({ config });
    expect(parsed).toMatchObject({ ok: true, value: { entrypoint, cmd } });
  });

  it.each([
    [{ Entrypoint: [1] }, "its Entrypoint is no list of texts"],
    [{ Cmd: {} }, "its Cmd is no list of texts"],
    [{ Env: "A=1" }, "its Env is no list of texts"],
    [{ User: 0 }, "its User is no text"],
    [{ WorkingDir: ["/"] }, "its WorkingDir is no text"],
  ])("refuses %j, as engines do", (config, reason) => {
    expect(parse({ config })).toMatchObject({ ok: false, failure: { kind: "malformed", reason } });
  });

  it("reads the platform with its variant", () => {
    const parsed = parse({
      os: "linux",
      architecture: "arm",
      variant: "v6",
      rootfs: {},
      history: [],
    });
    const platform = { os: "linux", architecture: "arm", variant: "v6" };
    expect(parsed).toMatchObject({ ok: true, value: { platform, diffIds: [] } });
  });
});
