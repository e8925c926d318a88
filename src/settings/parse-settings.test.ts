import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";
import { describe, expect, it } from "vitest";
import { parseSettings } from "./parse-settings.ts";
import { renderSettingsSchema } from "./render-schema.ts";
import { settingsShape } from "./settings-shape.ts";

const everything = `# all there is
platforms: [linux/amd64, linux/arm64]
bases:
  - alpine-3.20
  - registry.example/ours:1
offline: false
cache:
  folder: .cache/fromage
  blobs: 0
registries:
  mirrors:
    docker.io: [mirror.example:5000, "mirror.example/docker-io"]
    "[::1]:5000": []
  insecure: [registry.local:5000]
  authorities: [ca.pem]
`;

const schemaFile = join(import.meta.dirname, "../../schema/fromage.yaml@1.json");
const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(
  JSON.parse(renderSettingsSchema(settingsShape)),
);

describe("fromage.yaml", () => {
  it("is read whole", () => {
    expect(parseSettings(everything)).toEqual({
      problems: [],
      settings: {
        platforms: ["linux/amd64", "linux/arm64"],
        bases: ["alpine-3.20", "registry.example/ours:1"],
        offline: false,
        cache: { folder: ".cache/fromage", blobs: "0" },
        registries: {
          mirrors: {
            "docker.io": ["mirror.example:5000", "mirror.example/docker-io"],
            "[::1]:5000": [],
          },
          insecure: ["registry.local:5000"],
          authorities: ["ca.pem"],
        },
      },
    });
    expect(validate(parse(everything))).toBe(true);
  });

  it.each(["", "# nothing\n", "---\n", "{}", "null\n"])("%j says nothing", (text) => {
    expect(parseSettings(text)).toEqual({ settings: {}, problems: [] });
  });

  it.each([
    ["platform: [x]\n", "1:1", /"platform" is no setting here, did you mean platforms\?/],
    ["a: 1\n", "1:1", /expected one of platforms, bases, offline, cache, packages, registries/],
    ["offline: yes\n", "1:10", /"yes" stands where true or false must/],
    ["cache:\n  blobs: many\n", "2:10", /"many" stands where .* must, for example 2GB/],
    ["cache:\n  blob: 1GB\n", "2:3", /"blob" is no setting here, did you mean blobs\?/],
    ["platforms: linux/amd64\n", "1:12", /stands where a list must/],
    ["platforms:\n  - linux/amd64\n  - 7 8\n", "3:5", /"7 8" stands where a platform must/],
    ["registries:\n  mirrors:\n    'a b': []\n", "3:5", /"a b" stands where a registry/],
    ["registries:\n  insecure: ['http://x']\n", "2:14", /"http:\/\/x" stands where a registry/],
    ["- 1\n", "1:1", /a list stands where names with values must/],
    ["bases: [\n", "2:1", /it is not YAML/],
    ["bases: [a]\nbases: [b]\n", "2:1", /it is not YAML: map keys must be unique/],
    ["cache: &a\n  folder: *b\n", "1:1", /unresolved alias/],
    ["__proto__: {}\n", "1:1", /"__proto__" is no setting/],
    ["constructor: {}\n", "1:1", /"constructor" is no setting/],
    ["offline: true\n? [a]\n: b\n", "2:3", /a name is no plain text/],
    ["? ? &\x0e", "1:3", /a name is no plain text/],
  ])("%j is refused at %s", (text, place, reason) => {
    const { settings, problems } = parseSettings(text);
    expect(settings).toBeNull();
    const [first] = problems;
    expect(`${first?.line}:${first?.column}`).toBe(place);
    expect(first?.reason).toMatch(reason);
  });

  it("tells every problem, in the order of the file", () => {
    const { problems } = parseSettings("offline: 1\nbase: []\ncache: []\n");
    expect(problems.map(({ line }) => line)).toEqual([1, 2, 3]);
  });

  it("does not follow a bomb of aliases", () => {
    const levels = Array.from({ length: 12 }, (_, at) => {
      const inside =
        at === 0
          ? "[x, x]"
          : `[${Array(9)
              .fill(`*a${at - 1}`)
              .join(", ")}]`;
      return `a${at}: &a${at} ${inside}`;
    });
    expect(parseSettings(`${levels.join("\n")}\n`).problems.length).toBeGreaterThan(0);
  });

  it("has a published schema that is made of the same description", () => {
    const published: unknown = JSON.parse(readFileSync(schemaFile, "utf8"));
    expect(published).toEqual(JSON.parse(renderSettingsSchema(settingsShape)));
  });
});
