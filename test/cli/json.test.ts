import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, describe, expect, it } from "vitest";
import { makeProgram } from "./made-program.ts";
import { run } from "./run.ts";

const cwd = mkdtempSync(join(tmpdir(), "fromage-test-"));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
const loader = "/lib64/ld-linux-x86-64.so.2";
const program = makeProgram({ machine: "amd64", loader, needed: ["libz.so.1", "libc.so.6"] });
writeFileSync(join(cwd, "server"), program);
chmodSync(join(cwd, "server"), 0o755);

const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });

const rows = [
  ["choose", "./server --json --offline"],
  [
    "choose",
    "choose ./server --json --platform linux/amd64/v3 --platform linux/amd64 --packages never",
  ],
  ["choose", "choose ./server --json --base scratch --explain"],
  [
    "check",
    "check ./server --json --base scratch --base debian-12-slim --base alpine-3.18 --offline",
  ],
  ["ldd", "ldd ./server --json --base distroless-base-debian12"],
  ["ldd", "ldd ./server --json --base scratch"],
] as const;

describe("--json", () => {
  it.each(rows)("is what schema/%s@1.json says: %s", async (verb, typed) => {
    const schema = join(import.meta.dirname, `../../schema/${verb}@1.json`);
    const document: object = JSON.parse(readFileSync(schema, "utf8"));
    const { out, err } = await run(typed.split(" "), cwd);
    const validate = ajv.getSchema(verb) ?? ajv.addSchema(document, verb).getSchema(verb);
    const isValid = validate?.(JSON.parse(out));
    expect({ isValid, errors: validate?.errors, err }).toEqual({
      isValid: true,
      errors: null,
      err: "",
    });
  });

  it("is the same bytes each time", async () => {
    const words = ["./server", "--json", "--offline"];
    expect(await run(words, cwd)).toEqual(await run(words, cwd));
  });
});
