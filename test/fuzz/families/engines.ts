import fc, { type Arbitrary } from "fast-check";
import { readHistory } from "../../../src/image/sources/image-config.ts";
import { isJsonObject, type JsonObject } from "../../../src/image/sources/json.ts";
import { rebuildConfig } from "../../../src/image/engine/inspected-config.ts";
import { isEngineName, nearNames, wholeName } from "../../../src/image/engine/image-spelling.ts";
import type { Family } from "../family.ts";
import { fields, list, mostly, oddText } from "./odd-json.ts";
import { textBytes } from "./words.ts";

/** Of the two answers and the history: each is a document of its own. */
const parting = "\n--\n";

const layer = fc.constantFrom("a", "b").map((digit) => `sha256:${digit.repeat(64)}`);
const config = fields({
  User: oddText,
  Env: list(oddText),
  Entrypoint: list(oddText),
  Cmd: list(oddText),
  WorkingDir: oddText,
  Labels: fc.dictionary(oddText, oddText),
  ExposedPorts: fc.dictionary(oddText, fc.constant({})),
  Healthcheck: fields({ Test: list(oddText) }),
});
const image = fields({
  Id: layer,
  RepoTags: list(oddText),
  Created: oddText,
  Os: oddText,
  Architecture: oddText,
  Variant: oddText,
  RootFS: fc.record({
    Type: fc.constantFrom("layers", "layers", "layers", "x"),
    Layers: fc.oneof(fc.array(layer, { maxLength: 4 }), fc.array(layer), list(layer)),
  }),
  Config: config,
});
const seconds = fc.oneof(
  fc.integer(),
  fc.constantFrom(0, -62_135_596_800, 253_402_300_799, 253_402_300_800, 1.5, 1e308),
);
const step = fields({
  Created: seconds,
  CreatedBy: fc.constantFrom("CMD x", "/bin/sh -c #(nop)  ENV A=b", "RUN y", "WORKDIR /", ""),
  Size: fc.constantFrom(0, 1, 5, -1),
  Comment: oddText,
});
const libpod = fields({
  Config: config,
  Healthcheck: fields({ Test: list(oddText) }),
  History: list(fields({ created_by: oddText, empty_layer: fc.boolean(), created: oddText })),
});
const made: Arbitrary<string> = fc
  .tuple(mostly(image), fc.oneof(fc.constant(null), mostly(libpod)), mostly(fc.array(step)))
  .map((all) => all.map((one) => JSON.stringify(one)).join(parting));

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}

function read(input: Uint8Array): unknown {
  const text = Buffer.from(input).toString("utf8");
  const [first, second, third] = text.split(parting).map(parse);
  const name = text.slice(0, 24);
  const near = nearNames(name, ["alpine:3.20", text.slice(24, 60)]);
  const spelling = isEngineName(name) ? wholeName(name) : null;
  const answer: JsonObject = isJsonObject(first) ? first : {};
  const inspected = {
    image: answer,
    libpod: isJsonObject(second) ? second : null,
    history: Array.isArray(third) ? third.filter(isJsonObject) : null,
  };
  const rebuilt = rebuildConfig(inspected, { what: "it", where: "Docker" });
  if (!rebuilt.ok) return [near, spelling, rebuilt.failure];
  const { config: found, document } = rebuilt.value;
  const steps = readHistory(document);
  const made = steps.filter(({ isEmptyLayer }) => !isEmptyLayer).length;
  const isOwn = inspected.libpod === null && steps.length > 0;
  if (isOwn && made !== found.diffIds.length) {
    throw new TypeError(`${made} steps made ${found.diffIds.length} layers`);
  }
  return [near, spelling, found, document, steps];
}

/** What engines answer, put together to the config of an image. */
export const engines: Family = {
  name: "engines",
  made: textBytes(made),
  read,
  maxOutput: (inputBytes) => 64 * 1024 + 300 * inputBytes,
};
