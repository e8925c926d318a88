import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CliIo } from "../../src/cli/io.ts";
import { contractConfig, contractImage } from "../../src/image/sources/contract.ts";
import { run, type Ran } from "../cli/run.ts";
import { bytes, oneImage, serveScript, type ScriptedEngine } from "../engine/scripted-engine.ts";
import { makeOldDockerSave, type MadeImage } from "../made-images.ts";
import { Repository } from "./push-image.ts";
import { ociImage } from "./registry-images.ts";
import { startRegistry, type Registry } from "./registry.ts";
import { withoutBed } from "./run-command.ts";

const missing = withoutBed();

describe.skipIf(missing !== null)(`where a name was found${missing ?? ""}`, () => {
  let registry: Registry;
  let engine: ScriptedEngine;
  let scratch = "";
  /** By what stands for them in the rows. */
  let references: Readonly<Record<string, string>> = {};
  let origins: Readonly<Record<string, string>> = {};
  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), "fromage-origin-"));
    const image: MadeImage = { tars: (await contractImage()).tars, config: contractConfig };
    registry = await startRegistry({ auth: "none", tls: false });
    const { layout, root } = ociImage(image);
    layout.finish([root]).writeTo(join(scratch, "layout"));
    await (await Repository.open(registry, "team/app")).put(layout, root, ["one"]);
    const save = await makeOldDockerSave(image, "app:1");
    engine = await serveScript(scratch, oneImage(image, bytes(save)));
    references = { REGISTRY: `${registry.host}/team/app:one`, ENGINE: "app:1", FILE: "oci:layout" };
    origins = { REGISTRY: registry.host, ENGINE: `Docker at ${engine.found.text}` };
  });
  afterAll(async () => {
    await engine.close();
    await registry.stop();
    rmSync(scratch, { recursive: true, force: true });
  });

  async function type(line: string, io: Partial<CliIo> = {}): Promise<Ran> {
    const env = {
      DOCKER_HOST: engine.found.text,
      CONTAINER_HOST: engine.found.text,
      HOME: scratch,
    };
    const words = line.split(" ").map((word) => references[word] ?? word);
    return run(words, scratch, { env, ...io });
  }

  function expectValid(verb: string, text: string): void {
    const path = join(import.meta.dirname, `../../schema/${verb}@1.json`);
    const schema: object = JSON.parse(readFileSync(path, "utf8"), (key, value: unknown) =>
      // Objects with names of the image's own say what their values are.
      key === "additionalProperties" && value === true ? false : value,
    );
    const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
    const validate = ajv.compile(schema);
    validate(JSON.parse(text));
    expect(validate.errors ?? []).toEqual([]);
  }

  const commands = [
    "ls X",
    "find X",
    "tree X",
    "du X",
    "config X",
    "history X",
    "owner X /bin/run",
  ];
  const others = ["packages X", "compare X X", "diff X X"];
  const answers = ["choose X --base scratch", "check X --base scratch"];
  const lines = [...commands, ...others, ...answers];
  it.each(lines)("is told by --json of %s, but of a file", async (line) => {
    const verb = line.split(" ")[0] ?? "";
    for (const name of ["REGISTRY", "ENGINE", "FILE"]) {
      const { out } = await type(`${line.replaceAll("X", name)} --json`);
      expectValid(verb, out);
      const said = [...out.matchAll(/"origin": (".*")/g)].map(([, text]) => JSON.parse(text ?? ""));
      const origin = origins[name];
      expect([...new Set(said)], name).toEqual(origin === undefined ? [] : [origin]);
      if (/^(?:compare|diff) /.test(line)) expect(said).toHaveLength(origin === undefined ? 0 : 2);
    }
  });

  it.each(answers)("stands in the first line of %s", async (line) => {
    for (const name of ["REGISTRY", "ENGINE"]) {
      const { out } = await type(line.replace("X", name), { columns: 300 });
      expect(out.startsWith(`${references[name]} from ${origins[name]} (image, `)).toBe(true);
    }
    const { out } = await type(line.replace("X", "FILE"), { columns: 300 });
    expect(out).toMatch(/^oci:layout \(image, /);
  });

  it("is told of a base that is called by name, and of one that is kept", async () => {
    const check = await type("check FILE --base REGISTRY --base ENGINE --json");
    for (const name of ["REGISTRY", "ENGINE"]) {
      expect(check.out).toContain(`"source": "${references[name]} from ${origins[name]}"`);
    }
    const explained = await type("check FILE --base REGISTRY --explain", { columns: 300 });
    expect(explained.out).toContain(`${references["REGISTRY"]} from ${origins["REGISTRY"]}, `);
    await type("bases add ENGINE --id ours --catalogue own");
    const shown = await type("bases show ours --catalogue own --json");
    expect(shown.out).toContain(`"source": "app:1 from ${origins["ENGINE"]}"`);
  });

  it("is told on a terminal, once, and nowhere else", async () => {
    const piped = await type("ls ENGINE /etc");
    expect(piped).toEqual({ code: 0, out: "os-release\n", err: "" });
    const seen = await type("ls ENGINE /etc", { isErrorTerminal: true });
    expect(seen).toEqual({ ...piped, err: `app:1 from ${origins["ENGINE"]}\n` });
    const file = await type("ls FILE /etc", { isErrorTerminal: true });
    expect(file).toEqual(piped);
    const json = await type("ls ENGINE /etc --json", { isErrorTerminal: true });
    expect(json.err).toBe("");
  });
});
