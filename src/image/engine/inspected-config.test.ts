import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sha256 } from "../../../test/made-images.ts";
import { describeFailure } from "../../report/failure-words.ts";
import { readHistory } from "../sources/image-config.ts";
import { rebuildConfig } from "./inspected-config.ts";

const layers = [sha256("one"), sha256("two")];
const rootfs = { Type: "layers", Layers: layers };

/** Newest first, as the API has it: command and size. */
type Step = readonly [createdBy: string, size: number];

function historyOf(steps: readonly Step[] | null): readonly (readonly [string, boolean])[] {
  const history = steps?.map(([CreatedBy, Size]) => ({ CreatedBy, Size, Created: 0 })) ?? null;
  const image = { RootFS: rootfs };
  const rebuilt = rebuildConfig({ image, libpod: null, history }, { what: "a", where: "b" });
  if (!rebuilt.ok) expect.fail(describeFailure(rebuilt.failure));
  return readHistory(rebuilt.value.document).map((step) => [step.createdBy, step.isEmptyLayer]);
}

describe("rebuildConfig() finds out which steps made a layer", () => {
  const rows: readonly [string, readonly Step[] | null, readonly (readonly [string, boolean])[]][] =
    [
      [
        "those that have a size",
        [
          ["CMD x", 0],
          ["RUN y", 5],
          ["ADD z", 9],
        ],
        [
          ["ADD z", false],
          ["RUN y", false],
          ["CMD x", true],
        ],
      ],
      [
        "all, where there are as many as layers",
        [
          ["RUN y", 0],
          ["ADD z", 9],
        ],
        [
          ["ADD z", false],
          ["RUN y", false],
        ],
      ],
      [
        "by what the instructions are, where a layer has no content",
        [
          ["/bin/sh -c #(nop)  CMD x", 0],
          ["WORKDIR /", 0],
          ["ENV a=b", 0],
          ["ADD z", 9],
        ],
        [
          ["ADD z", false],
          ["ENV a=b", true],
          ["WORKDIR /", false],
          ["/bin/sh -c #(nop)  CMD x", true],
        ],
      ],
      [
        "none of these: no history is said",
        [
          ["RUN x", 0],
          ["RUN y", 0],
          ["ADD z", 9],
        ],
        [],
      ],
      ["no history", null, []],
      ["an empty one", [], []],
    ];
  it.each(rows)("%s", (_, steps, expected) => expect(historyOf(steps)).toEqual(expected));
});

describe("rebuildConfig()", () => {
  it("leaves out what engines write for every image", () => {
    const image = {
      Created: "",
      Variant: "",
      Os: "linux",
      Architecture: "arm",
      Config: { Hostname: "x", Tty: false, User: "", Env: null, Cmd: ["a"], Labels: {} },
      RootFS: { Type: "layers" },
    };
    const rebuilt = rebuildConfig(
      { image, libpod: null, history: null },
      { what: "a", where: "b" },
    );
    if (!rebuilt.ok) expect.fail(describeFailure(rebuilt.failure));
    expect(rebuilt.value.document).toEqual({
      os: "linux",
      architecture: "arm",
      config: { Cmd: ["a"], Labels: {} },
      rootfs: { type: "layers", diff_ids: [] },
    });
    expect(rebuilt.value.config.platform).toEqual({
      os: "linux",
      architecture: "arm",
      variant: "v7",
    });
  });

  it("takes no date that is none", () => {
    const history = [
      { CreatedBy: "x", Size: 1, Created: -62_135_596_800 },
      { Size: 1, Created: 1e300 },
    ];
    const inspected = { image: { RootFS: rootfs }, libpod: null, history };
    const rebuilt = rebuildConfig(inspected, { what: "a", where: "b" });
    expect(rebuilt).toMatchObject({ value: { document: { history: [{}, { created_by: "x" }] } } });
    expect(JSON.stringify(rebuilt)).not.toContain('"created":"');
  });

  it("throws for nothing that an engine may say", () => {
    const fields = ["RootFS", "Config", "Created", "Healthcheck", "History", "Os", "Variant"];
    const said = fc.record(Object.fromEntries(fields.map((name) => [name, fc.jsonValue()])), {
      requiredKeys: [],
    });
    const step = fc.record({
      Size: fc.jsonValue(),
      Created: fc.double(),
      CreatedBy: fc.jsonValue(),
    });
    fc.assert(
      fc.property(said, said, fc.array(step), (other, libpod, history) => {
        const image = { RootFS: rootfs, ...other };
        const rebuilt = rebuildConfig({ image, libpod, history }, { what: "a", where: "b" });
        if (rebuilt.ok) readHistory(rebuilt.value.document);
        else expect(rebuilt.failure.kind).toBe("malformed");
      }),
      { numRuns: 500 },
    );
  });
});
